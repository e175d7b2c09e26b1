import { type EventLink, type InboxEntry, MERGED_FIELDS, sameField } from '../domain/index.ts'
import type { StorageSession } from '../ports/index.ts'
import { contended } from './engine.ts'
import { inboxEntriesFor, pick } from './inbound-plan.ts'
import { isNotice, isStillTrue } from './notices.ts'

/** An entry as far as it is true, and the link it is about. */
export interface StandingEntry {
  readonly link: EventLink
  /** With those fields alone that Google still holds as they were told. */
  readonly entry: InboxEntry
}

/**
 * What is left of an entry: a field that was changed once more, or an event that is gone or stands again, is told by a
 * newer one. `null` when nothing is.
 */
export async function asItStands(session: StorageSession, entry: InboxEntry): Promise<StandingEntry | null> {
  const link = await session.links.find(entry, entry.appointmentId)
  if (link === null || link.eventId !== entry.eventId) return null
  if (isNotice(entry)) return isStillTrue(link, entry) ? { link, entry } : null
  if (entry.type === 'cancelled') {
    // An occurrence that went with its series meanwhile is told by that.
    const stands = link.state === 'removed' && link.base.series?.dropped !== true
    return stands ? { link, entry } : null
  }
  if (link.state !== 'live') return null
  const told = MERGED_FIELDS.filter((field) => entry.fields[field] !== undefined)
  const held = told.filter((field) => sameField(field, entry.fields[field], link.base.google[field]))
  const takenOver = entry.type === 'restored' ? await toldAnew(session, entry) : held.length === 0
  if (takenOver && held.length < told.length) return null
  return { link, entry: { ...entry, fields: pick(entry.fields, held) } }
}

async function replace(session: StorageSession, link: EventLink, change: Partial<EventLink>): Promise<void> {
  const next = { ...link, ...change, version: link.version + 1 }
  if (!(await session.links.replace(next, link.version))) throw contended(link, link.appointmentId)
}

/** Whether a later entry says that the event was restored. */
async function toldAnew(session: StorageSession, entry: InboxEntry): Promise<boolean> {
  const waiting = await session.inbox.listForAppointment(entry, entry.appointmentId)
  return waiting.some(({ type, changeId }) => type === 'restored' && changeId !== entry.changeId)
}

/**
 * The time is now agreed: an appointment that shows another one later is the app's own change. A text is not: the
 * app goes on rendering its own, and the user's stays until that changes. A restored event may have come back with
 * another content, which is told next.
 */
export async function recordApplied(session: StorageSession, told: InboxEntry, nowMs: number): Promise<void> {
  const standing = await asItStands(session, told)
  if (told.type === 'rescheduled' || told.type === 'edited') return recordTold(session, told, standing, nowMs)
  if (standing === null || told.type !== 'restored') return
  const { link } = standing
  const { app, google } = link.base
  const differing = MERGED_FIELDS.filter(
    (field) => app[field] !== undefined && !sameField(field, app[field], google[field]),
  )
  const source = `restored:${link.version}`
  for (const next of inboxEntriesFor(link, google, differing, source, nowMs)) await session.inbox.put(next)
}

/** Remembered also when the event says something newer by now: the app may come to say what it was told. */
async function recordTold(
  session: StorageSession,
  { fields, ...entry }: InboxEntry,
  standing: StandingEntry | null,
  nowMs: number,
): Promise<void> {
  const link = standing?.link ?? (await session.links.find(entry, entry.appointmentId))
  if (link === null || link.eventId !== entry.eventId) return
  const told = { ...link.base.told, ...fields }
  const agreed = pick(standing?.entry.fields ?? {}, ['time', 'recurrence'])
  if (Object.keys(agreed).length === 0) return replace(session, link, { base: { ...link.base, told } })
  const base = { ...link.base, told, app: { ...link.base.app, ...agreed } }
  return replace(session, link, { base, fingerprint: '', updatedAtMs: nowMs })
}
