import { type EventLink, type Integration, type IntegrationRef, refOf } from '../domain/index.ts'
import { isAppointmentSyncError } from '../errors/index.ts'
import type { RemoteEvent, RemoteEventPage } from '../google/index.ts'
import type { StorageSession, SyncCursor } from '../ports/index.ts'
import { readAppSide } from './app-side.ts'
import { commitInbound } from './commit-inbound.ts'
import { deliverInbox } from './deliver-inbox.ts'
import { contended, type Engine } from './engine.ts'
import { type HeldLease, underLease } from './held-lease.ts'
import { inactiveError } from './inactive.ts'
import type { InboundPlan } from './inbound-plan.ts'
import { planFor, readEvent } from './reconcile.ts'
import type { PullResult } from './results.ts'
import { sweepUnseen } from './sweep-unseen.ts'
import { syncWindow } from './sync-window.ts'

/** Counts of one pass. */
export interface PassCounts {
  pages: number
  events: number
  echoes: number
  conflicts: number
}

/**
 * Reads what changed in Google since the sync token, page by page. What a page means is stored with the page; the
 * token only with the last one. A failure anywhere leaves the old token, and reading again is harmless. Afterwards
 * the host is told what waits for it.
 */
export async function pullCalendar(
  engine: Engine,
  integration: Integration,
  signal: AbortSignal | undefined,
): Promise<PullResult> {
  if (integration.settings.syncDirection === 'to_google') return { status: 'skipped', reason: 'direction' }
  if (integration.status === 'disconnected') return { status: 'skipped', reason: 'not_connected' }
  if (integration.status === 'paused') return { status: 'skipped', reason: 'paused' }
  if (integration.status !== 'active') throw inactiveError(integration)
  const key = `pull:${integration.tenantId}:${integration.id}`
  const holding = { leases: engine.storage.leases, clock: engine.clock }
  const pass = await underLease(holding, key, (lease) => readChanges(engine, integration, lease, signal))
  if (pass === null) return { status: 'skipped', reason: 'busy' }
  const { mode, counts } = pass.result
  const { applied, rejected, waiting } = await deliverInbox(engine, integration, signal)
  return { status: 'success', mode, ...counts, applied, rejected, waiting }
}

async function readChanges(
  engine: Engine,
  integration: Integration,
  lease: HeldLease,
  signal: AbortSignal | undefined,
): Promise<{ mode: 'incremental' | 'full'; counts: PassCounts }> {
  const { calendarId } = integration.settings
  const cursor = await engine.storage.cursors.find(refOf(integration), calendarId)
  if (cursor !== null && cursor.syncToken !== null) {
    try {
      const counts = await readPass(engine, integration, lease, cursor.syncToken, signal)
      return { mode: 'incremental', counts }
    } catch (error) {
      if (!isAppointmentSyncError(error, 'GOOGLE_SYNC_TOKEN_INVALID')) throw error
      engine.logger.info(
        { tenantId: integration.tenantId, integrationId: integration.id },
        'sync token refused',
      )
    }
  }
  return { mode: 'full', counts: await readPass(engine, integration, lease, null, signal) }
}

