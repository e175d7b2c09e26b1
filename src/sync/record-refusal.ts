import {
  type Conflict,
  type ContestedField,
  type EventLink,
  type InboxEntry,
  type Integration,
  MERGED_FIELDS,
  type MergedField,
  type Refusal,
  sameField,
} from '../domain/index.ts'
import { AppointmentSyncError } from '../errors/index.ts'
import { freshId, type StorageSession } from '../ports/index.ts'
import { cleanReason, type RefusalKind, refusalLine } from '../templating/index.ts'
import { contended, type Engine } from './engine.ts'
import { toldBut } from './edit-loop.ts'
import { outcomeFor } from './field-rules.ts'
import { conflictOf, pick } from './inbound-plan.ts'
import { jobRefOf } from './job-ref.ts'
import { isNotice } from './notices.ts'
import { asItStands } from './record-answer.ts'
import { refusalKept } from './refusal.ts'

/** What the host refused, and why. */
export interface RefusedChange {
  readonly entry: InboxEntry
  /** `updatedAt` of the appointment that was looked at before the host was asked; 0 when there is none. */
  readonly appUpdatedAtMs: number
  readonly reason: string
}

/** The host's reason as the sync log has it. */
export function hostRejected(reason: string): AppointmentSyncError {
  const message = cleanReason(reason) || 'The host gave no reason.'
  return new AppointmentSyncError({ code: 'HOST_REJECTED', message })
}

/** Which of the refused fields go to review, and which back to what the app says. */
interface Split {
  readonly asked: readonly ContestedField[]
  readonly back: readonly ContestedField[]
  /** Whether what goes back is written in this direction. */
  readonly writes: boolean
}

/**
 * The host refused: field by field a person decides, or Google is put back to what the app says. A refused restoration
 * is deleted again under every policy. In the transaction that removes the entry.
 */
export async function recordRejected(
  engine: Engine,
  session: StorageSession,
  integration: Integration,
  { entry: told, appUpdatedAtMs, reason }: RefusedChange,
): Promise<void> {
  const standing = await asItStands(session, told)
  // A guest's answer, or a conference that is there, is not undone by a host that does not want to know it.
  if (standing === null || isNotice(told)) return
  const { link, entry } = standing
  const nowMs = engine.clock.now()
  const split = splitFields(integration, entry)
  if (split.asked.length === 0 && split.back.length === 0) return
  if (split.asked.length > 0) await openReview(engine, session, link, { entry, reason, asked: split.asked })
  const line = lineFor(integration, link, entry, split, reason)
  const updatedAtMs = Math.max(link.appointmentUpdatedAtMs, appUpdatedAtMs)
  const refusal = line === null ? null : { line, updatedAtMs }
  // A person decides and nothing is explained: the link stays as it is.
  if (split.back.length === 0 && refusal === null) return
  const next: EventLink = {
    ...link,
    base: baseAfter(link, entry, split, refusal),
    fingerprint: '',
    updatedAtMs: nowMs,
    version: link.version + 1,
  }
  if (!(await session.links.replace(next, link.version))) throw contended(link, link.appointmentId)
  if (!split.writes && refusal === null) return
  const action = entry.type === 'restored' ? 'delete' : 'push'
  await session.outbox.enqueue({ ref: jobRefOf(link), action, dueAtMs: nowMs, nowMs })
}

function splitFields({ settings }: Integration, entry: InboxEntry): Split {
  const fields = refusedFields(entry)
  const outcomes = new Map(fields.map((field) => [field, outcomeFor(settings, field, 'refused')]))
  // What a person restored is deleted again: the app knows that it does not take place.
  if (entry.type === 'restored') {
    return { asked: [], back: fields, writes: settings.syncDirection !== 'from_google' }
  }
  const asked = fields.filter((field) => outcomes.get(field) === 'ask')
  const back = fields.filter((field) => !asked.includes(field))
  return { asked, back, writes: back.some((field) => outcomes.get(field) === 'write') }
}

/** Other entries tell of nothing that could be put back. */
function refusedFields(entry: InboxEntry): ContestedField[] {
  if (entry.type === 'cancelled' || entry.type === 'restored') return ['existence']
  return MERGED_FIELDS.filter((field) => entry.fields[field] !== undefined)
}

/**
 * Taking Google's value as what the app last wanted makes the app's own value a change to be written. It is none for
 * the person who deletes the event meanwhile.
 */
function baseAfter(
  link: EventLink,
  entry: InboxEntry,
  { back }: Split,
  refusal: Refusal | null,
): EventLink['base'] {
  const line = refusal === null ? refusalKept(link) : { refusal }
  if (back.length === 0) return { ...link.base, ...line }
  const refused = MERGED_FIELDS.filter(
    (field) => entry.fields[field] !== undefined && (entry.type === 'restored' || back.includes(field)),
  )
  const { told: _, ...before } = link.base
  return {
    ...before,
    ...toldBut(link, refused),
    app: { ...link.base.app, ...pick(entry.fields, refused) },
    judged: { ...pick(link.base.app, MERGED_FIELDS), ...link.base.judged },
    ...line,
  }
}

/** The line for the description, where the owner wants one and it takes the place of nothing a person wrote. */
function lineFor(
  { settings }: Integration,
  link: EventLink,
  entry: InboxEntry,
  { asked, back }: Split,
  reason: string,
): string | null {
  const { app, google, refusal } = link.base
  const shows = settings.explainRefusals && settings.syncDirection !== 'from_google'
  // Of an event that goes, or is gone and stays so, nobody reads a description.
  const stands = entry.type !== 'restored' && (entry.type !== 'cancelled' || back.length > 0)
  if (!shows || !stands || asked.includes('description')) return null
  const known = sameField('description', app.description, google.description)
  if (!known && !back.includes('description') && refusal === undefined) return null
  return refusalLine(reason, back.length > 0 ? kindOf(entry) : 'review', settings.locale)
}

function kindOf({ type }: InboxEntry): RefusalKind {
  return type === 'rescheduled' || type === 'cancelled' ? type : 'edited'
}

async function openReview(
  engine: Engine,
  session: StorageSession,
  link: EventLink,
  refused: {
    readonly entry: InboxEntry
    readonly reason: string
    readonly asked: readonly ContestedField[]
  },
): Promise<void> {
  const { entry, reason, asked } = refused
  const openConflict = await session.conflicts.findOpen(link, link.appointmentId)
  const fields: MergedField[] = MERGED_FIELDS.filter((field) => asked.includes(field))
  const cancelled = entry.type === 'cancelled'
  const why = { reason: 'rejected_by_host', hostReason: cleanReason(reason) } as const
  const conflict: Conflict = conflictOf(
    { link, openConflict, nowMs: engine.clock.now(), conflictId: freshId(engine.random) },
    {
      fields: cancelled ? ['existence'] : [...new Set([...(openConflict?.fields ?? []), ...fields])],
      base: pick(link.base.app, fields),
      app: { exists: true, ...openConflict?.app, ...pick(link.base.app, fields) },
      google: { ...openConflict?.google, exists: !cancelled, ...pick(entry.fields, fields) },
    },
    why,
  )
  const expected = openConflict === null ? null : openConflict.version
  // What is refused now is what a person reads, also where the conflict was open before.
  if (!(await session.conflicts.replace({ ...conflict, ...why }, expected))) {
    throw contended(link, link.appointmentId)
  }
}
