export {
  createGoogleEmulator,
  type ConsentChoice,
  type EmulatorSnapshot,
  type GoogleEmulator,
  type GoogleEmulatorEndpoints,
} from './create-google-emulator.ts'
export {
  DEFAULT_CLIENT,
  DEFAULT_USER,
  type EmulatorClient,
  type EmulatorUser,
  type GoogleEmulatorOptions,
} from './options.ts'
export type { EmulatorClock } from './clock.ts'
export { CalendarApiError, type GoogleErrorEntry } from './errors.ts'
export type { FaultControls } from './fault-controls.ts'
export type { DelayNext, DropNext, FailNext, FaultMatch, TokenError } from './faults.ts'
export type { CalendarHand, GoogleEvent, ResponseStatus, UserCalendar, UserHand } from './hand.ts'
export type { JsonObject, JsonValue } from './json.ts'
export { GoogleErrorPageError } from './oauth/authorization.ts'
export type { LoggedRequest } from './request-log.ts'
export type { AccessRole } from './state/calendar-records.ts'
