import {
  type Appointment,
  type AppointmentRef,
  type CheckedAppointment,
  hostIdSchema,
  type Integration,
  refOf,
} from '../domain/index.ts'
import { AppointmentSyncError, parseOrThrow } from '../errors/index.ts'
import { type OutboxAction, type OutboxJob, withDeadline } from '../ports/index.ts'
import { z } from 'zod'
import { appSideOf, checkAppointment, readAppointment } from './app-side.ts'
import type { Engine } from './engine.ts'
import { fingerprintOf } from './fingerprint.ts'
import type { SyncResult } from './results.ts'
import { summaryOf } from './retry-policy.ts'
import { JOB_LEASE_MS, runJob } from './run-job.ts'

/** Names an appointment and whose calendar it is on. */
export type OwnedAppointmentRef = AppointmentRef & { readonly userId: string }

interface Call {
  readonly signal?: AbortSignal | undefined
}

/** The calls a host's hooks make. */
export interface Pusher {
  push(appointment: Appointment, call?: Call): Promise<SyncResult>
  pushById(ref: OwnedAppointmentRef, call?: Call): Promise<SyncResult>
  remove(target: Appointment | OwnedAppointmentRef, call?: Call): Promise<SyncResult>
  /** Pushes an appointment that is checked already, on an integration that is known. */
  pushChecked(integration: Integration, appointment: CheckedAppointment, call?: Call): Promise<SyncResult>
  /** Resolves once no push that outlived its deadline is going. */
  settled(): Promise<void>
}

const refSchema = z.object({ tenantId: hostIdSchema, userId: hostIdSchema, appointmentId: hostIdSchema })

/** How often a push waits for another push of the same appointment before it leaves it to the outbox. */
const CLAIM_ROUNDS = 3
/** How soon after a push that ran out of time the outbox looks again, in milliseconds. */
const RETRY_HINT_MS = 2_000

/** Intent first, then at once: what cannot be done within `pushTimeoutMs` goes on from the outbox. */
export function createPusher(engine: Engine, options: { readonly pushTimeoutMs: number }): Pusher {
  const { storage, clock } = engine
  const running = new Set<Promise<unknown>>()

  const attempt = async (
    integration: Integration,
    appointmentId: string,
    action: OutboxAction,
    given: CheckedAppointment | undefined,
    signal: AbortSignal | undefined,
  ): Promise<SyncResult> => {
    const ref = { ...refOf(integration), appointmentId }
    const enqueue = (): Promise<OutboxJob> => {
      const nowMs = clock.now()
      // Due only after the deadline: the sweep must not pick up what is tried right here.
      return storage.outbox.enqueue({ ref, action, dueAtMs: nowMs + options.pushTimeoutMs, nowMs })
    }
    // Before the deadline begins: `queued` is only ever said of an intent that is stored.
    const first = await enqueue()
    const work = async (bounded: AbortSignal): Promise<SyncResult> => {
      for (let round = 1; round <= CLAIM_ROUNDS; round += 1) {
        const intent = round === 1 ? first : await enqueue()
        const [job] = await storage.outbox.claim({ nowMs: clock.now(), leaseMs: JOB_LEASE_MS, limit: 1, ref })
        if (job !== undefined) {
          // A newer intent came in between: what this caller gave is no longer the latest, the host is asked.
          const latest = job.revision === intent.revision ? given : undefined
          return runJob(engine, job, { given: latest, signal: bounded })
        }
        // Somebody is pushing this appointment; wait for its turn on the calendar to end.
        await engine.calendarQueue(refOf(integration), bounded, () => Promise.resolve())
      }
      return busy(integration, appointmentId, clock.now())
    }
    try {
      return await withDeadline(
        clock,
        options.pushTimeoutMs,
        signal,
        () => outOfTime(appointmentId),
        (bounded) => {
          const going = work(bounded)
          running.add(going)
          // It may outlive the deadline; its outcome is then in the outbox and in the log.
          const forget = (): void => void running.delete(going)
          going.then(forget, forget)
          return going
        },
      )
    } catch (error) {
      if (!(error instanceof AppointmentSyncError) || error.code !== 'PUSH_TIMEOUT') throw error
      return { status: 'queued', retryAt: new Date(clock.now() + RETRY_HINT_MS), error: summaryOf(error) }
    }
  }

  const pushChecked: Pusher['pushChecked'] = async (integration, appointment, call) => {
    if (integration.settings.syncDirection === 'from_google')
      return { status: 'skipped', reason: 'direction' }
    const early = await standsAlready(engine, integration, appointment)
    return early ?? attempt(integration, appointment.id, 'push', appointment, call?.signal)
  }

  const forOwner = async (
    target: OwnedAppointmentRef,
    go: (integration: Integration) => Promise<SyncResult>,
  ): Promise<SyncResult> => {
    const integration = await storage.integrations.find({ tenantId: target.tenantId, userId: target.userId })
    if (integration === null || integration.status === 'disconnected') {
      return { status: 'skipped', reason: 'not_connected' }
    }
    if (integration.settings.syncDirection === 'from_google')
      return { status: 'skipped', reason: 'direction' }
    if (integration.status !== 'paused') return go(integration)
    return { status: 'skipped', reason: 'paused' }
  }

  const push = async (appointment: CheckedAppointment, call: Call | undefined): Promise<SyncResult> => {
    const { tenantId, userId, id } = appointment
    const target = { tenantId, userId, appointmentId: id }
    const result = await forOwner(target, (integration) => pushChecked(integration, appointment, call))
    if (result.status === 'skipped' && result.reason === 'paused') await keepIntent(engine, target, 'push')
    return result
  }

  return {
    pushChecked,
    push: async (given, call) => {
      call?.signal?.throwIfAborted()
      return push(checkAppointment(given), call)
    },
    pushById: async (given, call) => {
      call?.signal?.throwIfAborted()
      const ref = parseOrThrow(refSchema, given, 'INVALID_ARGUMENT', 'The appointment reference')
      const appointment = await readAppointment(engine, ref, ref.appointmentId)
      if (appointment === null || appointment.userId !== ref.userId)
        throw unknownAppointment(ref.appointmentId)
      return push(appointment, call)
    },
    remove: async (given, call) => {
      call?.signal?.throwIfAborted()
      const appointment = 'appointmentId' in given ? undefined : checkAppointment(given)
      const target =
        appointment === undefined
          ? parseOrThrow(refSchema, given, 'INVALID_ARGUMENT', 'The appointment reference')
          : { tenantId: appointment.tenantId, userId: appointment.userId, appointmentId: appointment.id }
      const result = await forOwner(target, (integration) =>
        attempt(integration, target.appointmentId, 'delete', appointment, call?.signal),
      )
      if (result.status === 'skipped' && result.reason === 'paused')
        await keepIntent(engine, target, 'delete')
      return result
    },
    settled: async () => {
      await Promise.allSettled(running)
    },
  }
}

