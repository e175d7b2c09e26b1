import {
  type Appointment,
  type AppointmentRef,
  type CheckedAppointment,
  hostIdSchema,
  type Integration,
  refOf,
} from '../domain/index.ts'
import { AppointmentSyncError, parseOrThrow } from '../errors/index.ts'
import { prioritized } from '../google/index.ts'
import { type OutboxAction, type OutboxJob, type OutboxJobRef, withDeadline } from '../ports/index.ts'
import { z } from 'zod'
import { checkAppointment, checkSeries, readAppointment } from './app-side.ts'
import type { Engine } from './engine.ts'
import { isEnding } from './parking.ts'
import { pushAtOnce } from './push-at-once.ts'
import type { SyncResult } from './results.ts'
import { standingAlready } from './standing.ts'
import { summaryOf } from './retry-policy.ts'
import { JOB_LEASE_MS, runJobs } from './run-jobs.ts'
import { claimOccurrences, togetherWith } from './series-jobs.ts'

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
  /**
   * Pushes appointments that are checked already, on an integration that is known; at most 1,000. Without a
   * deadline: many go out together. `givenAtMs`: when the host was asked for them. Results by appointment id.
   */
  pushMany(
    integration: Integration,
    appointments: readonly CheckedAppointment[],
    call: Call & { readonly givenAtMs: number },
  ): Promise<Map<string, SyncResult>>
  /** Resolves once no push that outlived its deadline is going. */
  settled(): Promise<void>
}

const refSchema = z.object({ tenantId: hostIdSchema, userId: hostIdSchema, appointmentId: hostIdSchema })

/** How often a push waits for another push of the same appointment before it leaves it to the outbox. */
const CLAIM_ROUNDS = 3
/** How far the clocks of two processes may be apart, in milliseconds. */
const CLOCKS_APART_MS = 10_000
/** How soon after a push that ran out of time the outbox looks again, in milliseconds. */
const RETRY_HINT_MS = 2_000

