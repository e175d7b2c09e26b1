export { base32hex } from './base32hex.ts'
export { APPOINTMENT_STATUSES } from './appointment-status.ts'
export type { AppointmentStatus } from './appointment-status.ts'
export { appointmentSchema, eventTimeOf } from './appointment.ts'
export type {
  Appointment,
  AppointmentAttendee,
  AppointmentRef,
  CheckedAppointment,
  Person,
} from './appointment.ts'
export { MAX_EXCEPTIONS } from './appointment-exception.ts'
export type { AppointmentException, CheckedException } from './appointment-exception.ts'
export type { CheckedTime } from './checked-time.ts'
export { appointmentChangeSchema, applyResultSchema, ATTENDEE_RESPONSES } from './appointment-change.ts'
export type {
  AppointmentChange,
  AppointmentChangeDetail,
  ApplyResult,
  AttendeeResponse,
  ExternalEvent,
  OccurrenceRef,
} from './appointment-change.ts'
export type { ConferenceState } from './conference-state.ts'
export { dedicatedCalendarSchema } from './dedicated-calendar.ts'
export type { DedicatedCalendar } from './dedicated-calendar.ts'
export { conflictResolutionSchema, conflictSchema } from './conflict.ts'
export type {
  Conflict,
  ConflictDecision,
  ConflictReason,
  ConflictResolution,
  ConflictSide,
} from './conflict.ts'
export { CONFLICT_VERDICTS } from './conflict-question.ts'
export type { ConflictQuestion, ConflictVerdict, ResolveConflict } from './conflict-question.ts'
export {
  APP_ONLY_FIELDS,
  eventFieldsSchema,
  knownToGoogle,
  MERGED_FIELDS,
  sameField,
  someEventFieldsSchema,
  someMergedFieldsSchema,
} from './event-fields.ts'
export type {
  AppOnlyField,
  ContestedField,
  EventFields,
  EventGuest,
  EventSource,
  MergedField,
  MergedFields,
} from './event-fields.ts'
export { eventOfferSchema, OFFER_STATES } from './event-offer.ts'
export type { EventOffer, OfferState } from './event-offer.ts'
export { eventLinkSchema, syncBaseSchema } from './event-link.ts'
export type { EventLink, InDoubt, Refusal, SeriesBase, SyncBase } from './event-link.ts'
export {
  calendarDateSchema,
  eventTimeSchema,
  isCalendarDate,
  sameEventTime,
  toEpochMs,
} from './event-time.ts'
export type { AllDayEventTime, EventTime, TimedEventTime } from './event-time.ts'
export { INBOX_ENTRY_TYPES, inboxEntrySchema } from './inbox-entry.ts'
export type { InboxDetails, InboxEntry, InboxEntryType } from './inbox-entry.ts'
export { INTEGRATION_STATUSES, integrationSchema, REMOVE_EVENTS, refOf } from './integration.ts'
export type { Integration, IntegrationRef, IntegrationStatus, RemoveEvents } from './integration.ts'
export { lengthPrefixed } from './length-prefixed.ts'
export {
  MAX_SERIES_ID_LENGTH,
  occurrenceIdOf,
  occurrenceKeyOf,
  occurrencePrefixOf,
  parseOccurrenceId,
} from './occurrence.ts'
export type { OccurrenceName, OriginalStart } from './occurrence.ts'
export { hostIdSchema, MAX_ID_LENGTH, ownerSchema } from './owner.ts'
export type { Owner } from './owner.ts'
export {
  CALENDAR_ACCESS,
  CONFLICT_POLICIES,
  DEFAULT_SETTINGS,
  LOCALES,
  MAX_TEMPLATE_LENGTH,
  settingsPatchSchema,
  settingsSchema,
  storedSettingsSchema,
  SYNC_DIRECTIONS,
  VISIBILITIES,
} from './settings.ts'
export type {
  CalendarAccess,
  ConflictPolicy,
  Locale,
  SyncDirection,
  SyncSettings,
  Visibility,
} from './settings.ts'
export {
  SYNC_LOG_ACTIONS,
  SYNC_LOG_DIRECTIONS,
  SYNC_LOG_STATUSES,
  syncLogEntrySchema,
} from './sync-log-entry.ts'
export type { SyncLogAction, SyncLogDirection, SyncLogEntry, SyncLogStatus } from './sync-log-entry.ts'
export { templateOptionsSchema, templateTextsSchema } from './templates.ts'
export type { TemplateOptions, TemplateTexts } from './templates.ts'
export { WATCH_CHANNEL_STATES, watchChannelSchema } from './watch-channel.ts'
export type { WatchChannel, WatchChannelState } from './watch-channel.ts'
export { isTimeZone, timeZoneSchema } from './time-zone.ts'
export { isRetention } from './log-retention.ts'
export type { LogRetention } from './log-retention.ts'
