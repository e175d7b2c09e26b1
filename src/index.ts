export { createAppointmentSync } from './create-appointment-sync.ts'
export type { AppointmentSyncOptions, GoogleEndpointOptions } from './appointment-sync-options.ts'
export type { AppointmentSync, CallOptions, ConnectResult } from './appointment-sync.ts'
export * from './domain/index.ts'
export * from './errors/index.ts'
export type { HealthCheck, HealthReport, MetricsSnapshot } from './observability/index.ts'
export type {
  AvailabilityQuery,
  AvailabilityResult,
  BusyTime,
  CalendarSummary,
  DeadLetter,
  DeadLetterFilter,
  DisconnectResult,
  IntegrationStatusReport,
  IntegrationView,
  NotificationHeaders,
  PullResult,
  SkipReason,
  SyncAllProgress,
  SyncAllResult,
  SyncResult,
  TaskName,
  TaskSummary,
  UserAvailability,
  WatchReport,
} from './sync/index.ts'
