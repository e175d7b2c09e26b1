import type { ErrorSummary } from '../errors/index.ts'

/** Why a push had nothing to do. */
export type SkipReason =
  /** The owner has no Google Calendar connected. */
  | 'not_connected'
  /** The integration is paused; the intent waits in the outbox. */
  | 'paused'
  /** The settings let nothing flow to Google. */
  | 'direction'
  /** Google already holds what the app wants. */
  | 'unchanged'
  /** The appointment has no event, and should have none. */
  | 'not_on_calendar'
  /** A newer version of the appointment was pushed before. */
  | 'stale'
  /** A change from Google waits for the host's answer; the push follows it. */
  | 'change_pending'

/** How a push ended. */
export type SyncResult =
  | {
      readonly status: 'success'
      /** `adopted`: the event of an earlier try whose answer was lost was found and taken over. */
      readonly action: 'created' | 'updated' | 'deleted' | 'adopted'
      readonly googleEventId: string
    }
  | { readonly status: 'skipped'; readonly reason: SkipReason }
  | {
      readonly status: 'queued'
      /** When the outbox tries next; `null` when it waits for a person (reconnect, or a dead letter). */
      readonly retryAt: Date | null
      readonly error: ErrorSummary
    }
  | { readonly status: 'conflict'; readonly conflictId: string }

/** Counts of a run over many appointments. */
export interface SyncAllResult {
  readonly processed: number
  readonly created: number
  readonly updated: number
  readonly deleted: number
  readonly skipped: number
  readonly queued: number
  readonly conflicts: number
  /** Appointments of the host's that were not valid or threw, by id, with the reason; at most 100 are listed. */
  readonly failed: readonly { readonly appointmentId: string; readonly error: ErrorSummary }[]
}

/** How far a run over many appointments is. */
export interface SyncAllProgress {
  readonly processed: number
  readonly counts: Omit<SyncAllResult, 'processed' | 'failed'> & { readonly failed: number }
}

/** How a pull ended. */
export type PullResult =
  | {
      readonly status: 'success'
      /** `full` when there was no sync token, or Google refused it. */
      readonly mode: 'incremental' | 'full'
      readonly pages: number
      /** Events read. */
      readonly events: number
      /** Own writes recognised and passed over. */
      readonly echoes: number
      /** Changes the host applied. */
      readonly applied: number
      /** Changes the host refused. */
      readonly rejected: number
      /** Changes that wait because the host failed. */
      readonly waiting: number
      /** Conflicts opened. */
      readonly conflicts: number
    }
  | {
      readonly status: 'skipped'
      readonly reason: 'not_connected' | 'paused' | 'direction' | 'busy' | 'calendar_not_ready'
    }

/** One event that makes the owner busy. */
export interface BusyTime {
  readonly start: Date
  readonly end: Date
  readonly calendarId: string
  /** `null` where the owner did not agree to titles, or the event has none. */
  readonly title: string | null
}

/** Busy times, or that they are not known. Unknown must never be read as free. */
export type AvailabilityResult =
  | {
      readonly status: 'known'
      /** `stored`: the owner's own appointments are left out. `google`: asked now, and they are among the busy times. */
      readonly source: 'stored' | 'google'
      /** Merged, ascending, half-open, inside the range. An event without length starts and ends at one instant. */
      readonly busy: readonly { readonly start: Date; readonly end: Date }[]
      /** When Google was asked; of several calendars that of the oldest. */
      readonly asOf: Date
      /** The calendars that count, and when Google was asked for each. */
      readonly calendars: readonly { readonly calendarId: string; readonly asOf: Date }[]
      /** Each event by itself, ascending; only when titles were asked for. */
      readonly events?: readonly BusyTime[] | undefined
    }
  | { readonly status: 'unknown'; readonly error: ErrorSummary }

/** What is known of one of several professionals. */
export interface UserAvailability {
  readonly userId: string
  readonly availability: AvailabilityResult
}

/** A range of busy times, and what is wanted of them. */
export interface AvailabilityQuery {
  readonly from: Date | string
  /** At most 366 days after `from`, and no further than is covered: see `syncFutureDays`. */
  readonly to: Date | string
  /** How old what is known of a calendar may be, in milliseconds. Default an hour. */
  readonly maxAgeMs?: number | undefined
  /** Whether each event is given too, with its title where the owner agreed (`busyTitles`). Default false. */
  readonly titles?: boolean | undefined
}

/** The periodic tasks. */
export const TASK_NAMES = [
  'sync_all_calendar_integrations',
  'sync_recent_appointments',
  'cleanup_expired_tokens',
  'renew_watch_channels',
  'drain_outbox',
  'purge_logs',
] as const
export type TaskName = (typeof TASK_NAMES)[number]

/** What one pass of a task did; `failed` counts integrations or jobs that did not succeed this time. */
export interface TaskSummary {
  readonly task: TaskName
  /** `busy`: another process is running it. */
  readonly status: 'done' | 'busy'
  readonly durationMs: number
  readonly counts: Readonly<Record<string, number>>
}

/** What a disconnect did. */
export interface DisconnectResult {
  /** `continuing`: Google could not be reached for all of it; the periodic tasks go on, for at most a day. */
  readonly status: 'done' | 'continuing'
  /** Events removed by this run. */
  readonly eventsRemoved: number
  /** Events that are still on the calendar: Google refused to remove them, or was not reached yet. */
  readonly eventsLeft: number
  /**
   * `already_gone`: Google knew the grant no more. `failed`: it could not be reached in time; the tokens were
   * erased all the same. `pending`: not tried yet.
   */
  readonly revocation: 'revoked' | 'already_gone' | 'failed' | 'nothing_to_revoke' | 'pending'
}
