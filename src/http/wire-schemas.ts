import { z } from 'zod'
import {
  ERROR_CODES,
  type ErrorCode,
  type ErrorSummary,
  INTEGRATION_STATUSES,
  type IntegrationView,
  settingsSchema,
  type SyncSettings,
  toEpochMs,
} from '../index.ts'
import { snakeCase, type Wire } from './wire-names.ts'

/** An instant in an answer. */
export const instantSchema: z.ZodString = z.string().meta({ format: 'date-time' })

/** An instant in a query: ISO 8601 with an offset. Kept as text, so that it can be described. */
export const instantQuerySchema: z.ZodString = z
  .string()
  .refine((text) => toEpochMs(text) !== null, 'must be ISO 8601 with an offset, such as 2026-05-01T09:00:00Z')
  .meta({ format: 'date-time' })

/** The `Date` of an instant that {@link instantQuerySchema} let pass. */
export function toDate(instant: string): Date {
  return new Date(toEpochMs(instant) ?? Number.NaN)
}

/** A whole number in a query, which is always text. */
export function integerQuerySchema(min: number, max: number): z.ZodType<number> {
  return z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(min).max(max))
}

/** `nextCursor` of the page before, as it was given. */
export const cursorQuerySchema: z.ZodString = z.string().min(1).max(500)

/** The registered error codes. */
export const errorCodeSchema: z.ZodType<ErrorCode, ErrorCode> = z.enum(
  Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]],
)

export const errorSummarySchema: z.ZodType<Wire<ErrorSummary>, Wire<ErrorSummary>> = z.object({
  code: errorCodeSchema,
  message: z.string(),
})

// The wire's settings are the domain's under other names: one list of limits, not two that drift apart.
const settingsShape = (settingsSchema as unknown as z.ZodObject).shape
const wireShape = Object.fromEntries(
  Object.entries(settingsShape).map(([name, schema]) => [snakeCase(name), schema]),
)

export type SettingsWire = Wire<SyncSettings>

const settingsWireSchema: z.ZodType<SettingsWire, SettingsWire> = z.object(wireShape) as unknown as z.ZodType<
  SettingsWire,
  SettingsWire
>

/** Some settings; a name that is not known is refused. */
export const settingsPatchWireSchema: z.ZodType<Partial<SettingsWire>> = z.strictObject(wireShape).partial()

/** Settings of a request under the names of the public face. */
export function settingsFromWire(patch: Partial<SettingsWire>): Partial<SyncSettings> {
  const given = patch as Readonly<Record<string, unknown>>
  const names = Object.keys(settingsShape).filter((name) => given[snakeCase(name)] !== undefined)
  return Object.fromEntries(names.map((name) => [name, given[snakeCase(name)]]))
}

export const integrationWireSchema: z.ZodType<Wire<IntegrationView>, Wire<IntegrationView>> = z.object({
  owner: z.object({ tenant_id: z.string(), user_id: z.string() }),
  integration_id: z.string(),
  status: z.enum(INTEGRATION_STATUSES),
  status_reason: z.string().nullable(),
  parked_until: instantSchema.nullable(),
  parked_reason: z.string().nullable(),
  google_email: z.string().nullable(),
  missing_scopes: z.array(z.string()),
  settings: settingsWireSchema,
  dedicated_calendar: z
    .object({ calendar_id: z.string().nullable(), unanswered_since: instantSchema.nullable() })
    .nullable(),
  connected_at: instantSchema,
  updated_at: instantSchema,
})
