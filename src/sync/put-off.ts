import { type Integration, refOf, type SyncLogAction } from '../domain/index.ts'
import { AppointmentSyncError, isAppointmentSyncError } from '../errors/index.ts'
import type { OutboxJob } from '../ports/index.ts'
import type { Engine } from './engine.ts'
import { parkAfter } from './parking.ts'
import type { SyncResult } from './results.ts'
import { codeOf, nextTry, summaryOf } from './retry-policy.ts'

/** Puts a job off, or aside, as its failure calls for, and says so in the log. */
export async function putOff(
  engine: Engine,
  integration: Integration,
  job: OutboxJob,
  error: unknown,
): Promise<SyncResult> {
  const { storage, clock, random, logger } = engine
  const ref = refOf(integration)
  const next = nextTry(error, job.attempts, random)
  const dueAtMs = clock.now() + next.delayMs
  const action: SyncLogAction = job.action === 'delete' ? 'delete' : 'update'
  const ids = { tenantId: job.tenantId, integrationId: job.integrationId, appointmentId: job.appointmentId }
  await parkAfter(engine, ref, error)
  await storage.transaction(async (session) => {
    await session.outbox.postpone(job, { dueAtMs, dead: next.dead, errorCode: codeOf(error) })
    await session.syncLog.append(
      engine.logEntry({
        ref,
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

/** The caller stopped waiting; whether a write happened is found out by the next try. */
export function cutShort(job: OutboxJob, reason: unknown): AppointmentSyncError {
  if (isAppointmentSyncError(reason)) return reason
  return new AppointmentSyncError({
    code: 'PUSH_TIMEOUT',
    message: `The push of appointment ${job.appointmentId} was cut short by its caller. It goes on from the outbox.`,
    retryable: true,
  })
}
