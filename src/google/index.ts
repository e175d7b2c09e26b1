export type { GoogleCallOptions } from './carrier.ts'
export { createGoogleCalendar } from './create-google-calendar.ts'
export type { FailureResponse } from './error-table.ts'
export type { ConferenceWrite } from './conference-mapping.ts'
export { conferenceRequestOf, eventIdFor, isMadeBySdk, ownershipMark } from './event-identity.ts'
export type {
  CalendarAddress,
  EventAddress,
  GoogleCalendar,
  NewCalendar,
  OpenedChannel,
  RemoteCalendar,
  Reservation,
} from './google-calendar.ts'
export type { GoogleCallDependencies } from './google-call.ts'
export { createPacer } from './pacing.ts'
export type { Pacer, PacingDependencies } from './pacing.ts'
export type { RemoteAttendee, RemoteConference, RemoteEvent, RemoteEventPage } from './remote-event.ts'
export { verdictOf } from './verdict.ts'
export type { Verdict } from './verdict.ts'
export { createMemoryRateLimiter } from './memory-rate-limiter.ts'
export { prioritized } from './prioritized.ts'
