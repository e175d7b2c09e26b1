import { z } from 'zod'
import { ATTENDEE_RESPONSES, type AttendeeResponse } from './appointment-change.ts'
import { type ConferenceState, conferenceStateSchema } from './conference-state.ts'
import {
  type ContestedField,
  contestedFieldSchema,
  type EventFields,
  type MergedFields,
  someEventFieldsSchema,
  someMergedFieldsSchema,
} from './event-fields.ts'
import { type IntegrationRef, integrationRefShape } from './integration.ts'

/**
 * What both sides last agreed on, remembered per side: a field the user rewrote in Google stays rewritten until
 * the app's own value for it changes. An absent field is unknown and equals nothing.
 */
export interface SyncBase {
  /** What the app wanted when the sides were last compared. */
  readonly app: Partial<EventFields>
  /** What Google held when the sides were last compared. */
  readonly google: Partial<MergedFields>
  /**
   * What a write that is not confirmed yet puts into Google; absent when there is none. Stored before the write,
   * so that a write whose answer was lost is told apart from a person's edit.
   */
  readonly writing?: Partial<MergedFields> | undefined
  /**
   * What somebody changed in Google since the SDK wrote it last: a field, or whether the event stands. Writing such
   * a thing again is overwriting it, which is counted (see {@link EventLink.overwrites}).
   */
  readonly edited?: readonly ContestedField[] | undefined
  /**
   * The calendar the event is to be moved to, because the owner switched; absent when it is where it belongs. The one
   * it is on by our record, when the owner switched back before the move was confirmed.
   */
  readonly moveTo?: string | undefined
  /** Set before the event is deleted, so that a deletion whose record was lost is told from a person's. */
  readonly removing?: true | undefined
  /** Writes whose outcome is open although the event was looked at; see {@link InDoubt}. */
  readonly inDoubt?: InDoubt | undefined
  /**
   * Edits in Google that the host was told and took. An app that comes to say one of them follows it; that is no change
   * of its own, also when the event says something newer by then.
   */
  readonly told?: Partial<MergedFields> | undefined
  /**
   * What the app wanted when a deletion of the event was judged, or an edit in Google was refused: with respect to a
   * deletion, only what it changes after that is a change of its own. Forgotten when the event is compared or written.
   */
  readonly judged?: Partial<MergedFields> | undefined
  /** What the host was told last of each guest the app put there, by address; an absent one has not answered. */
  readonly responses?: Readonly<Record<string, AttendeeResponse>> | undefined
  /** Absent while no conference was ever asked for. */
  readonly conference?: ConferenceState | undefined
  /**
   * Names the settings that the texts were rendered with when the sides were last in step: a title that came of other
   * settings is no news for guests.
   */
  readonly rendering?: string | undefined
  /**
   * Set on an event that a person made and the host took as an appointment: it gets the ownership mark with the first
   * write, and is left on the calendar when the owner disconnects.
   */
  readonly external?: true | undefined
  /** Of the link of an occurrence: what its series was when they were last compared. */
  readonly series?: SeriesBase | undefined
  /** Of the link of a series: the ids of the events that "this and following" split off and the host was told of. */
  readonly tails?: readonly string[] | undefined
  /** A line of the description that says why the host refused a change; see {@link Refusal}. */
  readonly refusal?: Refusal | undefined
}

/** Why the host refused a change, as the event says it until the appointment's next version. */
export interface Refusal {
  /** HTML, in the language of the integration, without a line break. */
  readonly line: string
  /** `updatedAt` of the appointment's version that was refused, epoch milliseconds: a later one is shown without. */
  readonly updatedAtMs: number
}

/** What the link of an occurrence knows of its series. */
export interface SeriesBase {
  /** The event id of the series; a link made under an earlier one counts for nothing. */
  readonly eventId: string
  /** What Google's series said for the occurrence: what the event has in common with it follows when it changes. */
  readonly google: Partial<MergedFields>
  /** Set when it went with its series, or with the rule: nobody was told, and nobody is when it comes back with it. */
  readonly dropped?: true | undefined
}

/**
 * Requests without an answer whose effect a look at the event did not show. They may have been lost; but a request
 * can also arrive late, and a read can be older than the last write. All were guarded by the etag that the link
 * has, so they are forgotten when it moves.
 */