/** Intent first, then at once: what cannot be done within `pushTimeoutMs` goes on from the outbox. */
export function createPusher(background: Engine, options: { readonly pushTimeoutMs: number }): Pusher {
  const engine: Engine = { ...background, google: prioritized(background.google, 'interactive') }
  const { storage, clock } = engine
  const running = new Set<Promise<unknown>>()

  /** Stores the intent and leases it for this call; `null` when another worker has it and will see the intent. */
  const begin = async (ref: OutboxJobRef, action: OutboxAction): Promise<OutboxJob | null> => {
    const nowMs = clock.now()
    // Due only after the deadline: the sweep must not pick up what is tried right here.
    const dueAtMs = nowMs + options.pushTimeoutMs
    const leased = await storage.outbox.begin({ refs: [ref], action, dueAtMs, nowMs, leaseMs: JOB_LEASE_MS })
    return leased[0] ?? null
  }

  const claim = async (ref: OutboxJobRef): Promise<OutboxJob | null> => {
    const query = { nowMs: clock.now(), leaseMs: JOB_LEASE_MS, limit: 1, ref }
    return (await storage.outbox.claim(query))[0] ?? null
  }

  /** The long way: waits its turn at the calendar, and for another worker that has the job. */
  const runOut = async (
    ref: OutboxJobRef,
    action: OutboxAction,
    given: CheckedAppointment | undefined,
    givenAtMs: number,
    first: OutboxJob | null,
    signal: AbortSignal,
  ): Promise<SyncResult> => {
    for (let round = 1; round <= CLAIM_ROUNDS; round += 1) {
      // Stored once: stored again, an older call would take the place of a newer one.
      const job = round === 1 ? first : await claim(ref)
      if (job !== null) {
        const known = given === undefined ? undefined : new Map([[ref.appointmentId, given]])
        const [result] = await runJobs(engine, [job], {
          given: known,
          givenAtMs,
          takesOff: action === 'delete',
          signal,
          interactive: true,
        })
        if (result !== undefined) return result
      }
      // Somebody is pushing this appointment; wait for its turn on the calendar to end.
      await engine.calendarQueue.run(ref, signal, () => Promise.resolve())
    }
    return busy(ref, clock.now())
  }

  /** What a series' push stored for its occurrences is tried at once too; what does not go now is in the outbox. */
  const withOccurrences = async (
    integration: Integration,
    appointment: CheckedAppointment | undefined,
    result: SyncResult,
    options: {
      readonly givenAtMs: number
      readonly signal: AbortSignal | undefined
      readonly interactive: boolean
    },
  ): Promise<SyncResult> => {
    if (appointment === undefined || appointment.recurrence.length === 0 || result.status === 'queued') {
      return result
    }
    const { jobs, given } = await claimOccurrences(engine, integration, appointment)
    const runner = options.interactive ? engine : background
    return togetherWith(result, await runJobs(runner, jobs, { ...options, given }))
  }

  const attempt = async (
    integration: Integration,
    appointmentId: string,
    action: OutboxAction,
    given: CheckedAppointment | undefined,
    signal: AbortSignal | undefined,
  ): Promise<SyncResult> => {
    const ref = { ...refOf(integration), appointmentId }
    const givenAtMs = clock.now()
    const cut = new AbortController()
    // In any case stored before the deadline begins: `queued` is only ever said of an intent that is.
    const stored = Promise.withResolvers<void>()
    const work = async (): Promise<SyncResult> => {
      if (action === 'delete' || given === undefined || !engine.calendarQueue.isIdle(ref)) {
        const job = await begin(ref, action)
        stored.resolve()
        return runOut(ref, action, given, givenAtMs, job, cut.signal)
      }
      const dueAtMs = clock.now() + options.pushTimeoutMs
      const push = { integration, appointment: given, givenAtMs, dueAtMs, signal: cut.signal }
      const { job, result } = await pushAtOnce(engine, push, stored.resolve)
      return result ?? runOut(ref, action, given, givenAtMs, job, cut.signal)
    }
    const going = work().then((result) =>
      action === 'delete'
        ? result
        : withOccurrences(integration, given, result, { givenAtMs, signal: cut.signal, interactive: true }),
    )
    running.add(going)
    // It may outlive the deadline; its outcome is then in the outbox and in the log.
    const forget = (): void => void running.delete(going)
    going.then(forget, forget)
    await Promise.race([stored.promise, going])
    try {
      return await withDeadline(
        clock,
        options.pushTimeoutMs,
        signal,
        () => outOfTime(appointmentId),
        (bounded) => {
          bounded.addEventListener('abort', () => cut.abort(bounded.reason), { once: true })
          return going
        },
      )
    } catch (error) {
      if (!(error instanceof AppointmentSyncError) || error.code !== 'PUSH_TIMEOUT') throw error
      return { status: 'queued', retryAt: new Date(clock.now() + RETRY_HINT_MS), error: summaryOf(error) }
    }
  }

  const pushChecked = async (
    integration: Integration,
    appointment: CheckedAppointment,
    call: Call | undefined,
  ): Promise<SyncResult> => {
    checkSeries(appointment, integration.settings)
    const early = (await standingAlready(engine, integration, [appointment], 'call')).get(appointment.id)
    return early ?? attempt(integration, appointment.id, 'push', appointment, call?.signal)
  }

  const pushMany: Pusher['pushMany'] = async (integration, appointments, { signal, givenAtMs }) => {
    const known = new Map(appointments.map((appointment) => [appointment.id, appointment]))
    if (integration.settings.syncDirection === 'from_google') {
      return new Map([...known.keys()].map((id) => [id, { status: 'skipped', reason: 'direction' }]))
    }
    const results = await standingAlready(engine, integration, [...known.values()], 'sweep')
    const refs = [...known.keys()]
      .filter((id) => !results.has(id))
      .map((appointmentId) => ({ ...refOf(integration), appointmentId }))
    const nowMs = clock.now()
    const jobs =
      refs.length === 0
        ? []
        : await storage.outbox.begin({ refs, action: 'push', dueAtMs: nowMs, nowMs, leaseMs: JOB_LEASE_MS })
    const outcomes = await runJobs(background, jobs, {
      given: known,
      givenAtMs: givenAtMs - CLOCKS_APART_MS,
      signal,
    })
    for (const [index, { appointmentId }] of jobs.entries()) {
      const outcome = outcomes[index]
      if (outcome === undefined) continue
      const appointment = known.get(appointmentId)
      const options = { givenAtMs: givenAtMs - CLOCKS_APART_MS, signal, interactive: false }
      results.set(appointmentId, await withOccurrences(integration, appointment, outcome, options))
    }
    for (const ref of refs) {
      if (!results.has(ref.appointmentId)) results.set(ref.appointmentId, busy(ref, nowMs))
    }
    return results
  }

  const forOwner = async (
    target: OwnedAppointmentRef,
    go: (integration: Integration) => Promise<SyncResult>,
  ): Promise<SyncResult> => {
    const integration = await storage.integrations.find({ tenantId: target.tenantId, userId: target.userId })
    if (integration === null || isEnding(integration)) {
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
    pushMany,
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

function busy(ref: OutboxJobRef, nowMs: number): SyncResult {
  return {
    status: 'queued',
    retryAt: new Date(nowMs + RETRY_HINT_MS),
    error: {
      code: 'INTEGRATION_BUSY',
      message: `Another worker is pushing appointment ${ref.appointmentId} of integration ${ref.integrationId}. The newer version follows it.`,
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
