export { busyTimes, busyTimesOf } from './availability.ts'
export type { CalendarChoice } from './calendar-picker.ts'
export type { CreatedCalendar, NewCalendarWish } from './calendar-wish.ts'
export { createCalendarQueue } from './calendar-queue.ts'
export type { TokenUpkeep } from './clean-up-tokens.ts'
export { createConflictJudge } from './conflict-judge.ts'
export { findConflict, followUp, resolveConflict } from './conflicts.ts'
export { prepareCalendar } from './dedicated-calendar.ts'
export { disconnect, NOTHING_LEFT, resumeDisconnect } from './disconnect.ts'
export type { DisconnectDependencies } from './disconnect.ts'
export type { Engine } from './engine.ts'
export { viewOf } from './integration-view.ts'
export type {
  CalendarSummary,
  DedicatedCalendarView,
  IntegrationStatusReport,
  IntegrationView,
} from './integration-view.ts'
export { hintedPull } from './hinted-pull.ts'
export { createIntegrations } from './integrations.ts'
export type { Integrations } from './integrations.ts'
export { createNotifications } from './notifications.ts'
export type { NotificationHeaders } from './notifications.ts'
export { createOutbox } from './outbox.ts'
export type { DeadLetter, DeadLetterFilter } from './outbox.ts'
export { createTemplates } from './preview.ts'
export type { EventPreview, PreviewRequest, Templates } from './preview.ts'
export { pullCalendar } from './pull.ts'
export { createPullHints } from './pull-hints.ts'
export { createPrivacy } from './privacy.ts'
export type { ClientAppointments, EraseClientResult, EventLeft } from './erase-client.ts'
export type { EraseOwnerResult } from './erase-owner.ts'
export type { StoredRecord, StoredRecords } from './stored-records.ts'
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
