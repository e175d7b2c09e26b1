import { type ContestedField, type EventLink, MERGED_FIELDS, type MergedFields } from '../domain/index.ts'
import { freshId, type StorageSession } from '../ports/index.ts'
import { contended, type Engine } from './engine.ts'
import { conflictOf, pick } from './inbound-plan.ts'

/** Overwrites that follow each other within this time count as one row, in milliseconds. */
const WINDOW_MS = 3_600_000
/** So many edits in Google are overwritten in a row; the next one asks a person. */
const MAX_OVERWRITES = 5

/** How often edits in Google were overwritten in a row, as it stands on the link. */
type Overwrites = Pick<EventLink, 'overwrites' | 'overwritesSinceMs'>

/**
 * What a write of these fields makes of the link's count. Two integrations, another instance of the SDK or another
 * sync tool that each put their own value back would go on for ever: by this count it comes to an end.
 */
export function overwritesAfter(
  link: EventLink,
  fields: readonly ContestedField[],
  nowMs: number,
): Overwrites {
  const { overwrites, overwritesSinceMs } = link
  if (!fields.some((field) => link.base.edited?.includes(field))) return { overwrites, overwritesSinceMs }
  const inRow = overwrites > 0 && nowMs - overwritesSinceMs < WINDOW_MS
  return inRow
    ? { overwrites: overwrites + 1, overwritesSinceMs }
    : { overwrites: 1, overwritesSinceMs: nowMs }
}

/** The fields that must not be written once more: each was put back in Google too often. */
export function loopingFields(
  link: EventLink,
  fields: readonly ContestedField[],
  nowMs: number,
): ContestedField[] {
  if (overwritesAfter(link, fields, nowMs).overwrites <= MAX_OVERWRITES) return []
  return fields.filter((field) => link.base.edited?.includes(field))
}

/**
 * What a link's base goes on remembering besides the fields: what somebody changed in Google, with what is seen now
 * and without what is written now, where the event is to be moved, whose it was, and what the host was told, without what
 * is written or decided against it now.
 */
export function carriedOver(
  link: EventLink,
  change: {
    readonly seen?: readonly ContestedField[]
    readonly written?: readonly ContestedField[]
    readonly decided?: readonly ContestedField[]
  },
): Pick<
  EventLink['base'],
  'edited' | 'moveTo' | 'told' | 'responses' | 'conference' | 'rendering' | 'external' | 'series' | 'tails'
> {
  const { seen = [], written = [], decided = [] } = change
  const edited = [...new Set([...(link.base.edited ?? []), ...seen])].filter(
    (field) => !written.includes(field),
  )
  const { moveTo, responses, conference, rendering, external, series, tails } = link.base
  return {
    ...(series === undefined ? {} : { series }),
    ...(tails === undefined ? {} : { tails }),
    ...(edited.length === 0 ? {} : { edited }),
    ...(moveTo === undefined ? {} : { moveTo }),
    ...(responses === undefined ? {} : { responses }),
    ...(conference === undefined ? {} : { conference }),
    ...(rendering === undefined ? {} : { rendering }),
    ...(external === undefined ? {} : { external }),
    ...toldBut(link, [...written, ...decided]),
  }
}

/** What the host was told and took, but for these fields: it has been decided otherwise since. */
export function toldBut(link: EventLink, fields: readonly ContestedField[]): Pick<EventLink['base'], 'told'> {
  const { told = {} } = link.base
  const left = MERGED_FIELDS.filter((field) => told[field] !== undefined && !fields.includes(field))
  return left.length === 0 ? {} : { told: pick(told, left) }
}

/**
 * Leaves the fields alone on both sides and asks a person, because something in Google puts its own value back each
 * time. Stored with a line in the log, in a transaction of the caller's. There must be no open conflict about the
 * appointment that is not given.
 */
export async function openLoop(
  engine: Engine,
  session: StorageSession,
  link: EventLink,
  loop: {
    readonly fields: readonly ContestedField[]
    readonly app: { readonly exists: boolean } & Partial<MergedFields>
    readonly google: { readonly exists: boolean } & Partial<MergedFields>
    readonly openConflict: Parameters<typeof conflictOf>[0]['openConflict']
  },
): Promise<string> {
  const { openConflict } = loop
  const fields = [...new Set([...(openConflict?.fields ?? []), ...loop.fields])]
  const merged = MERGED_FIELDS.filter((field) => loop.fields.includes(field))
  const conflict = conflictOf(
    { link, openConflict, nowMs: engine.clock.now(), conflictId: freshId(engine.random) },
    {
      fields,
      base: pick(link.base.app, merged),
      app: { ...openConflict?.app, ...pick(loop.app, merged), exists: loop.app.exists },
      google: { ...openConflict?.google, ...pick(loop.google, merged), exists: loop.google.exists },
    },
    { reason: 'edit_loop', hostReason: null },
  )
  const expected = openConflict === null ? null : openConflict.version
  if (!(await session.conflicts.replace(conflict, expected))) throw contended(link, link.appointmentId)
  await session.syncLog.append(
    engine.logEntry({
      ref: link,
      direction: 'to_google',
      action: 'park',
      status: 'conflict',
      appointmentId: link.appointmentId,
      googleEventId: link.eventId,
      fields: loop.fields,
    }),
  )
  return conflict.id
}
