export { createAppointmentSync } from './create-appointment-sync.ts'
export type { AppointmentSyncOptions, GoogleEndpointOptions } from './appointment-sync-options.ts'
export type { OAuthState, OutboxAction, OutboxJob, SyncCursor } from './ports/index.ts'
export type { AppointmentSync, CallOptions, ConnectResult } from './appointment-sync.ts'
export * from './domain/index.ts'
export * from './errors/index.ts'
export type { HealthCheck, HealthReport, MetricsSnapshot } from './observability/index.ts'
export type {
  AvailabilityQuery,
  AvailabilityResult,
  BusyTime,
  CalendarChoice,
  CalendarSummary,
  ClientAppointments,
  CreatedCalendar,
  DeadLetter,
  DeadLetterFilter,
  DedicatedCalendarView,
  DisconnectResult,
  EraseClientResult,
  EraseOwnerResult,
  EventLeft,
  EventPreview,
  IntegrationStatusReport,
  IntegrationView,
  NewCalendarWish,
  NotificationHeaders,
  PreviewRequest,
  PullResult,
  SkipReason,
  StoredRecord,
  StoredRecords,
  SyncAllProgress,
  SyncAllResult,
  SyncResult,
  TaskName,
  TaskSummary,
  UserAvailability,
  WatchReport,
} from './sync/index.ts'
export type { TemplateSource, TemplateVariable } from './templating/index.ts'
