import { z } from 'zod'
import { hostIdSchema, toEpochMs } from '../domain/index.ts'
import { parseOrThrow } from '../errors/index.ts'
import { MAX_FREE_BUSY_MS } from './busy-snapshots.ts'

const DAY_MS = 86_400_000

/** Longest range of a question to what is stored. */
const MAX_STORED_MS = 366 * DAY_MS

/** The periodic tasks read every 15 minutes: three of them may fail. */
const DEFAULT_MAX_AGE_MS = 60 * 60_000

/** Most professionals of one question. */
const MAX_USERS = 500

/** A half-open range of a question, in epoch milliseconds. */
export interface AvailabilityRange {
  readonly fromMs: number
  readonly toMs: number
}

/** What is asked of the stored busy times. */
export interface StoredQuestion extends AvailabilityRange {
  /** How old what is known of a calendar may be. */
  readonly maxAgeMs: number
  readonly titles: boolean
}

// A caller without types may leave it out: `from` and `to` are then what is missing.
const given = z.unknown().transform((value) => value ?? {})

const instant = z.unknown().transform((value, context): number => {
  const ms = value instanceof Date || typeof value === 'string' ? toEpochMs(value) : null
  if (ms !== null) return ms
  context.addIssue({ code: 'custom', message: 'must be a Date or ISO 8601 text with an offset' })
  return z.NEVER
})

const shape = {
  from: instant,
  to: instant,
  maxAgeMs: z.int().min(1).max(MAX_STORED_MS).default(DEFAULT_MAX_AGE_MS),
  titles: z.boolean().default(false),
}

/** The order and the length of a range, as problems of `to`. */
function checkOrder(
  { from, to }: { readonly from: number; readonly to: number },
  maxMs: number,
  add: (message: string) => void,
): void {
  if (to <= from) add('must be after from')
  else if (to - from > maxMs) add(`must be at most ${maxMs / DAY_MS} days after from`)
}

const ownerQuestion = given.pipe(
  z
    .strictObject({ ...shape, source: z.enum(['stored', 'google']).default('stored') })
    .superRefine(({ from, to, source }, context) => {
      const maxMs = source === 'google' ? MAX_FREE_BUSY_MS : MAX_STORED_MS
      checkOrder({ from, to }, maxMs, (message) =>
        context.addIssue({ code: 'custom', path: ['to'], message }),
      )
    })
    .superRefine(({ titles, source }, context) => {
      if (!titles || source === 'stored') return
      const message = 'must not be asked for together with the source google, which has none'
      context.addIssue({ code: 'custom', path: ['titles'], message })
    }),
)

const usersQuestion = given.pipe(
  z
    .strictObject({
      ...shape,
      tenantId: hostIdSchema,
      userIds: z.array(hostIdSchema).min(1).max(MAX_USERS, `must be at most ${MAX_USERS} users`),
    })
    .superRefine((question, context) =>
      checkOrder(question, MAX_STORED_MS, (message) =>
        context.addIssue({ code: 'custom', path: ['to'], message }),
      ),
    ),
)

/** A question about one owner. Throws `INVALID_ARGUMENT` naming every problem. */
export function checkOwnerQuestion(
  input: unknown,
): StoredQuestion & { readonly source: 'stored' | 'google' } {
  const { from, to, ...rest } = parseOrThrow(ownerQuestion, input, 'INVALID_ARGUMENT', 'The range')
  return { ...rest, fromMs: from, toMs: to }
}

/** A question about several. Throws `INVALID_ARGUMENT` naming every problem. */
export function checkUsersQuestion(
  input: unknown,
): StoredQuestion & { readonly tenantId: string; readonly userIds: readonly string[] } {
  const { from, to, ...rest } = parseOrThrow(usersQuestion, input, 'INVALID_ARGUMENT', 'The question')
  return { ...rest, fromMs: from, toMs: to }
}
