import {
  type ApplyResult,
  applyResultSchema,
  type InboxEntry,
  type Integration,
  type IntegrationRef,
  refOf,
} from '../domain/index.ts'
import { isAppointmentSyncError, parseOrThrow } from '../errors/index.ts'
import type { SyncLogFacts } from '../observability/index.ts'
import { freshId } from '../ports/index.ts'
import { askHost, readAppSide } from './app-side.ts'
import { commitInbound } from './commit-inbound.ts'
import { judged, withUnanswered } from './conflict-judge.ts'
import type { Engine } from './engine.ts'
import { type HeldLease, underLease } from './held-lease.ts'
import { ENTRY_ACTIONS, pick } from './inbound-plan.ts'
import { isEnding, parkAfter } from './parking.ts'
import { planInboxEntry } from './plan-inbox-entry.ts'
import { asItStands, recordApplied } from './record-answer.ts'
import { hostRejected, recordRejected } from './record-refusal.ts'
import { backoffMs, codeOf } from './retry-policy.ts'
import { linkTail, tailStands } from './tail-delivery.ts'
import { tellOffer } from './tell-offer.ts'
import { toChange } from './to-change.ts'

/** How a delivery went. */
export interface DeliverySummary {
  readonly applied: number
  readonly rejected: number
  /** Changes that wait because the host failed, or because an earlier one of the appointment waits. */
  readonly waiting: number
  /** Whether another worker was delivering for this integration. */
  readonly busy: boolean
}

const PAGE = 50

/**
 * Tells the host what waits for it, in the order it was seen, one at a time per integration. Runs outside the
 * calendar's queue: a host whose `apply` pushes the appointment does not wait for itself.
 */
export async function deliverInbox(
  engine: Engine,
  integration: Integration,
  signal: AbortSignal | undefined,
): Promise<DeliverySummary> {
  const ref = refOf(integration)
  const due = await engine.storage.inbox.listDue(ref, engine.clock.now(), 1)
  if (due.length === 0) return { applied: 0, rejected: 0, waiting: 0, busy: false }
  const key = `inbox:${ref.tenantId}:${ref.integrationId}`
  const holding = { leases: engine.storage.leases, clock: engine.clock }
  const delivered = await underLease(holding, key, (lease) => deliverAll(engine, ref, lease, signal))
  return delivered === null ? { applied: 0, rejected: 0, waiting: 0, busy: true } : delivered.result
}

async function deliverAll(
  engine: Engine,
  ref: IntegrationRef,
  lease: HeldLease,
  signal: AbortSignal | undefined,
): Promise<DeliverySummary> {
  const { storage, clock } = engine
  const counts = { applied: 0, rejected: 0, waiting: 0, busy: false }
  for (;;) {
    const entries = await storage.inbox.listDue(ref, clock.now(), PAGE)
    for (const entry of entries) {
      signal?.throwIfAborted()
      if (!(await lease.stillOurs())) return { ...counts, busy: true }
      const current = await storage.integrations.findById(ref.tenantId, ref.integrationId)
      // Switched off or disconnected meanwhile: what waits is told when it is switched on again, or never.
      if (current === null || current.status === 'paused' || isEnding(current)) return counts
      const outcome = await deliver(engine, current, entry)
      if (outcome !== 'settled') counts[outcome] += 1
    }
    // Entries that were put off are not due any more, so each round is shorter or there is nothing left.
    if (entries.length < PAGE) return counts
  }
}

