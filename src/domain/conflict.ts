import { z } from 'zod'
import {
  type ContestedField,
  contestedFieldSchema,
  type MergedFields,
  someMergedFieldsSchema,
} from './event-fields.ts'
import { type IntegrationRef, integrationRefShape } from './integration.ts'

/** The values of one side for the contested fields; `existence` is told by `exists`. */
export interface ConflictSide extends Partial<MergedFields> {
  readonly exists: boolean
}

/**
 * Why a person is asked: both sides changed it, the host refused Google's change, or something in Google puts its
 * own value back each time the app's is written.
 */
export type ConflictReason = 'both_changed' | 'rejected_by_host' | 'edit_loop'

/** Who decided what about a conflict. */
export interface ConflictDecision {
  readonly field: ContestedField
  readonly side: 'app' | 'google'
  /** Whom the host named: an id of its own; `null` when it named nobody. */
  readonly by: string | null
  readonly atMs: number
}

/** A field that both sides changed differently, kept until a person or the sides themselves settle it. */
export interface Conflict extends IntegrationRef {
  readonly id: string
  readonly appointmentId: string
  readonly calendarId: string
  readonly eventId: string
  readonly reason: ConflictReason
  /** What the host said when it refused; `null` unless `reason` is `rejected_by_host`. */
  readonly hostReason: string | null
  readonly fields: readonly ContestedField[]
  readonly base: Partial<MergedFields>
  readonly app: ConflictSide
  readonly google: ConflictSide
  readonly status: 'open' | 'resolved'
  /** `sides_agree`: it settled itself, because both sides came to say the same. */
  readonly resolution: 'app' | 'google' | 'fields' | 'sides_agree' | null
  /** What persons decided, oldest first; a field that was contested anew can be there twice. */
  readonly decisions: readonly ConflictDecision[]
  readonly openedAtMs: number
  readonly resolvedAtMs: number | null
  readonly version: number
}

/** How a person settles a conflict: one side for all, or a side per field. */
export type ConflictResolution =
  | 'app'
  | 'google'
  | { readonly fields: Readonly<Partial<Record<ContestedField, 'app' | 'google'>>> }

const sideSchema: z.ZodType<ConflictSide> = z
  .looseObject({ exists: z.boolean() })
  .pipe(z.intersection(z.object({ exists: z.boolean() }), someMergedFieldsSchema))

export const conflictSchema: z.ZodType<Conflict> = z.object({
  ...integrationRefShape,
  id: z.string(),
  appointmentId: z.string(),
  calendarId: z.string(),
  eventId: z.string(),
  reason: z.enum(['both_changed', 'rejected_by_host', 'edit_loop']),
  hostReason: z.string().nullable(),
  fields: z.array(contestedFieldSchema),
  base: someMergedFieldsSchema,
  app: sideSchema,
  google: sideSchema,
  status: z.enum(['open', 'resolved']),
  resolution: z.enum(['app', 'google', 'fields', 'sides_agree']).nullable(),
  // Conflicts of before schema version 3 have none.
  decisions: z
    .array(
      z.object({
        field: contestedFieldSchema,
        side: z.enum(['app', 'google']),
        by: z.string().nullable(),
        atMs: z.int(),
      }),
    )
    .nullable()
    .transform((decisions) => decisions ?? []),
  openedAtMs: z.int(),
  resolvedAtMs: z.int().nullable(),
  version: z.int(),
})

export const conflictResolutionSchema: z.ZodType<ConflictResolution> = z.union(
  [
    z.enum(['app', 'google']),
    z.object({ fields: z.partialRecord(contestedFieldSchema, z.enum(['app', 'google'])) }),
  ],
  'must be "app", "google", or { fields: { <field>: "app" | "google" } }',
)
