import { type CheckedAppointment, type Integration, refOf } from '../domain/index.ts'
import { isAppointmentSyncError } from '../errors/index.ts'
import type { OutboxJob, StorageSession } from '../ports/index.ts'
import type { Engine } from './engine.ts'
import { type EventWrite, storeMark } from './event-write.ts'
import type { HeldLease } from './held-lease.ts'
import { isOutOfReach, lacksCalendar } from './own-calendar.ts'
import { unpark, whyIdle } from './parking.ts'
import { singleWrite } from './push.ts'
import { cutShort, putOff } from './put-off.ts'
import type { SyncResult } from './results.ts'
import { isWorthAnotherLook, JOB_LEASE_MS } from './run-jobs.ts'
import { finishingSeries, hasOccurrences } from './series-jobs.ts'

/** A push as a host's hook asks for it. */
export interface HookedPush {
  readonly integration: Integration
  readonly appointment: CheckedAppointment
  /** When it was called, epoch milliseconds. */
  readonly givenAtMs: number
  /** When the outbox looks at the intent if this process dies; after the caller's deadline. */
  readonly dueAtMs: number
  readonly signal: AbortSignal
}

/** What the first transaction found. */
interface Begun {
  /** `null` when another worker has the job, which will see the intent. */
  readonly job: OutboxJob | null
  /** The one write that is to be made, marked; `null` when there is more or less to do. */
  readonly write: EventWrite | null
}

/** How far it came: without a result the job has to go the long way. */
export interface AtOnce {
  readonly job: OutboxJob | null
  readonly result: SyncResult | null
}

/**
 * A push in two transactions, for a calendar at which nobody else is: the intent, the right to the calendar and the
 * mark of the write are stored by the first, its outcome by the second. What is not that simple, or meets an event
 * that is not as the link says, is left to the long way. Calls `stored` once the intent is stored.
 */
export function pushAtOnce(engine: Engine, push: HookedPush, stored: () => void): Promise<AtOnce> {
  return engine.calendarQueue.atOnce(
    refOf(push.integration),
    (session, acquire) => begin(engine, session, push, acquire),
    async ({ job, write }, held) => {
      stored()
      if (job === null || write === null || held === null) return { job, result: null }
      return { job, result: await writeOnce(engine, push, job, write, held) }
    },
  )
}

async function begin(
  engine: Engine,
  session: StorageSession,
  { integration, appointment, givenAtMs, dueAtMs, signal }: HookedPush,
  acquire: () => Promise<boolean>,
): Promise<Begun> {
  const ref = refOf(integration)
  const nowMs = engine.clock.now()
  const refs = [{ ...ref, appointmentId: appointment.id }]
  const [job] = await session.outbox.begin({ refs, action: 'push', dueAtMs, nowMs, leaseMs: JOB_LEASE_MS })
  // Folded into an intent that stood already, the call need not be the latest: the long way asks the host.
  if (job === undefined || job.revision > 1 || !(await acquire())) return { job: job ?? null, write: null }
  const current = await session.integrations.findById(ref.tenantId, ref.integrationId)
  const usable = current !== null && whyIdle(current, nowMs) === null && !lacksCalendar(current)
  if (!usable || current.settings.syncDirection === 'from_google') return { job, write: null }
  const ends = async (later: StorageSession): Promise<void> => {
    await later.outbox.complete(job, engine.clock.now())
  }
  try {
    const link = await session.links.find(ref, appointment.id)
    const finish = hasOccurrences(appointment, link)
      ? finishingSeries(engine, current, appointment, ends)
      : ends
    const task = { integration: current, appointment, attempt: job.attempts, finish, signal }
    // The host may have followed a change from Google since it made the call: the long way asks it.
    const changedSince = link !== null && link.updatedAtMs > givenAtMs
    const elsewhere = link !== null && isOutOfReach(current, link.calendarId)
    const write = changedSince || elsewhere ? null : await singleWrite(engine, session, task, link)
    if (write !== null) await storeMark(session, write)
    return { job, write }
  } catch (error) {
    // A template that fails, or a link that was just changed: the intent is kept, and the long way meets it again.
    if (isAppointmentSyncError(error) && error.code !== 'STORAGE_FAILED') return { job, write: null }
    throw error
  }
}

async function writeOnce(
  engine: Engine,
  { integration, signal }: HookedPush,
  job: OutboxJob,
  write: EventWrite,
  held: HeldLease,
): Promise<SyncResult | null> {
  try {
    const event = await write.call(engine.google)
    const result = await engine.storage.transaction(async (session) => {
      const recorded = await write.record(session, event)
      await held.releaseIn(session)
      return recorded
    })
    await unpark(engine, integration)
    return result
  } catch (error) {
    if (isAppointmentSyncError(error, 'STORAGE_FAILED')) throw error
    if (isWorthAnotherLook(error)) return null
    return putOff(engine, integration, job, signal.aborted ? cutShort(job, error) : error)
  }
}
