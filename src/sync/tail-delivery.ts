import { type ApplyResult, type InboxEntry, type Integration, refOf } from '../domain/index.ts'
import type { RemoteEvent } from '../google/index.ts'
import type { SyncLogFacts } from '../observability/index.ts'
import type { StorageSession } from '../ports/index.ts'
import { readAppSide } from './app-side.ts'
import type { Engine } from './engine.ts'
import { isGone } from './event-gone.ts'
import { jobRefOf } from './job-ref.ts'
import { linkTailEvent } from './link-tail.ts'
import { deletionOf } from './remove-event.ts'

async function readTail(
  engine: Engine,
  integration: Integration,
  { calendarId, eventId }: InboxEntry,
): Promise<Extract<RemoteEvent, { cancelled: false }> | null> {
  try {
    const event = await engine.google.getEvent({ ref: refOf(integration), calendarId, eventId })
    return event.cancelled ? null : event
  } catch (error) {
    if (isGone(error)) return null
    throw error
  }
}

/** The entry, while the event it offers stands; one that is gone by now is not told any more. */
export async function tailStands(
  engine: Engine,
  integration: Integration,
  entry: InboxEntry,
  log: SyncLogFacts,
): Promise<InboxEntry | null> {
  if ((await readTail(engine, integration, entry)) !== null) return entry
  await engine.storage.transaction(async (session) => {
    await session.inbox.remove(entry, entry.changeId)
    await session.syncLog.append(engine.logEntry({ ...log, status: 'skipped' }))
  })
  return null
}

/**
 * What links the event to the appointment that the host made of it, in the transaction that ends the entry; `null` when
 * there is nothing to link. An event of our own that the appointment has by then is taken off first: a host whose
 * `apply` pushes would have two.
 */
export async function linkTail(
  engine: Engine,
  integration: Integration,
  entry: InboxEntry,
  answer: Extract<ApplyResult, { status: 'applied' }>,
): Promise<((session: StorageSession) => Promise<void>) | null> {
  const { appointmentId } = answer
  if (entry.type !== 'created' || appointmentId === undefined) return null
  const app = await readAppSide(engine, integration, { appointmentId, base: { app: {}, google: {} } })
  if (app.wanted === 'unknown') throw app.error
  const event = await readTail(engine, integration, entry)
  if (event === null || !app.wanted) return null
  const before = await engine.storage.links.find(refOf(integration), appointmentId)
  if (before !== null && before.state === 'live' && before.eventId !== event.id) {
    try {
      await deletionOf(refOf(integration), before, before.etag, engine.clock.now(), undefined)(engine.google)
    } catch (error) {
      if (!isGone(error)) throw error
    }
  }
  return async (session) => {
    const nowMs = engine.clock.now()
    const { calendarId } = entry
    await linkTailEvent(session, { integration, appointmentId, calendarId, event, app, nowMs })
    // Compared once: what the host made of it may differ from the event on purpose, and that is known then.
    const ref = { ...jobRefOf(entry), appointmentId }
    await session.outbox.enqueue({ ref, action: 'push', dueAtMs: nowMs, nowMs })
  }
}
