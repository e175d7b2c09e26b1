import {
  type AppointmentChange,
  type AppointmentChangeDetail,
  type ApplyResult,
  applyResultSchema,
  type Conflict,
  type EventLink,
  type EventTime,
  type InboxEntry,
  type Integration,
  MERGED_FIELDS,
  refOf,
  sameField,
  type SyncLogAction,
} from '../domain/index.ts'
import { isAppointmentSyncError, parseOrThrow } from '../errors/index.ts'
import type { SyncLogFacts } from '../observability/index.ts'
import type { StorageSession } from '../ports/index.ts'
import { askHost, readAppSide } from './app-side.ts'
import { commitInbound } from './commit-inbound.ts'
import { contended, type Engine } from './engine.ts'
import { conflictOf, inboxEntriesFor, pick } from './inbound-plan.ts'
import { jobRefOf } from './job-ref.ts'
import { planInboxEntry } from './plan-inbox-entry.ts'
import { backoffMs, codeOf } from './retry-policy.ts'

/** How a delivery went. */
export interface DeliverySummary {
  readonly applied: number
  readonly rejected: number
  /** Changes that wait because the host failed, or because an earlier one of the appointment waits. */
  readonly waiting: number
  /** Whether another worker was delivering for this integration. */
  readonly busy: boolean
}

const LEASE_MS = 120_000
const PAGE = 50

const ACTIONS: Readonly<Record<InboxEntry['type'], SyncLogAction>> = {
  rescheduled: 'reschedule',
  cancelled: 'cancel',
  restored: 'restore',
  edited: 'edit',
}

/**
 * Tells the host what waits for it, in the order it was seen, one at a time per integration. Runs outside the
 * calendar's queue: a host whose `apply` pushes the appointment does not wait for itself.
 */