async function readPass(
  engine: Engine,
  integration: Integration,
  lease: HeldLease,
  syncToken: string | null,
  signal: AbortSignal | undefined,
): Promise<PassCounts> {
  const ref = refOf(integration)
  const { calendarId } = integration.settings
  const window = syncWindow(integration.settings, engine.clock.now())
  const counts: PassCounts = { pages: 0, events: 0, echoes: 0, conflicts: 0 }
  const seen = new Set<string>()
  let pageToken: string | null = null
  do {
    const current: string | null = pageToken
    if (!(await lease.stillOurs())) throw contended(ref, calendarId)
    pageToken = await engine.calendarQueue(ref, signal, async () => {
      const page: RemoteEventPage = await engine.google.listEvents(
        { ref, calendarId, syncToken, window, pageToken: current },
        { signal },
      )
      counts.pages += 1
      counts.events += page.items.length
      for (const event of page.items) seen.add(event.id)
      for (const id of page.unreadable) seen.add(id)
      const plans = await planPage(engine, integration, page.items, counts, signal)
      const last = page.nextPageToken === null
      if (last && syncToken === null) {
        plans.push(...(await sweepUnseen(engine, { integration, window, seen, signal })))
      }
      await engine.storage.transaction(async (session) => {
        for (const plan of plans) await commitInbound(engine, session, plan)
        if (last) await advance(engine, session, ref, calendarId, page.nextSyncToken)
        if (last && syncToken === null) await logFullPass(engine, session, ref)
      })
      counts.conflicts += plans.filter((plan) => plan.conflict?.status === 'open').length
      return page.nextPageToken
    })
  } while (pageToken !== null)
  return counts
}

async function logFullPass(engine: Engine, session: StorageSession, ref: IntegrationRef): Promise<void> {
  const facts = { ref, direction: 'from_google', action: 'full_pass', status: 'success' } as const
  await session.syncLog.append(engine.logEntry(facts))
}

/** What follows from the events of a page that are ours and not as we left them. */
async function planPage(
  engine: Engine,
  integration: Integration,
  events: readonly RemoteEvent[],
  counts: PassCounts,
  signal: AbortSignal | undefined,
): Promise<InboundPlan[]> {
  const ids = events.map((event) => event.id)
  const { calendarId } = integration.settings
  const links = await engine.storage.links.findByEvents(refOf(integration), calendarId, ids)
  const byEvent = new Map(links.map((link) => [link.eventId, link]))
  const plans: InboundPlan[] = []
  for (const event of events) {
    const link = byEvent.get(event.id)
    if (link === undefined) continue
    signal?.throwIfAborted()
    const plan = await planEvent(engine, integration, link, event, signal)
    if (plan === null) counts.echoes += 1
    else plans.push(plan)
  }
  return plans
}

/** `null` when it is our own write coming back, or says nothing new. */
async function planEvent(
  engine: Engine,
  integration: Integration,
  link: EventLink,
  event: RemoteEvent,
  signal: AbortSignal | undefined,
): Promise<InboundPlan | null> {
  if (link.state === 'live' && !event.cancelled && event.etag === link.etag) return null
  if (link.state === 'removed' && event.cancelled) return null
  let current: RemoteEvent | null = event
  if (mayLag(link, event)) {
    // A list may be older than our own last write or deletion: only a fresh look tells what a person did.
    current = await readEvent(engine, link, signal)
    if (link.state === 'removed' && (current === null || current.cancelled)) return null
    if (link.state === 'live' && current !== null && current.etag === link.etag) return null
  }
  const app = await readAppSide(engine, integration, link.appointmentId)
  if (app.wanted === 'unknown') {
    const { tenantId, integrationId, appointmentId } = link
    engine.logger.warn(
      { tenantId, integrationId, appointmentId, code: app.error.code },
      'appointment unreadable',
    )
  }
  return planFor(engine, { integration, link, app }, current)
}

function mayLag(link: EventLink, event: RemoteEvent): boolean {
  if (event.cancelled) return false
  return link.state === 'removed' || (link.state === 'live' && event.updatedMs < link.eventUpdatedAtMs)
}

async function advance(
  engine: Engine,
  session: StorageSession,
  ref: IntegrationRef,
  calendarId: string,
  syncToken: string | null,
): Promise<void> {
  const cursor = await session.cursors.find(ref, calendarId)
  const next: SyncCursor = {
    ...ref,
    calendarId,
    syncToken,
    pulledAtMs: engine.clock.now(),
    sweptAtMs: cursor?.sweptAtMs ?? null,
    version: (cursor?.version ?? 0) + 1,
  }
  if (!(await session.cursors.advance(next, cursor?.version ?? null))) throw contended(ref, calendarId)
}
