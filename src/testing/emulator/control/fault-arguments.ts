import { z } from 'zod'
import type { FaultMatch } from '../faults/fault-match.ts'
import type { RandomFaultKind, RandomFaults } from '../faults/random-faults.ts'
import type { DelayNext, FailNext, FaultCount } from '../faults/request-faults.ts'
import type { TokenError } from '../faults/token-error.ts'
import type { JsonObject } from '../json.ts'
import type { QuotaLimits } from '../quota/quota-limits.ts'

/** A schema for every member of an argument: a new member does not compile until it can be sent. */
type ShapeOf<Argument> = { readonly [Name in keyof Argument]-?: z.ZodType<Argument[Name]> }

const pattern = z
  .strictObject({ pattern: z.string(), flags: z.string().default('') })
  .transform(({ pattern, flags }, context) => {
    try {
      return new RegExp(pattern, flags)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      context.addIssue({ code: 'custom', message: error.message })
      return z.NEVER
    }
  })

/** A part of the path, or `{ "pattern": "^/token$" }`. */
const path = z.union([z.string(), pattern]).optional()

const match = z
  .strictObject({
    method: z.string().optional(),
    path,
    batched: z.boolean().optional(),
  } satisfies ShapeOf<FaultMatch>)
  .optional()

/** How often something happens. */
export const count: z.ZodType<number> = z.int().min(0)
/** A length of time, in milliseconds. */
export const milliseconds: z.ZodType<number> = z.number().min(0)

const status = z.int().min(200).max(599)
const body: z.ZodType<JsonObject> = z.record(z.string(), z.json())

const counted = {
  match,
  times: count.optional(),
  after: count.optional(),
  applied: z.boolean().optional(),
} satisfies ShapeOf<FaultCount>

/** Names and values that can be sent as headers. */
const headers = z.record(z.string(), z.string()).superRefine((given, context) => {
  try {
    void new Headers(given)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    context.addIssue({ code: 'custom', message: error.message })
  }
})

/** The arguments of `failNext`. */
export const failNext: z.ZodType<FailNext> = z.strictObject({
  ...counted,
  status,
  reason: z.string().optional(),
  envelope: z.enum(['back-end', 'front-end', 'html']).optional(),
  body: z.union([z.string(), body]).optional(),
  headers: headers.optional(),
} satisfies ShapeOf<FailNext>)

/** The arguments of `dropNext` and `hangNext`. */
export const countedFault: z.ZodType<FaultCount> = z.strictObject(counted)

/** The arguments of `delayNext`, with a time (real milliseconds) instead of a promise. */
export const delayNext: z.ZodType<Omit<DelayNext, 'until'> & { readonly ms?: number | undefined }> =
  z.strictObject({ match, applied: z.boolean().optional(), ms: milliseconds.optional() })

/** The arguments of `tokenError`. */
export const tokenError: z.ZodType<TokenError> = z.strictObject({
  error: z.string(),
  error_description: z.string().optional(),
  error_subtype: z.string().optional(),
  status: status.optional(),
  times: count.optional(),
} satisfies ShapeOf<TokenError>)

const KINDS = [
  'drop',
  'drop-applied',
  'hang',
  'hang-applied',
  '401',
  '403-rate',
  '403-quota',
  '429',
  '500',
  '500-applied',
  '502-html',
  '503',
  '503-applied',
] as const satisfies RandomFaultKind[]

/** The argument of `random`. */
export const randomFaults: z.ZodType<RandomFaults> = z.strictObject({
  seed: z.int(),
  rate: z.number().min(0).max(1),
  kinds: z.array(z.enum(KINDS)).min(1).optional(),
  match,
} satisfies ShapeOf<RandomFaults>)

/** Limits of a quota, one by one. */
export const quotaLimits: z.ZodType<QuotaLimits> = z.strictObject({
  unitsPerMinutePerUser: count.optional(),
  unitsPerMinutePerProject: count.optional(),
  unitsPerDay: count.optional(),
  writesPerMinutePerCalendar: count.optional(),
  calendarsCreated: count.optional(),
  invitations: count.optional(),
  useLimitWindowMs: count.optional(),
  status: z.union([z.literal(403), z.literal(429)]).optional(),
} satisfies ShapeOf<QuotaLimits>)