export async function deliverInbox(
  engine: Engine,
  integration: Integration,
  signal: AbortSignal | undefined,
): Promise<DeliverySummary> {
  const { storage, clock } = engine
  const ref = refOf(integration)
  const key = `inbox:${ref.tenantId}:${ref.integrationId}`
  const lease = await storage.leases.acquire({ key, nowMs: clock.now(), ttlMs: LEASE_MS })
  if (lease === null) return { applied: 0, rejected: 0, waiting: 0, busy: true }
  const counts = { applied: 0, rejected: 0, waiting: 0, busy: false }
  try {
    for (;;) {
      const entries = await storage.inbox.listDue(ref, clock.now(), PAGE)
      for (const entry of entries) {
        signal?.throwIfAborted()
        if (!(await storage.leases.renew(lease, clock.now(), LEASE_MS))) return { ...counts, busy: true }
        const current = await storage.integrations.findById(ref.tenantId, ref.integrationId)
        // Switched off or disconnected meanwhile: what waits is told when it is switched on again, or never.
        if (current === null || current.status === 'paused' || current.status === 'disconnected')
          return counts
        const outcome = await deliver(engine, current, entry)
        if (outcome !== 'settled') counts[outcome] += 1
      }
      // Entries that were put off are not due any more, so each round is shorter or there is nothing left.
      if (entries.length < PAGE) return counts
    }
  } finally {
    await storage.leases.release(lease)
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
    action: ACTIONS[entry.type],
    appointmentId: entry.appointmentId,
    googleEventId: entry.eventId,
    attempt: entry.attempts + 1,
    startedAtMs,
    fields: Object.keys(entry.fields),
    status: 'success',
  } as const
  try {
    if (await settleBeforehand(engine, integration, entry, log)) return 'settled'
    const answer = await ask(engine, entry)
    await storage.transaction(async (session) => {
      if (answer.status === 'applied') await recordApplied(session, entry, clock.now())
      else await recordRejected(engine, session, integration, entry, answer.reason)
      await session.inbox.remove(entry, entry.changeId)
      const status = answer.status === 'applied' ? 'success' : 'rejected'
      await session.syncLog.append(engine.logEntry({ ...log, status }))
    })
    return answer.status
  } catch (error) {
    if (isAppointmentSyncError(error, 'STORAGE_FAILED')) throw error
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

/**
 * Whether there is nothing left to tell: a newer change took over, or the policy decided for the app. What follows
 * is stored here.
 */
async function settleBeforehand(
  engine: Engine,
  integration: Integration,
  entry: InboxEntry,
  log: SyncLogFacts,
): Promise<boolean> {
  const { storage, clock } = engine
  const link = await linkAsTold(storage, entry)
  if (link === null) {
    await storage.transaction(async (session) => {
      await session.inbox.remove(entry, entry.changeId)
      await session.syncLog.append(engine.logEntry({ ...log, status: 'skipped' }))
    })
    return true
  }
  const app = await readAppSide(engine, integration, entry.appointmentId)
  if (app.wanted === 'unknown' && app.error.code === 'HOST_SOURCE_FAILED') throw app.error
  const decision = planInboxEntry({
    integration,
    link,
    app,
    entry,
    openConflict: await storage.conflicts.findOpen(entry, entry.appointmentId),
    nowMs: clock.now(),
    conflictId: Buffer.from(engine.random.bytes(16)).toString('hex'),
  })
  if (decision.kind === 'tell') return false
  const { plan, left } = decision
  const status = plan.conflict === null ? 'skipped' : 'conflict'
  await storage.transaction(async (session) => {
    await session.inbox.remove(entry, entry.changeId)
    await commitInbound(engine, session, { ...plan, inbox: [], log: [{ ...log, status }] })
    if (left.length > 0) await session.inbox.put({ ...entry, fields: pick(entry.fields, left) })
  })
  return true
}

async function ask(engine: Engine, entry: InboxEntry): Promise<ApplyResult> {
  const change = toChange(entry)
  const answer = await askHost(`apply for appointment ${entry.appointmentId}`, () =>
    engine.appointments.apply(change),
  )
  return parseOrThrow(applyResultSchema, answer, 'HOST_SOURCE_FAILED', 'The answer of apply')
}

/** The change as the host is told it. */
function toChange(entry: InboxEntry): AppointmentChange {
  return {
    changeId: entry.changeId,
    owner: { tenantId: entry.tenantId, userId: entry.userId },
    appointmentId: entry.appointmentId,
    googleEventId: entry.eventId,
    observedAt: new Date(entry.observedAtMs),
    ...detailOf(entry),
  }
}

function detailOf(entry: InboxEntry): AppointmentChangeDetail {
  const { time, title, description, location } = entry.fields
  if (entry.type === 'rescheduled' && time !== undefined)
    return { type: 'rescheduled', ...rescheduledTo(time) }
  if (entry.type === 'edited') {
    return {
      type: 'edited',
      fields: {
        ...(title === undefined ? {} : { title }),
        ...(description === undefined ? {} : { description }),
        ...(location === undefined ? {} : { location }),
      },
    }
  }
  return { type: entry.type === 'restored' ? 'restored' : 'cancelled' }
}

function rescheduledTo(time: EventTime): {
  start: Date | string
  end: Date | string
  timeZone?: string
  allDay: boolean
} {
  if (time.allDay) return { start: time.startDate, end: time.endDate, allDay: true }
  return { start: new Date(time.startMs), end: new Date(time.endMs), timeZone: time.timeZone, allDay: false }
}

/** The link, if Google still holds what the host was told; else a newer change has taken over. */
async function linkAsTold(session: StorageSession, entry: InboxEntry): Promise<EventLink | null> {
  const link = await session.links.find(entry, entry.appointmentId)
  if (link === null || link.eventId !== entry.eventId) return null
  if (entry.type === 'cancelled') return link.state === 'removed' ? link : null
  if (link.state !== 'live') return null
  const told = MERGED_FIELDS.filter((field) => entry.fields[field] !== undefined)
  return told.every((field) => sameField(field, entry.fields[field], link.base.google[field])) ? link : null
}

async function replace(session: StorageSession, link: EventLink, change: Partial<EventLink>): Promise<void> {
  const next = { ...link, ...change, version: link.version + 1 }
  if (!(await session.links.replace(next, link.version))) throw contended(link, link.appointmentId)
}

/**
 * The time is now agreed: an appointment that shows another one later is the app's own change. A text is not: the
 * app goes on rendering its own, and the user's stays until that changes. A restored event may have come back with
 * another content, which is told next.
 */
async function recordApplied(session: StorageSession, entry: InboxEntry, nowMs: number): Promise<void> {
  const link = await linkAsTold(session, entry)
  if (link === null) return
  const { time } = entry.fields
  if (entry.type === 'rescheduled' && time !== undefined) {
    const base = { ...link.base, app: { ...link.base.app, time } }
    await replace(session, link, { base, fingerprint: '', updatedAtMs: nowMs })
  }
  if (entry.type !== 'restored') return
  const { app, google } = link.base
  const differing = MERGED_FIELDS.filter(
    (field) => app[field] !== undefined && !sameField(field, app[field], google[field]),
  )
  const source = `restored:${link.version}`
  for (const next of inboxEntriesFor(link, google, differing, source, nowMs)) await session.inbox.put(next)
}

/** The host refused: a person decides, or Google is put back to what the app says. */
async function recordRejected(
  engine: Engine,
  session: StorageSession,
  integration: Integration,
  entry: InboxEntry,
  hostReason: string,
): Promise<void> {
  const link = await linkAsTold(session, entry)
  if (link === null) return
  const policy = integration.settings.conflictResolution
  const review = (policy === 'manual' || policy === 'google_wins') && entry.type !== 'restored'
  if (review) return openReview(engine, session, link, entry, hostReason)
  const nowMs = engine.clock.now()
  // Taking Google's value as what the app last wanted makes the app's own value a change to be written.
  const base = { ...link.base, app: { ...link.base.app, ...entry.fields } }
  await replace(session, link, { base, fingerprint: '', updatedAtMs: nowMs })
  await session.outbox.enqueue({
    ref: jobRefOf(link),
    action: entry.type === 'restored' ? 'delete' : 'push',
    dueAtMs: nowMs,
    nowMs,
  })
}

async function openReview(
  engine: Engine,
  session: StorageSession,
  link: EventLink,
  entry: InboxEntry,
  hostReason: string,
): Promise<void> {
  const openConflict = await session.conflicts.findOpen(link, link.appointmentId)
  const fields = MERGED_FIELDS.filter((field) => entry.fields[field] !== undefined)
  const cancelled = entry.type === 'cancelled'
  const conflict: Conflict = conflictOf(
    {
      link,
      openConflict,
      nowMs: engine.clock.now(),
      conflictId: Buffer.from(engine.random.bytes(16)).toString('hex'),
    },
    {
      fields: cancelled ? ['existence'] : [...new Set([...(openConflict?.fields ?? []), ...fields])],
      base: pick(link.base.app, fields),
      app: { exists: true, ...openConflict?.app, ...pick(link.base.app, fields) },
      google: { exists: !cancelled, ...openConflict?.google, ...entry.fields },
    },
    { reason: 'rejected_by_host', hostReason },
  )
  const expected = openConflict === null ? null : openConflict.version
  if (!(await session.conflicts.replace(conflict, expected))) throw contended(link, link.appointmentId)
}