/** Whether Google is known to say all of it already, at the price of two look-ups and no call to Google. */
async function standsAlready(
  engine: Engine,
  integration: Integration,
  appointment: CheckedAppointment,
): Promise<SyncResult | null> {
  const ref = refOf(integration)
  const link = await engine.storage.links.find(ref, appointment.id)
  if (link === null || link.base.writing !== undefined) return null
  if (link.appointmentUpdatedAtMs > appointment.updatedAtMs) return { status: 'skipped', reason: 'stale' }
  const app = appSideOf(appointment, integration)
  if (app.wanted !== true || link.state !== 'live' || link.fingerprint !== fingerprintOf(app.fields))
    return null
  const standing = await engine.storage.outbox.find({ ...ref, appointmentId: appointment.id })
  return standing === null ? { status: 'skipped', reason: 'unchanged' } : null
}

/** A paused owner's intents wait for the day it is resumed. */
async function keepIntent(engine: Engine, target: OwnedAppointmentRef, action: OutboxAction): Promise<void> {
  const { tenantId, userId, appointmentId } = target
  const integration = await engine.storage.integrations.find({ tenantId, userId })
  if (integration === null) return
  const nowMs = engine.clock.now()
  await engine.storage.outbox.enqueue({
    ref: { ...refOf(integration), appointmentId },
    action,
    dueAtMs: nowMs,
    nowMs,
  })
}

function busy(integration: Integration, appointmentId: string, nowMs: number): SyncResult {
  return {
    status: 'queued',
    retryAt: new Date(nowMs + RETRY_HINT_MS),
    error: {
      code: 'INTEGRATION_BUSY',
      message: `Another worker is pushing appointment ${appointmentId} of integration ${integration.id}. The newer version follows it.`,
    },
  }
}

function outOfTime(appointmentId: string): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'PUSH_TIMEOUT',
    message: `The push of appointment ${appointmentId} did not end in time. It goes on from the outbox.`,
    retryable: true,
  })
}

function unknownAppointment(appointmentId: string): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'APPOINTMENT_NOT_FOUND',
    message: `The host knows no appointment ${appointmentId} of this user. Nothing was synced.`,
  })
}
