export { busyTimes, busyTimesOf } from './availability.ts'
export { createCalendarQueue } from './calendar-queue.ts'
export type { TokenUpkeep } from './clean-up-tokens.ts'
export { followUp, resolveConflict } from './conflicts.ts'
export { disconnect, NOTHING_LEFT, resumeDisconnect } from './disconnect.ts'
export type { DisconnectDependencies } from './disconnect.ts'
export type { Engine } from './engine.ts'
export { viewOf } from './integration-view.ts'
export type { CalendarSummary, IntegrationStatusReport, IntegrationView } from './integration-view.ts'
export { hintedPull } from './hinted-pull.ts'
export { createIntegrations } from './integrations.ts'
export type { Integrations } from './integrations.ts'
export { createNotifications } from './notifications.ts'
export type { NotificationHeaders } from './notifications.ts'
export { createOutbox } from './outbox.ts'
export type { DeadLetter, DeadLetterFilter } from './outbox.ts'
export { pullCalendar } from './pull.ts'
export { createPullHints } from './pull-hints.ts'
export { createPusher } from './pusher.ts'
export type { OwnedAppointmentRef, Pusher } from './pusher.ts'
export { TASK_NAMES } from './results.ts'
export type {
  AvailabilityQuery,
  AvailabilityResult,
  BusyTime,
  DisconnectResult,
  PullResult,
  SkipReason,
  SyncAllProgress,
  SyncAllResult,
  SyncResult,
  TaskName,
  TaskSummary,
  UserAvailability,
} from './results.ts'
export { syncAll } from './sync-all.ts'
export { syncWindow } from './sync-window.ts'
export { createTaskRunner, scheduledTasks } from './tasks.ts'
export type { TaskRunner } from './tasks.ts'
export { createWatchChannels } from './watch-channels.ts'
export type { WatchReport } from './watch-status.ts'
