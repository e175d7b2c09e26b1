import { z } from 'zod'
import { type MergedFields, someMergedFieldsSchema } from './event-fields.ts'
import { type IntegrationRef, integrationRefShape } from './integration.ts'

/** What an inbox entry tells the host. */
export const INBOX_ENTRY_TYPES = ['rescheduled', 'cancelled', 'restored', 'edited'] as const
export type InboxEntryType = (typeof INBOX_ENTRY_TYPES)[number]

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
  readonly observedAtMs: number
  readonly attempts: number
  /** Not delivered before this instant. */
  readonly dueAtMs: number
  readonly lastErrorCode: string | null
}

export const inboxEntrySchema: z.ZodType<InboxEntry> = z.object({
  ...integrationRefShape,
  changeId: z.string(),
  appointmentId: z.string(),
  calendarId: z.string(),
  eventId: z.string(),
  type: z.enum(INBOX_ENTRY_TYPES),
  fields: someMergedFieldsSchema,
  observedAtMs: z.int(),
  attempts: z.int(),
  dueAtMs: z.int(),
  lastErrorCode: z.string().nullable(),
})
