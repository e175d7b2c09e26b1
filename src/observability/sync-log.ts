import type {
  IntegrationRef,
  SyncLogAction,
  SyncLogDirection,
  SyncLogEntry,
  SyncLogStatus,
} from '../domain/index.ts'
import { isAppointmentSyncError } from '../errors/index.ts'
import { type Clock, freshId, type RandomSource } from '../ports/index.ts'
import { redact } from './redaction.ts'

/** What a log entry says; absent parts take their neutral value. */
export interface SyncLogFacts {
  readonly ref: IntegrationRef
  readonly direction: SyncLogDirection
  readonly action: SyncLogAction
  readonly status: SyncLogStatus
  readonly appointmentId?: string | undefined
  readonly googleEventId?: string | undefined
  readonly error?: unknown
  readonly attempt?: number | undefined
  /** When the work began, epoch milliseconds. Default now. */
  readonly startedAtMs?: number | undefined
  readonly fields?: readonly string[] | undefined
}

/** Makes entries of the sync log. */
export type LogEntryMaker = (facts: SyncLogFacts) => SyncLogEntry

/** Entries with a random id, the clock's time, and messages without credentials. */
export function createLogEntryMaker(dependencies: { clock: Clock; random: RandomSource }): LogEntryMaker {
  const { clock, random } = dependencies
  return (facts) => {
    const atMs = clock.now()
    const { error } = facts
    return {
      id: freshId(random),
      tenantId: facts.ref.tenantId,
      userId: facts.ref.userId,
      integrationId: facts.ref.integrationId,
      atMs,
      direction: facts.direction,
      action: facts.action,
      status: facts.status,
      appointmentId: facts.appointmentId ?? null,
      googleEventId: facts.googleEventId ?? null,
      ...describe(error),
      attempt: facts.attempt ?? 1,
      durationMs: Math.max(0, atMs - (facts.startedAtMs ?? atMs)),
      fields: facts.fields ?? [],
    }
  }
}

/** The message of a foreign error is not repeated: nobody knows what it holds. */
function describe(error: unknown): { errorCode: string | null; errorMessage: string | null } {
  if (error === undefined) return { errorCode: null, errorMessage: null }
  if (isAppointmentSyncError(error)) return { errorCode: error.code, errorMessage: redact(error.message) }
  return { errorCode: 'INTERNAL', errorMessage: 'A failure that the SDK did not foresee.' }
}
