import type { GoogleEndpointOptions, Owner } from 'appointment-sync'

/** What the host does to one of its bookings. */
export type HostEdit = { readonly editId: string; readonly bookingId: string } & (
  | { readonly kind: 'book'; readonly owner: Owner; readonly startMs: number }
  | { readonly kind: 'reschedule' | 'reinstate'; readonly startMs: number }
  | { readonly kind: 'cancel' }
)

/** What the worker is asked to do. */
export type WorkerTask =
  | { readonly type: 'edit'; readonly edit: HostEdit }
  /** A periodic task of the SDK's. */
  | { readonly type: 'task'; readonly name: string }
  | { readonly type: 'pull' | 'sync_all'; readonly owner: Owner }
  /** Settles the oldest open conflicts of a tenant by one side. */
  | {
      readonly type: 'resolve'
      readonly tenantId: string
      readonly side: 'app' | 'google'
      readonly limit: number
    }
  | { readonly type: 'report'; readonly tenantIds: readonly string[]; readonly logsFromMs: number }

/** What a worker is started with. */
export interface WorkerSetting {
  readonly databasePath: string
  readonly endpoints: GoogleEndpointOptions
  /** Sent with every request, so that a request can be told from those of the other worker. */
  readonly number: number
}

/** To the worker. */
export type Order =
  /** Opens the database and the SDK; before that it is a process with its modules loaded. */
  | { readonly type: 'begin'; readonly clockOffsetMs: number }
  | { readonly type: 'clock'; readonly offsetMs: number }
  /** It kills itself after so many further SQL statements. */
  | { readonly type: 'die'; readonly afterStatements: number }
  | { readonly type: 'do'; readonly id: number; readonly task: WorkerTask }

/** From the worker. */
export type News =
  | { readonly type: 'ready' }
  /** The host is being told of a change from Google, and has not stored it yet. */
  | { readonly type: 'applying' }
  /** The host's transaction is committed, or it had nothing to commit. Google knows nothing of it yet. */
  | { readonly type: 'committed'; readonly id: number; readonly changed: boolean }
  | { readonly type: 'done'; readonly id: number; readonly result: unknown }
  | { readonly type: 'failed'; readonly id: number; readonly code: string; readonly text: string }

/** An entry of the sync log, as far as the checks look at it. */
export interface LogLine {
  readonly atMs: number
  readonly appointmentId: string | null
  readonly direction: string
  readonly action: string
  readonly status: string
  readonly errorCode: string | null
}

/** A conflict, as far as the checks look at it. */
export interface ConflictLine {
  readonly appointmentId: string
  readonly status: 'open' | 'resolved'
  readonly openedAtMs: number
}

/** The answer to `report`. */
export interface WorkerReport {
  readonly outboxPending: number
  readonly outboxDead: number
  readonly inboxPending: number
  readonly conflicts: readonly ConflictLine[]
  /** Since `logsFromMs`. */
  readonly logs: readonly LogLine[]
}
