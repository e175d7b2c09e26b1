import { type EventLink, type Integration, type IntegrationRef, refOf } from '../domain/index.ts'
import type { RemoteEvent } from '../google/index.ts'
import type { StorageSession, SyncCursor } from '../ports/index.ts'
import { readAppSide } from './app-side.ts'
import { beginBusyPass } from './busy-pass.ts'
import { askingOnce } from './asking-once.ts'
import { commitInbound } from './commit-inbound.ts'
import { contended, type Engine } from './engine.ts'
import { type EventPage, openPage } from './event-page.ts'
import type { HeldLease } from './held-lease.ts'
import type { InboundPlan } from './inbound-plan.ts'
import type { MovedEvents } from './moved-event.ts'
import { planAsWeLeftIt } from './notices.ts'
import { offersFrom, planOffers, storeOffers } from './plan-offers.ts'
import { isMissing, lookAgain, planFor, type Sighting } from './reconcile.ts'
import { sweepUnseen } from './sweep-unseen.ts'
import { isOutOfDate } from './stale-read.ts'
import { reachOf, syncWindow } from './sync-window.ts'

/** Counts of one pass. */
export interface PassCounts {
  pages: number
  events: number
  echoes: number
  conflicts: number
}

/** One reading of a calendar, to its end. */
export interface Pass {
  readonly integration: Integration
  readonly calendarId: string
  /** `null` for a full pass over the window. */
  readonly syncToken: string | null
  /** Whether changes since the last pass may have gone unheard: no increment comes before this full pass. */
  readonly afterGap: boolean
  /** The right to pull; what is stored is stored under it. */
  readonly lease: HeldLease
  readonly moved: MovedEvents
  readonly signal?: AbortSignal | undefined
}

/**
 * Reads all pages. After a full pass every event of ours that should have been in the window and was not is looked
 * at by name. Throws `INTEGRATION_BUSY` when the lease was lost: then nothing of the page is stored.
 */
export async function readPass(engine: Engine, pass: Pass): Promise<PassCounts> {
  const { integration, calendarId, syncToken, lease, signal } = pass
  const ref = refOf(integration)
  const window = syncWindow(integration.settings, engine.clock.now())
  const reach = reachOf(window)
  const busy = await beginBusyPass(engine, { ...pass, full: syncToken === null, window: reach })
  const counts: PassCounts = { pages: 0, events: 0, echoes: 0, conflicts: 0 }
  const seen = new Set<string>()
  let unclear = false
  const onUnclear = (): void => {
    unclear = true
  }
  let pageToken: string | null = null
  do {
    const current: string | null = pageToken
    pageToken = await engine.calendarQueue.run(ref, signal, async (held) => {
      const query = { ref, calendarId, syncToken, window: reach, pageToken: current }
      const page = await engine.google.listEvents(query, { signal })
      counts.pages += 1
      counts.events += page.items.length
      if (syncToken === null) {
        for (const event of page.items) seen.add(event.id)
        for (const id of page.unreadable) seen.add(id)
      }
      const opened = await openPage(engine, pass, page.items)
      const plans = await planPage(engine, pass, opened, counts)
      const offers = await planOffers(engine, { integration, calendarId, ...opened })
      const keepBusy = await busy?.note(page, opened.linked)
      const last = page.nextPageToken === null
      if (last && syncToken === null) {
        for await (const unseen of sweepUnseen(engine, { ...pass, window, seen, onUnclear })) {
          await store(engine, lease, unseen, counts)
        }
      }
      await store(engine, lease, plans, counts, async (session) => {
        await storeOffers(session, offers)
        await keepBusy?.(session)
        if (last) await busy?.end(session, null)
        // Where something is unclear, the next pass is a full one again.
        if (last) await advance(engine, session, pass, unclear ? null : page.nextSyncToken)
        if (last && syncToken === null) await logFullPass(engine, session, ref)
        await held.releaseIn(session)
      })
      return page.nextPageToken
    })
  } while (pageToken !== null)
  return counts
}

