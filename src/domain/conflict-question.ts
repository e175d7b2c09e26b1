import type { ConflictSide } from './conflict.ts'
import type { ContestedField, MergedFields } from './event-fields.ts'
import type { Owner } from './owner.ts'
import type { ConflictPolicy } from './settings.ts'

/** A field that both sides changed differently, before anything is decided about it. */
export interface ConflictQuestion {
  readonly owner: Owner
  readonly appointmentId: string
  readonly googleEventId: string
  /** `existence`: the appointment was changed in the app and its event deleted in Google. */
  readonly field: ContestedField
  /** What both sides last agreed on, as far as it is known. */
  readonly base: Partial<MergedFields>
  readonly app: ConflictSide
  readonly google: ConflictSide
  /** `updatedAt` of the appointment. */
  readonly appChangedAt: Date
  /** Google's `updated` of the event; `null` for a deletion, of which Google tells no time. */
  readonly googleChangedAt: Date | null
  /** What the settings say, and what `policy` stands for. */
  readonly policy: ConflictPolicy
}

/** What the host says to a {@link ConflictQuestion}. */
export const CONFLICT_VERDICTS = ['app', 'google', 'manual', 'policy'] as const
/**
 * `app` and `google` say who is right, `manual` puts the field to review, `policy` leaves it to the settings.
 */
export type ConflictVerdict = (typeof CONFLICT_VERDICTS)[number]

/**
 * The host's own policy. It is asked before the policy of the settings, and may be asked about the same conflict more
 * than once. It must not wait for a call of the SDK: the calendar waits for the answer. One that throws, answers
 * something else, or takes longer than five seconds puts the field to review.
 */
export type ResolveConflict = (question: ConflictQuestion) => ConflictVerdict | Promise<ConflictVerdict>
