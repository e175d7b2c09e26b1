import { z } from 'zod'
import { type IntegrationRef, integrationRefShape } from './integration.ts'

/**
 * - `offered`: the host has not answered yet.
 * - `answered`: the host named an appointment; the event is about to become its own.
 * - `accepted`: the event is linked to that appointment.
 * - `declined`: it stays an event of the owner's own, and is not offered again.
 */
export const OFFER_STATES = ['offered', 'answered', 'accepted', 'declined'] as const
export type OfferState = (typeof OFFER_STATES)[number]

/**
 * An event of the owner's own that was offered to the host as an appointment. Kept after the answer, so that it is
 * offered once; holds ids and instants, and nothing of what the event says.
 */
export interface EventOffer extends IntegrationRef {
  /** Made from the integration and the event's `iCalUID`; the `changeId` that the host is told. */
  readonly id: string
  readonly calendarId: string
  readonly eventId: string
  /** `null` where Google gives none. */
  readonly iCalUID: string | null
  readonly state: OfferState
  /** The id that is suggested to the host; once `answered`, the one it named. */
  readonly appointmentId: string
  /** When Google last changed the event as it was read, epoch milliseconds; an older read says nothing. */
  readonly eventUpdatedAtMs: number
  readonly offeredAtMs: number
  /** When the host was first told; from then on what it is told stays the same. `null` before. */
  readonly askedAtMs: number | null
  /** While the host is being told: until then the first events of new appointments wait. `null` otherwise. */
  readonly askedUntilMs: number | null
  /** From when on it may be forgotten, epoch milliseconds; `null` for never. */
  readonly keepUntilMs: number | null
  readonly version: number
}

export const eventOfferSchema: z.ZodType<EventOffer> = z.object({
  ...integrationRefShape,
  id: z.string(),
  calendarId: z.string(),
  eventId: z.string(),
  iCalUID: z.string().nullable(),
  state: z.enum(OFFER_STATES),
  appointmentId: z.string(),
  eventUpdatedAtMs: z.int(),
  offeredAtMs: z.int(),
  askedAtMs: z.int().nullable(),
  askedUntilMs: z.int().nullable(),
  keepUntilMs: z.int().nullable(),
  version: z.int(),
})