/** Stores plans, and what goes with them, in one transaction under the right to pull. */
export async function store(
  engine: Engine,
  lease: HeldLease,
  plans: readonly InboundPlan[],
  counts: Pick<PassCounts, 'conflicts'>,
  besides: (session: StorageSession) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  await engine.storage.transaction(async (session) => {
    await lease.assertIn(session)
    for (const plan of plans) await commitInbound(engine, session, plan)
    await besides(session)
  })
  counts.conflicts += plans.filter((plan) => plan.conflict?.status === 'open').length
}

async function logFullPass(engine: Engine, session: StorageSession, ref: IntegrationRef): Promise<void> {
  const facts = { ref, direction: 'from_google', action: 'full_pass', status: 'success' } as const
  await session.syncLog.append(engine.logEntry(facts))
}

/** What follows from the events of a page that are ours and not as we left them. */
async function planPage(
  engine: Engine,
  pass: Pass,
  page: EventPage,
  counts: PassCounts,
): Promise<InboundPlan[]> {
  const asking = askingOnce(engine)
  const plans: InboundPlan[] = []
  for (const event of page.inOrder) {
    const link = await page.linkOf(event)
    pass.signal?.throwIfAborted()
    const plan =
      link === null ? page.offerOf(event) : await planEvent(asking, pass, link, event, page.planned)
    if (plan === null && link !== null) counts.echoes += 1
    if (plan === null) continue
    plans.push(plan)
    page.note(plan)
  }
  return plans
}

/** `null` when it is our own write coming back, or says nothing new. */
async function planEvent(
  engine: Engine,
  { integration, moved, signal }: Pass,
  link: EventLink,
  event: RemoteEvent,
  planned: EventPage['planned'],
): Promise<InboundPlan | null> {
  if (link.state === 'live' && !event.cancelled && event.etag === link.etag) {
    return planAsWeLeftIt(integration, link, event, engine.clock.now())
  }
  if (link.state === 'removed' && event.cancelled) return null
  let current: Sighting = event
  if (mayLag(link, event)) {
    // A list may be older than our own last write or deletion: only a fresh look tells what a person did.
    const fresh = await lookAgain(engine, integration, link, signal)
    if (fresh === null) return null
    current = fresh
    if (link.state === 'removed' && isMissing(current)) return null
    if (link.state === 'live' && !isMissing(current) && current.etag === link.etag) return null
  }
  const app = await readAppSide(engine, integration, link)
  if (app.wanted === 'unknown') {
    const { tenantId, integrationId, appointmentId } = link
    engine.logger.warn(
      { tenantId, integrationId, appointmentId, code: app.error.code },
      'appointment unreadable',
    )
  }
  return planFor(engine, { integration, link, app, moved, planned, signal }, current)
}

function mayLag(link: EventLink, event: RemoteEvent): boolean {
  // Whether a deletion is our own depends on when it was, which a list does not say.
  const undated = event.cancelled && link.base.inDoubt?.removing === true
  return undated || isOutOfDate(link, event)
}

async function advance(
  engine: Engine,
  session: StorageSession,
  { integration, calendarId, syncToken: read }: Pass,
  syncToken: string | null,
): Promise<void> {
  const ref = refOf(integration)
  const nowMs = engine.clock.now()
  const cursor = await session.cursors.find(ref, calendarId)
  const offering = offersFrom(integration, calendarId) && (read === null || cursor?.offering === true)
  const next: SyncCursor = {
    ...ref,
    calendarId,
    syncToken,
    pulledAtMs: nowMs,
    sweptAtMs: cursor?.sweptAtMs ?? null,
    fullPassAtMs: read === null ? nowMs : (cursor?.fullPassAtMs ?? null),
    watchRefusedAtMs: cursor?.watchRefusedAtMs ?? null,
    offering,
    version: (cursor?.version ?? 0) + 1,
  }
  if (!(await session.cursors.advance(next, cursor?.version ?? null))) throw contended(ref, calendarId)
}