export interface InDoubt {
  /** What each of them would put into Google. */
  readonly writing: readonly Partial<MergedFields>[]
  /** Whether one of them would delete the event. */
  readonly removing: boolean
  /** When the event was looked at last, epoch milliseconds. */
  readonly sinceMs: number
}

/** Ties an appointment to its event. One row per (integration, appointment). */
export interface EventLink extends IntegrationRef {
  readonly appointmentId: string
  readonly calendarId: string
  readonly eventId: string
  /** What the event is called on every calendar it is moved to; `null` until Google said it. */
  readonly iCalUID: string | null
  /** Counts the event ids used for this appointment; a deleted id is never used again. */
  readonly generation: number
  /**
   * `live`: the event stands on the calendar. `unconfirmed`: its insert was begun and never confirmed (see
   * {@link SyncBase.writing}); it may stand or not. `removed`: it does not stand, because either side deleted it;
   * the row stays, so that a late update cannot bring it back.
   */
  readonly state: 'live' | 'unconfirmed' | 'removed'
  /** The event's etag when it was last read or written; empty once removed. */
  readonly etag: string
  /**
   * Hash of the appointment and the settings it was rendered with, when both sides were last in step; equal means
   * that nothing needs to be rendered or asked. Empty forces a compare, and is stored before every write.
   */
  readonly fingerprint: string
  readonly base: SyncBase
  /** `updatedAt` of the appointment that was pushed last, in epoch milliseconds; older calls are skipped. */
  readonly appointmentUpdatedAtMs: number
  /**
   * When Google last changed the event, in epoch milliseconds by Google's clock, its deletion included. What a read
   * shows of an earlier moment is out of date.
   */
  readonly eventUpdatedAtMs: number
  /** How often in a row the app's value was put back over an edit in Google; a loop is parked by it. */
  readonly overwrites: number
  /** When the first of these happened, epoch milliseconds; 0 when there is none. */
  readonly overwritesSinceMs: number
  readonly updatedAtMs: number
  readonly version: number
}

/** Links of before recurring appointments are of single events: that is known of them, not unknown. */
function withRecurrence(stored: unknown): unknown {
  if (typeof stored !== 'object' || stored === null) return stored
  return 'time' in stored && !('recurrence' in stored) ? { ...stored, recurrence: [] } : stored
}

export const syncBaseSchema: z.ZodType<SyncBase> = z.object({
  app: z.preprocess(withRecurrence, someEventFieldsSchema),
  google: z.preprocess(withRecurrence, someMergedFieldsSchema),
  writing: someMergedFieldsSchema.optional(),
  edited: z.array(contestedFieldSchema).optional(),
  moveTo: z.string().optional(),
  removing: z.literal(true).optional(),
  inDoubt: z
    .object({ writing: z.array(someMergedFieldsSchema), removing: z.boolean(), sinceMs: z.int() })
    .optional(),
  told: someMergedFieldsSchema.optional(),
  judged: someMergedFieldsSchema.optional(),
  refusal: z.object({ line: z.string(), updatedAtMs: z.int() }).optional(),
  responses: z.record(z.string(), z.enum(ATTENDEE_RESPONSES)).optional(),
  conference: conferenceStateSchema.optional(),
  rendering: z.string().optional(),
  external: z.literal(true).optional(),
  series: z
    .object({
      eventId: z.string(),
      google: someMergedFieldsSchema,
      dropped: z.literal(true).optional(),
    })
    .optional(),
  tails: z.array(z.string()).optional(),
})

export const eventLinkSchema: z.ZodType<EventLink> = z.object({
  ...integrationRefShape,
  appointmentId: z.string(),
  calendarId: z.string(),
  eventId: z.string(),
  iCalUID: z.string().nullable(),
  generation: z.int().min(0),
  state: z.enum(['live', 'unconfirmed', 'removed']),
  etag: z.string(),
  fingerprint: z.string(),
  base: syncBaseSchema,
  appointmentUpdatedAtMs: z.int(),
  eventUpdatedAtMs: z.int(),
  overwrites: z.int().min(0),
  overwritesSinceMs: z.int(),
  updatedAtMs: z.int(),
  version: z.int(),
})
