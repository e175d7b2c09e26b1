import { z } from 'zod'
import { parseOrThrow } from '../errors/index.ts'
import type { RateRequest } from './rate-limiter.ts'

/** Half a character cannot be told apart from another half once it is stored, and PostgreSQL stores no NUL. */
const keySchema = z.string().regex(/^[^\0\p{Cs}]{1,300}$/u, 'must be 1 to 300 characters, without NUL')

/** What a `Date` can hold. */
const FARTHEST_MS = 8.64e15
const instantSchema = z.number().min(-FARTHEST_MS).max(FARTHEST_MS)

const requestSchema = z.object({
  budgets: z
    .array(
      z.object({
        key: keySchema,
        units: z.number().min(0),
        windowMs: z.number().min(1).max(FARTHEST_MS),
      }),
    )
    .min(1)
    .refine((budgets) => new Set(budgets.map(({ key }) => key)).size === budgets.length, 'name a key twice'),
  units: z.int().min(1),
  nowMs: instantSchema,
})

const blockSchema = z.object({ key: keySchema, untilMs: instantSchema })

/**
 * For authors of rate limiters: throws `INVALID_ARGUMENT` for a request that cannot be used. Without it a `NaN`
 * would pass every comparison and units would be handed out without end.
 */
export function checkRateRequest(request: RateRequest): RateRequest {
  return parseOrThrow(requestSchema, request, 'INVALID_ARGUMENT', 'The request for units')
}

/** For authors of rate limiters: the same for the arguments of `block`. */
export function checkRateBlock(key: string, untilMs: number): void {
  parseOrThrow(blockSchema, { key, untilMs }, 'INVALID_ARGUMENT', 'The block of a budget')
}
