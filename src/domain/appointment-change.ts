import { z } from 'zod'
import { calendarDateSchema, toEpochMs } from './event-time.ts'
import { hostIdSchema, type Owner, ownerSchema } from './owner.ts'

export const ATTENDEE_RESPONSES = ['accepted', 'declined', 'tentative', 'needsAction'] as const
export type AttendeeResponse = (typeof ATTENDEE_RESPONSES)[number]

/** An event that did not come from an appointment. */
export interface ExternalEvent {
  readonly googleEventId: string
  readonly calendarId: string
  readonly title: string
  readonly description: string
  readonly location: string
  /** `Date`, or `YYYY-MM-DD` when `allDay`. */
  readonly start: Date | string
  /** Exclusive. */
  readonly end: Date | string
  readonly timeZone?: string | undefined
  readonly allDay: boolean
  /** RRULE, RDATE and EXDATE lines; absent for a single event. */
  readonly recurrence?: readonly string[] | undefined
  /**
   * Set when a person changed "this and following" occurrences of a recurring appointment: it ends before
   * `originalStart`, and this event goes on from there.
   */
  readonly splitFrom?: { readonly appointmentId: string; readonly originalStart: Date | string } | undefined
}

/** Names an occurrence of a recurring appointment by when the rule puts it, wherever it was moved since. */
export interface OccurrenceRef {
  /** A `Date`, or `YYYY-MM-DD` of an all-day series. */
  readonly originalStart: Date | string
}

/** What happened in Google, told to the host. */
export type AppointmentChange = {
  /** The same for every delivery of the same change: it makes `apply` safe to repeat. */
  readonly changeId: string
  readonly owner: Owner
  /** For `created` an id that the host may give to the appointment it makes: the same whenever the event is told. */
  readonly appointmentId: string
  readonly googleEventId: string
  /** Set when it is about one occurrence of the recurring appointment `appointmentId`, and not about all of it. */
  readonly occurrence?: OccurrenceRef | undefined
  readonly observedAt: Date
} & AppointmentChangeDetail

/** The part of a change that differs by type. */
export type AppointmentChangeDetail =
  | {
      readonly type: 'rescheduled'
      /** `Date`, or `YYYY-MM-DD` when `allDay`. */
      readonly start: Date | string
      /** Exclusive. */
      readonly end: Date | string
      readonly timeZone?: string | undefined
      readonly allDay: boolean
      /** The new rule of a recurring appointment; absent when it did not change. */
      readonly recurrence?: readonly string[] | undefined
    }
  | { readonly type: 'cancelled' }
  | { readonly type: 'restored' }
  | {
      readonly type: 'edited'
      readonly fields: {
        readonly title?: string | undefined
        readonly description?: string | undefined
        readonly location?: string | undefined
      }
    }
  | { readonly type: 'attendee_responded'; readonly email: string; readonly response: AttendeeResponse }
  /** Google made the conference that the appointment asked for. */
  | { readonly type: 'conference_ready'; readonly url: string }
  | { readonly type: 'created'; readonly event: ExternalEvent }

/** The host's answer to a change. */
export type ApplyResult =
  | {
      readonly status: 'applied'
      /** In answer to `created`: the appointment that the event is from now on; absent when there is none. */
      readonly appointmentId?: string | undefined
    }
  | { readonly status: 'rejected'; readonly reason: string }

/** A `Date`, also where a queue made text of it. */
const instant = z.union([z.date(), z.string()]).transform((value, context): Date => {
  const ms = toEpochMs(value)
  if (ms !== null) return new Date(ms)
  context.addIssue({ code: 'custom', message: 'must be a valid Date or ISO 8601 text with an offset' })
  return z.NEVER
})
const moment = z.union([calendarDateSchema, instant])
const detailSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('rescheduled'),
    start: moment,
    end: moment,
    timeZone: z.string().optional(),
    allDay: z.boolean(),
    recurrence: z.array(z.string()).optional(),
  }),
  z.object({ type: z.literal('cancelled') }),
  z.object({ type: z.literal('restored') }),
  z.object({
    type: z.literal('edited'),
    fields: z.object({
      title: z.string().optional(),
      description: z.string().optional(),
      location: z.string().optional(),
    }),
  }),
  z.object({
    type: z.literal('attendee_responded'),
    email: z.string(),
    response: z.enum(ATTENDEE_RESPONSES),
  }),
  z.object({ type: z.literal('conference_ready'), url: z.string() }),
  z.object({
    type: z.literal('created'),
    event: z.object({
      googleEventId: z.string(),
      calendarId: z.string(),
      title: z.string(),
      description: z.string(),
      location: z.string(),
      start: moment,
      end: moment,
      timeZone: z.string().optional(),
      allDay: z.boolean(),
      recurrence: z.array(z.string()).optional(),
      splitFrom: z.object({ appointmentId: z.string(), originalStart: moment }).optional(),
    }),
  }),
])

/** For hosts that put changes on a queue of their own, as JSON or as they are, and read them back. */
export const appointmentChangeSchema: z.ZodType<AppointmentChange> = z.intersection(
  z.object({
    changeId: z.string(),
    owner: ownerSchema,
    appointmentId: z.string(),
    googleEventId: z.string(),
    occurrence: z.object({ originalStart: moment }).optional(),
    observedAt: instant,
  }),
  detailSchema,
)

/** What the host's `apply` may answer. */
export const applyResultSchema: z.ZodType<ApplyResult> = z.discriminatedUnion('status', [
  z.object({ status: z.literal('applied'), appointmentId: hostIdSchema.optional() }),
  z.object({ status: z.literal('rejected'), reason: z.string() }),
])