async function deliver(
  engine: Engine,
  integration: Integration,
  entry: InboxEntry,
): Promise<'applied' | 'rejected' | 'waiting' | 'settled'> {
  const { storage, clock, random, logger } = engine
  const [first] = await storage.inbox.listForAppointment(entry, entry.appointmentId)
  if (first !== undefined && first.changeId !== entry.changeId) {
    // An earlier change of the appointment is put off: this one must not overtake it.
    const next = { dueAtMs: Math.max(first.dueAtMs, clock.now() + 1), attempts: entry.attempts }
    await storage.inbox.postpone(entry, entry.changeId, { ...next, errorCode: 'HOST_SOURCE_FAILED' })
    return 'waiting'
  }
  const startedAtMs = clock.now()
  const log = {
    ref: refOf(integration),
    direction: 'from_google',
    action: ENTRY_ACTIONS[entry.type],
    appointmentId: entry.appointmentId,
    googleEventId: entry.eventId,
    attempt: entry.attempts + 1,
    startedAtMs,
    fields: Object.keys(entry.fields),
    status: 'success',
  } as const
  try {
    if (isOffer(entry)) return await tellOffer(engine, integration, entry, log, ask)
    const told = await settleBeforehand(engine, integration, entry, log)
    if (told === null) return 'settled'
    const left = told.entry
    const answer = await ask(engine, left)
    const linking = answer.status === 'applied' ? await linkTail(engine, integration, left, answer) : null
    await storage.transaction(async (session) => {
      if (left.type === 'created') await linking?.(session)
      else if (answer.status === 'applied') await recordApplied(session, left, clock.now())
      else await recordRejected(engine, session, integration, { ...told, reason: answer.reason })
      await session.inbox.remove(entry, entry.changeId)
      const outcome =
        answer.status === 'applied'
          ? ({ status: 'success' } as const)
          : ({ status: 'rejected', error: hostRejected(answer.reason) } as const)
      await session.syncLog.append(engine.logEntry({ ...log, fields: Object.keys(left.fields), ...outcome }))
    })
    return answer.status
  } catch (error) {
    if (isAppointmentSyncError(error, 'STORAGE_FAILED')) throw error
    // An offer is read from Google before it is told: what every other look would meet too ends them all.
    if (isOffer(entry)) await parkAfter(engine, refOf(integration), error)
    const attempts = entry.attempts + 1
    const dueAtMs = clock.now() + backoffMs(attempts, random)
    await storage.transaction(async (session) => {
      await session.inbox.postpone(entry, entry.changeId, { dueAtMs, attempts, errorCode: codeOf(error) })
      await session.syncLog.append(engine.logEntry({ ...log, status: 'failed', error }))
    })
    const { tenantId, integrationId, appointmentId } = entry
    logger.warn(
      { tenantId, integrationId, appointmentId, code: codeOf(error) },
      'the host did not take a change',
    )
    return 'waiting'
  }
}

/** Whether it offers an event of the owner's own; the tail of a series that was split is the appointment's already. */
function isOffer({ details }: InboxEntry): boolean {
  return details?.kind === 'created' && details.splitFrom === undefined
}

/** What the host is told, and the version of the appointment that was looked at for it. */
interface Told {
  readonly entry: InboxEntry
  /** 0 when there is none. */
  readonly appUpdatedAtMs: number
}

/**
 * What is left to tell; `null` when there is nothing, because a newer change took over, or the policy decided for the
 * app. What follows from that is stored here.
 */
async function settleBeforehand(
  engine: Engine,
  integration: Integration,
  told: InboxEntry,
  log: SyncLogFacts,
): Promise<Told | null> {
  const { storage, clock } = engine
  if (told.details?.kind === 'created' && told.details.splitFrom !== undefined) {
    const tail = await tailStands(engine, integration, told, log)
    return tail === null ? null : { entry: tail, appUpdatedAtMs: 0 }
  }
  const standing = await asItStands(storage, told)
  if (standing === null) {
    await storage.transaction(async (session) => {
      await session.inbox.remove(told, told.changeId)
      await session.syncLog.append(engine.logEntry({ ...log, status: 'skipped' }))
    })
    return null
  }
  const { link, entry } = standing
  const app = await readAppSide(engine, integration, link)
  if (app.wanted === 'unknown' && app.error.code === 'HOST_SOURCE_FAILED') throw app.error
  const facts = {
    integration,
    link,
    app,
    entry,
    openConflict: await storage.conflicts.findOpen(entry, entry.appointmentId),
    restoreWaits: entry.type === 'restored',
    nowMs: clock.now(),
    conflictId: freshId(engine.random),
  }
  const { plan: decision, unanswered } = await judged(engine.judge, facts, (decide) =>
    planInboxEntry({ ...facts, decide }),
  )
  if (decision.kind === 'tell') return { entry, appUpdatedAtMs: app.wanted === true ? app.updatedAtMs : 0 }
  const { plan, left } = decision
  const status = plan.conflict === null ? 'skipped' : 'conflict'
  await storage.transaction(async (session) => {
    await session.inbox.remove(entry, entry.changeId)
    const fields = Object.keys(entry.fields).filter((field) => !left.some((one) => one === field))
    await commitInbound(engine, session, {
      ...plan,
      inbox: decision.inbox,
      log: withUnanswered([{ ...log, fields, status }], unanswered),
    })
    if (left.length > 0) await session.inbox.put({ ...entry, fields: pick(entry.fields, left) })
  })
  return null
}

async function ask(engine: Engine, entry: InboxEntry): Promise<ApplyResult> {
  const link =
    entry.type === 'rescheduled' ? await engine.storage.links.find(entry, entry.appointmentId) : null
  const change = toChange(entry, link?.base.google)
  const answer = await askHost(`apply for appointment ${entry.appointmentId}`, () =>
    engine.appointments.apply(change),
  )
  return parseOrThrow(applyResultSchema, answer, 'HOST_SOURCE_FAILED', 'The answer of apply')
}
