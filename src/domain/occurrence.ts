import { MAX_ID_LENGTH } from './owner.ts'

/**
 * Where the rule of a series puts an occurrence, wherever it was moved since: epoch milliseconds, or `YYYY-MM-DD` in
 * an all-day series.
 */
export type OriginalStart = number | string

/** Names an occurrence among all appointments of a tenant. */
export interface OccurrenceName {
  /** The recurring appointment. */
  readonly seriesId: string
  readonly originalStart: OriginalStart
}

/** Between the id of a series and the key of its occurrence. */
const SEPARATOR = '~'
/** `YYYYMMDDTHHMMSSZ` and what separates it. */
const LONGEST_KEY = 17
const NAME = /^(.+)~(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})Z)?$/s

/** Longest id of a recurring appointment, in characters: its occurrences have longer ones. */
export const MAX_SERIES_ID_LENGTH: number = MAX_ID_LENGTH - LONGEST_KEY - 4

/**
 * What an occurrence is called within its series, by when the rule puts it: `YYYYMMDDTHHMMSSZ` in UTC, or `YYYYMMDD`
 * of an all-day one. Part of stored data.
 */
export function occurrenceKeyOf(originalStart: OriginalStart): string {
  if (typeof originalStart === 'string') return originalStart.replaceAll('-', '')
  return `${new Date(originalStart).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
}

/**
 * The id under which an occurrence that differs from its rule has a link, an intent, a log of its own: that of the
 * series, `~`, and its key.
 */
export function occurrenceIdOf(seriesId: string, originalStart: OriginalStart): string {
  return `${seriesId}${SEPARATOR}${occurrenceKeyOf(originalStart)}`
}

/** Up to where the ids of a series' occurrences begin alike. */
export function occurrencePrefixOf(seriesId: string): string {
  return `${seriesId}${SEPARATOR}`
}

/** What an id made by {@link occurrenceIdOf} names; `null` for any other id. */
export function parseOccurrenceId(id: string): OccurrenceName | null {
  const [, seriesId, year, month, day, hour, minute, second] = NAME.exec(id) ?? []
  if (seriesId === undefined) return null
  const date = `${year}-${month}-${day}`
  if (hour === undefined) return { seriesId, originalStart: date }
  const ms = Date.parse(`${date}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(ms) ? null : { seriesId, originalStart: ms }
}
