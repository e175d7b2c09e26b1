import type { Appointment, AppointmentChange } from 'appointment-sync'
import { spanOf, timeValue } from './calendar-view.ts'
import type { Row } from './host.ts'
import type { AppointmentRecord, Ledger, OwnerRecord, Values } from './ledger.ts'
import { FIELDS } from './moves.ts'

/** Slots of plans from here on are occurrences of series: first those of the first owner. */
export const FIRST_SERIES_SLOT = 1_000
/** Occurrences of each series. */
export const OCCURRENCES = 4

const ID = 's0'
const DAY_MS = 86_400_000
const LENGTH_MS = 30 * 60_000

/** A recurring appointment of an owner's; each occurrence is told apart by where the rule puts it. */
export interface SeriesRecord {
  readonly key: string
  readonly id: string
  readonly owner: OwnerRecord
  readonly firstStartMs: number
  readonly occurrences: readonly AppointmentRecord[]
  /** Moves with every change of any of its occurrences. */
  updatedAtMs: number
  /** What the series says where an occurrence says nothing of its own. */
  texts: Omit<Values, 'time'> | null
}

/** The occurrence's name in the SDK: by the start that the rule gives it, in UTC. */
function occurrenceId(seriesId: string, originalStartMs: number): string {
  return `${seriesId}~${new Date(originalStartMs).toISOString().replace(/[-:]|\.\d+/g, '')}`
}

/** The one series of an owner, made at first use. */
export function seriesOf(ledger: Ledger, owner: OwnerRecord, startMs: number): SeriesRecord {
  const key = `${owner.tenantId}/${owner.userId}`
  const known = ledger.series.get(key)
  if (known !== undefined) return known
  const id = `${ID}${owner.userId}`
  const occurrences: AppointmentRecord[] = []
  const made: SeriesRecord = {
    key,
    id,
    owner,
    firstStartMs: startMs,
    occurrences,
    updatedAtMs: 0,
    texts: null,
  }
  for (let index = 0; index < OCCURRENCES; index += 1) {
    const originalStartMs = startMs + index * DAY_MS
    const record = ledger.appointment(owner, occurrenceId(id, originalStartMs))
    record.partOf = { series: made, originalStartMs }
    occurrences.push(record)
  }
  ledger.series.set(key, made)
  return made
}

/** The time that the rule gives an occurrence. */
export function ruleTime(originalStartMs: number): string {
  return timeValue(originalStartMs, originalStartMs + LENGTH_MS)
}

/** An occurrence that differs from the rule, as the SDK takes it. */
interface Exception {
  readonly originalStart: Date
  readonly status?: 'cancelled'
  readonly start?: Date
  readonly end?: Date
  readonly title?: string
  readonly notes?: string
  readonly location?: string
}

function exceptionOf(series: SeriesRecord, row: Row): Exception | null {
  const { partOf } = row.record
  if (partOf === null) return null
  const originalStart = new Date(partOf.originalStartMs)
  if (row.status === 'cancelled') return { originalStart, status: 'cancelled' }
  const { time, title, description, location } = row.values
  const { startMs, endMs } = spanOf(time)
  const own = {
    ...(time === ruleTime(partOf.originalStartMs) ? {} : { start: new Date(startMs), end: new Date(endMs) }),
    ...(title === series.texts?.title ? {} : { title }),
    ...(description === series.texts?.description ? {} : { notes: description }),
    ...(location === series.texts?.location ? {} : { location }),
  }
  return Object.keys(own).length === 0 ? null : { originalStart, ...own }
}

/** The series as the SDK takes it; `null` when the host has none. */
export function toSeriesAppointment(
  series: SeriesRecord,
  rows: ReadonlyMap<string, Row>,
): (Appointment & { readonly exceptions: readonly Exception[] }) | null {
  const own = series.occurrences.flatMap(({ key }) => rows.get(key) ?? [])
  const { texts } = series
  if (own.length === 0 || texts === null) return null
  const { tenantId, userId } = series.owner
  return {
    id: series.id,
    tenantId,
    userId,
    status: own.some(({ status }) => status === 'confirmed') ? 'confirmed' : 'cancelled',
    start: new Date(series.firstStartMs),
    end: new Date(series.firstStartMs + LENGTH_MS),
    timeZone: 'America/Sao_Paulo',
    title: texts.title,
    notes: texts.description,
    location: texts.location,
    recurrence: [`RRULE:FREQ=DAILY;COUNT=${OCCURRENCES}`],
    exceptions: own.flatMap((row) => exceptionOf(series, row) ?? []),
    updatedAt: new Date(series.updatedAtMs),
  }
}

/** What a series says is written once for all of its occurrences. */
export function shareTexts(ledger: Ledger, series: SeriesRecord, texts: Omit<Values, 'time'>): void {
  series.texts = texts
  for (const field of FIELDS) if (field !== 'time') ledger.shared.set(texts[field], series)
}

/** The booking that a change is about: an occurrence has a name of its own. */
export function keyOf({ owner, appointmentId, occurrence }: AppointmentChange): string {
  const id =
    occurrence === undefined
      ? appointmentId
      : occurrenceId(appointmentId, new Date(occurrence.originalStart).getTime())
  return `${owner.tenantId}/${id}`
}
