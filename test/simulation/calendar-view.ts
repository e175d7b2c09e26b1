import type { ConflictSide } from 'appointment-sync'
import type { GoogleEmulator, GoogleEvent } from 'appointment-sync/testing/emulator'
import type { Values } from './ledger.ts'
import type { Field } from './moves.ts'

/** An event as a person sees it. */
export interface ShownEvent {
  readonly id: string
  readonly etag: string
  readonly updatedMs: number
  /** The private mark the SDK knows its events by; `null` on events of others. */
  readonly mark: string | null
  readonly values: Values
}

/** One time, as both sides of a comparison write it. */
export function timeValue(startMs: number, endMs: number): string {
  return `${startMs}/${endMs}`
}

/** Start and end of a {@link timeValue}, in epoch milliseconds. */
export function spanOf(value: string): { startMs: number; endMs: number } {
  const [startMs = Number.NaN, endMs = Number.NaN] = value.split('/').map(Number)
  return { startMs, endMs }
}

/** A field of the SDK's own record as the simulation writes it; `undefined` where it is not known. */
export function valueIn(fields: Omit<ConflictSide, 'exists'>, field: Field): string | undefined {
  if (field !== 'time') return fields[field]
  const { time } = fields
  return time === undefined || time.allDay ? undefined : timeValue(time.startMs, time.endMs)
}

function instantOf(time: unknown): number {
  return Date.parse((time as { dateTime?: string } | undefined)?.dateTime ?? '')
}

function markOf(event: GoogleEvent): string | null {
  const { extendedProperties } = event as { extendedProperties?: { private?: Record<string, string> } }
  return Object.values(extendedProperties?.private ?? {})[0] ?? null
}

function textOf(event: GoogleEvent, name: string): string {
  const value = event[name]
  return typeof value === 'string' ? value : ''
}

/** The live events of an account's own calendar, by id. */
export function viewCalendar(google: GoogleEmulator, email: string): Map<string, ShownEvent> {
  const shown = google
    .user(email)
    .calendar()
    .events()
    .map((event): ShownEvent => ({
      id: event.id,
      etag: event.etag,
      updatedMs: Date.parse(textOf(event, 'updated')),
      mark: markOf(event),
      values: {
        time: timeValue(instantOf(event['start']), instantOf(event['end'])),
        title: textOf(event, 'summary'),
        description: textOf(event, 'description'),
        location: textOf(event, 'location'),
      },
    }))
  return new Map(shown.map((event) => [event.id, event]))
}
