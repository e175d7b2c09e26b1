import { z } from 'zod'
import { ATTENDEE_RESPONSES, type AttendeeResponse } from './appointment-change.ts'
import { type EventTime, eventTimeSchema } from './event-time.ts'
import { type MergedFields, someMergedFieldsSchema } from './event-fields.ts'
import type { OccurrenceName } from './occurrence.ts'
import { type IntegrationRef, integrationRefShape } from './integration.ts'

/** What an inbox entry tells the host. */
export const INBOX_ENTRY_TYPES = [
  'rescheduled',
  'cancelled',
  'restored',
  'edited',
  'attendee_responded',
  'conference_ready',
  'created',
] as const
export type InboxEntryType = (typeof INBOX_ENTRY_TYPES)[number]

/** What an entry tells besides fields of the event, by its type. */
export type InboxDetails =
  | { readonly kind: 'attendee_responded'; readonly email: string; readonly response: AttendeeResponse }
  | { readonly kind: 'conference_ready'; readonly url: string }
  | {
      readonly kind: 'created'
      readonly title: string
      readonly description: string
      readonly location: string
      readonly time: EventTime
      /** RRULE, RDATE and EXDATE lines; empty for a single event. */
      readonly recurrence: readonly string[]
      /** The recurring appointment it was split off from; absent for any other event. */
      readonly splitFrom?: OccurrenceName | undefined
    }

/**
 * A change seen in Google that the host has not confirmed yet. It is stored with the cursor that covers it, and
 * removed when the host has answered.
 */
export interface InboxEntry extends IntegrationRef {
  /** Made from integration, event and etag: reading the same change twice stores it once. */
  readonly changeId: string
  readonly appointmentId: string
  readonly calendarId: string
  readonly eventId: string
  readonly type: InboxEntryType
  /** The fields the user changed, with their values in Google; empty for a cancellation. */
  readonly fields: Partial<MergedFields>
  /** `null` for the types that are told by `fields`. */
  readonly details: InboxDetails | null
  readonly observedAtMs: number
  readonly attempts: number
  /** Not delivered before this instant. */
  readonly dueAtMs: number
  readonly lastErrorCode: string | null
}

const detailsSchema: z.ZodType<InboxDetails> = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('attendee_responded'),
    email: z.string(),
    response: z.enum(ATTENDEE_RESPONSES),
  }),
  z.object({ kind: z.literal('conference_ready'), url: z.string() }),
  z.object({
    kind: z.literal('created'),
    title: z.string(),
    description: z.string(),
    location: z.string(),
    time: eventTimeSchema,
    recurrence: z.array(z.string()),
    splitFrom: z
      .object({ seriesId: z.string(), originalStart: z.union([z.number(), z.string()]) })
      .optional(),
  }),
])

export const inboxEntrySchema: z.ZodType<InboxEntry> = z.object({
  ...integrationRefShape,
  changeId: z.string(),
  appointmentId: z.string(),
  calendarId: z.string(),
  eventId: z.string(),
  type: z.enum(INBOX_ENTRY_TYPES),
  fields: someMergedFieldsSchema,
  details: detailsSchema.nullable(),
  observedAtMs: z.int(),
  attempts: z.int(),
  dueAtMs: z.int(),
  lastErrorCode: z.string().nullable(),
})
