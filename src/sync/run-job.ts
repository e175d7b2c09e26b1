import { type CheckedAppointment, type Integration, refOf, type SyncLogAction } from '../domain/index.ts'
import { AppointmentSyncError, isAppointmentSyncError } from '../errors/index.ts'
import type { OutboxJob, StorageSession } from '../ports/index.ts'
import { readAppointment } from './app-side.ts'
import type { Engine } from './engine.ts'
import { inactiveError } from './inactive.ts'
import { pushAppointment } from './push.ts'
import { removeEvent } from './remove-event.ts'
import type { SyncResult } from './results.ts'
import { codeOf, nextTry, summaryOf } from './retry-policy.ts'

/** How long a job belongs to the worker that claimed it, in milliseconds. */
export const JOB_LEASE_MS = 180_000
/** How soon a push is tried again that waits for the host to answer a change, in milliseconds. */
const CHANGE_PENDING_DELAY_MS = 5_000

/**
 * Runs a claimed job to its end: done, put off, or dead. Never rejects for what Google or the host did; it does
 * for storage, and then the job comes back when its lease is over.
 */
export async function runJob(
  engine: Engine,
  job: OutboxJob,
  options: {
    /** The appointment as the caller just gave it; without it the host is asked. */
    readonly given?: CheckedAppointment | undefined
    readonly signal?: AbortSignal | undefined
  } = {},
): Promise<SyncResult> {
  const integration = await engine.storage.integrations.findById(job.tenantId, job.integrationId)
  if (integration === null || integration.status === 'disconnected') {
    await engine.storage.outbox.complete(job, engine.clock.now())
    return { status: 'skipped', reason: 'not_connected' }
  }
  if (integration.settings.syncDirection === 'from_google') {
    await engine.storage.outbox.complete(job, engine.clock.now())
    return { status: 'skipped', reason: 'direction' }
  }
  try {
    if (integration.status !== 'active') throw inactiveError(integration)
    const result = await engine.calendarQueue(refOf(integration), options.signal, async () => {
      // It may have been paused or disconnected while the job waited for its turn.
      const current = await engine.storage.integrations.findById(job.tenantId, job.integrationId)
      if (current?.status !== 'active') throw inactiveError(current ?? integration)
      return attemptJob(engine, current, job, options)
    })
    if (result.status === 'skipped' && result.reason === 'change_pending') {
      const dueAtMs = engine.clock.now() + CHANGE_PENDING_DELAY_MS
      await engine.storage.outbox.postpone(job, { dueAtMs, dead: false, errorCode: 'WRITE_CONTENDED' })
    }
    return result
  } catch (error) {
    if (isAppointmentSyncError(error, 'STORAGE_FAILED')) throw error
    return putOff(engine, integration, job, options.signal?.aborted === true ? cutShort(job, error) : error)
  }
}

/** The caller stopped waiting; whether a write happened is found out by the next try. */
function cutShort(job: OutboxJob, reason: unknown): AppointmentSyncError {
  if (isAppointmentSyncError(reason)) return reason
  return new AppointmentSyncError({
    code: 'PUSH_TIMEOUT',
    message: `The push of appointment ${job.appointmentId} was cut short by its caller. It goes on from the outbox.`,
    retryable: true,
  })
}

async function attemptJob(
  engine: Engine,
  integration: Integration,
  job: OutboxJob,
  options: { readonly given?: CheckedAppointment | undefined; readonly signal?: AbortSignal | undefined },
): Promise<SyncResult> {
  const { signal, given } = options
  const finish = async (session: StorageSession): Promise<void> => {
    await session.outbox.complete(job, engine.clock.now())
  }
  const common = { integration, attempt: job.attempts, finish, signal }
  const remove = (updatedAtMs: number | null): Promise<SyncResult> =>
    removeEvent(engine, { ...common, appointmentId: job.appointmentId, updatedAtMs })
  if (job.action === 'delete') return remove(given?.updatedAtMs ?? null)
  const appointment = given ?? (await readAppointment(engine, integration, job.appointmentId))
  if (appointment === null) return remove(null)
  return pushAppointment(engine, { ...common, appointment })
}

async function putOff(
  engine: Engine,
  integration: Integration,
  job: OutboxJob,
  error: unknown,
): Promise<SyncResult> {
  const { storage, clock, random, logger } = engine
  const next = nextTry(error, job.attempts, random)
  const dueAtMs = clock.now() + next.delayMs
  const action: SyncLogAction = job.action === 'delete' ? 'delete' : 'update'
  const ids = { tenantId: job.tenantId, integrationId: job.integrationId, appointmentId: job.appointmentId }
  await storage.transaction(async (session) => {
    await session.outbox.postpone(job, { dueAtMs, dead: next.dead, errorCode: codeOf(error) })
    await session.syncLog.append(
      engine.logEntry({
        ref: refOf(integration),
        direction: 'to_google',
        action,
        status: next.dead ? 'failed' : 'queued',
        appointmentId: job.appointmentId,
        attempt: Math.max(1, job.attempts),
        error,
      }),
    )
  })
  if (!isAppointmentSyncError(error)) logger.error(ids, 'push failed in a way that was not foreseen')
  else logger.warn({ ...ids, code: error.code, dead: next.dead, retryAtMs: dueAtMs }, 'push put off')
  return {
    status: 'queued',
    retryAt: next.waitsForPerson ? null : new Date(dueAtMs),
    error: summaryOf(error),
  }
}
