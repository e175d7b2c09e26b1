import {
  type Conflict,
  type EventLink,
  type InboxEntry,
  type Integration,
  MERGED_FIELDS,
  sameField,
} from '../domain/index.ts'
import { freshId, type StorageSession } from '../ports/index.ts'
import { contended, type Engine } from './engine.ts'
import { conflictOf, inboxEntriesFor, pick } from './inbound-plan.ts'
import { jobRefOf } from './job-ref.ts'

/** The link, if Google still holds what the host was told; else a newer change has taken over. */
export async function linkAsTold(session: StorageSession, entry: InboxEntry): Promise<EventLink | null> {
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
export async function recordApplied(
  session: StorageSession,
  entry: InboxEntry,
  nowMs: number,
): Promise<void> {
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
export async function recordRejected(
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
      conflictId: freshId(engine.random),
    },
    {
      fields: cancelled ? ['existence'] : [...new Set([...(openConflict?.fields ?? []), ...fields])],
      base: pick(link.base.app, fields),
      app: { exists: true, ...openConflict?.app, ...pick(link.base.app, fields) },
      google: { ...openConflict?.google, exists: !cancelled, ...entry.fields },
    },
    { reason: 'rejected_by_host', hostReason },
  )
  const expected = openConflict === null ? null : openConflict.version
  if (!(await session.conflicts.replace(conflict, expected))) throw contended(link, link.appointmentId)
}
