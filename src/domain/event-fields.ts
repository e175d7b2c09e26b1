import { z } from 'zod'
import { type Visibility, VISIBILITIES } from './visibility.ts'
import { type EventTime, eventTimeSchema, sameEventTime } from './event-time.ts'

/** The fields that can change on either side and are merged one by one. Start and end are one field. */
export const MERGED_FIELDS = ['time', 'title', 'description', 'location', 'recurrence'] as const
export type MergedField = (typeof MERGED_FIELDS)[number]

/** What both sides can disagree about: a field, or whether the appointment takes place at all. */
export type ContestedField = MergedField | 'existence'

export const contestedFieldSchema: z.ZodEnum<{ [F in ContestedField]: F }> = z.enum([
  ...MERGED_FIELDS,
  'existence',
])

/** The fields that only the app decides; a change of theirs in Google is the user's own affair. */
export const APP_ONLY_FIELDS = [
  'status',
  'attendees',
  'reminderMinutes',
  'colorId',
  'visibility',
  'transparency',
  'source',
  'conference',
] as const
export type AppOnlyField = (typeof APP_ONLY_FIELDS)[number]

/** A guest as the app wants it on the event. */
export interface EventGuest {
  /** Lower case, as Google keeps it. */
  readonly email: string
  readonly name: string | null
}

/** The way back from the event to the appointment (Calendar v3, `Event.source`); only its creator sees it. */
export interface EventSource {
  readonly title: string
  /** `http:` or `https:`. */
  readonly url: string
}

/** What an appointment looks like as an event: everything the SDK writes, and nothing else. */
export interface EventFields {
  readonly time: EventTime
  readonly title: string
  /** Google's HTML subset; text of the host is escaped. */
  readonly description: string
  readonly location: string
  /** RRULE, RDATE and EXDATE lines in canonical form; empty for a single event and for an occurrence. */
  readonly recurrence: readonly string[]
  readonly status: 'confirmed' | 'tentative'
  readonly attendees: readonly EventGuest[]
  readonly reminderMinutes: readonly number[]
  /** `null` for the calendar's own colour. */
  readonly colorId: string | null
  readonly visibility: Visibility
  /** `transparent` leaves the time free. */
  readonly transparency: 'opaque' | 'transparent'
  readonly source: EventSource | null
  readonly conference: 'none' | 'meet'
}

/** What Google makes of fields that no request ever named. */
const NEVER_NAMED: Pick<EventFields, 'visibility' | 'transparency' | 'source' | 'conference'> = {
  visibility: 'default',
  transparency: 'opaque',
  source: null,
  conference: 'none',
}

/**
 * What the app wanted last, as far as Google is concerned: a link that was stored before a field came to be stands for
 * an event that has Google's default for it. Of a link that knows nothing (an insert without an answer) nothing is
 * known.
 */
export function knownToGoogle(app: Partial<EventFields>): Partial<EventFields> {
  return app.status === undefined ? app : { ...NEVER_NAMED, ...app }
}

/** The merged fields alone. */
export type MergedFields = Pick<EventFields, MergedField>

/** Whether a field has the same value on two sides; a side that is unknown equals nothing. */
export function sameField<F extends keyof EventFields>(
  field: F,
  a: EventFields[F] | undefined,
  b: EventFields[F] | undefined,
): boolean {
  if (a === undefined || b === undefined) return false
  if (field === 'time') return sameEventTime(a as EventTime, b as EventTime)
  return JSON.stringify(a) === JSON.stringify(b)
}

const mergedShape = {
  time: eventTimeSchema,
  title: z.string(),
  description: z.string(),
  location: z.string(),
  recurrence: z.array(z.string()),
}

export const eventFieldsSchema: z.ZodType<EventFields> = z.object({
  ...mergedShape,
  status: z.enum(['confirmed', 'tentative']),
  attendees: z.array(z.object({ email: z.string(), name: z.string().nullable() })),
  reminderMinutes: z.array(z.int()),
  colorId: z.string().nullable(),
  visibility: z.enum(VISIBILITIES),
  transparency: z.enum(['opaque', 'transparent']),
  source: z.object({ title: z.string(), url: z.string() }).nullable(),
  conference: z.enum(['none', 'meet']),
})

/** Some of the merged fields; an absent one is unknown. */
export const someMergedFieldsSchema: z.ZodType<Partial<MergedFields>> = z
  .object(mergedShape)
  .partial() as unknown as z.ZodType<Partial<MergedFields>>

/** Some of all fields; an absent one is unknown. */
export const someEventFieldsSchema: z.ZodType<Partial<EventFields>> = (
  eventFieldsSchema as unknown as z.ZodObject
).partial()
