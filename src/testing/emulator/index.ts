export { createGoogleEmulator } from './create-google-emulator.ts'
export type {
  ConsentChoice,
  EmulatorSnapshot,
  GoogleEmulator,
  GoogleEmulatorEndpoints,
} from './google-emulator.ts'
export {
  DEFAULT_CLIENT,
  DEFAULT_USER,
  type EmulatorCalendar,
  type EmulatorClient,
  type EmulatorUser,
  type GoogleEmulatorOptions,
} from './options.ts'
export type { CalendarShare, ShareTarget } from './calendars/sharing-hand.ts'
export type { EmulatorClock } from './clock.ts'
export { CalendarApiError, type GoogleErrorEntry } from './errors.ts'
export { EmulatorSeedError, applySeed, readSeedFile, type EmulatorSeed } from './files/seed-file.ts'
export { mswHandlers, type MswHttpLike } from './msw-handlers.ts'
export type { FaultControls } from './fault-controls.ts'
export type { BatchOptions } from './batch/batch-settings.ts'
export type { DataFaultControls } from './faults/data-fault-controls.ts'
export type { FaultMatch } from './faults/fault-match.ts'
export type { GrantFaultControls } from './faults/grant-fault-controls.ts'
export type { RandomFaultKind, RandomFaults } from './faults/random-faults.ts'
export type { RequestFaultControls } from './faults/request-fault-controls.ts'
export type {
  DelayNext,
  DropNext,
  ErrorEnvelope,
  FailNext,
  FaultCount,
  HangNext,
} from './faults/request-faults.ts'
export type { TokenError } from './faults/token-error.ts'
export type { QuotaLimits, QuotaOption } from './quota/quota-limits.ts'
export type { CalendarHand, GoogleEvent, ResponseStatus, UserCalendar, UserHand } from './hand.ts'
export type { JsonObject, JsonValue } from './json.ts'
export { GoogleErrorPageError } from './oauth/authorization.ts'
export type { BlockedConsent } from './oauth/blocked-consent.ts'
export type { PushFaultControls } from './push/push-faults.ts'
export type { DeliveryAnswer, PushOptions } from './push/push-settings.ts'
export type { DeliveryRecord } from './push/push-signals.ts'
export type { LoggedRequest } from './request-log.ts'
export type { AccessRole } from './state/calendar-records.ts'
