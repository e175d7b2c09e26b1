export { createAppointmentSync } from './create-appointment-sync.ts'
export type { AppointmentSyncOptions, GoogleEndpointOptions } from './appointment-sync-options.ts'
export type { AppointmentSync, CallOptions, ConnectResult } from './appointment-sync.ts'
export * from './domain/index.ts'
export * from './errors/index.ts'
export type { HealthCheck, HealthReport, MetricsSnapshot } from './observability/index.ts'
export type {
  AvailabilityResult,
  CalendarSummary,
  DeadLetter,
  DeadLetterFilter,
  DisconnectResult,
  IntegrationStatusReport,
  IntegrationView,
  LogRetention,
  NotificationHeaders,
  PullResult,
  SkipReason,
  SyncAllProgress,
  SyncAllResult,
  SyncResult,
  TaskName,
  TaskSummary,
  WatchReport,
} from './sync/index.ts'
