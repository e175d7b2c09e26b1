import { z } from 'zod'
import { ROLE_ORDER } from '../api/access.ts'
import type { JsonObject } from '../json.ts'
import type { EmulatorCalendar, EmulatorClient, EmulatorUser } from '../options.ts'
import { isTimeZone } from '../zone-time.ts'

/** A schema for every member of an option: a new member does not compile until a seed can carry it. */
type ShapeOf<Options> = { readonly [Name in keyof Options]-?: z.ZodType<Options[Name]> }

const timeZone = z.string().refine(isTimeZone, { error: 'must be an IANA time zone' }).optional()
const address = z.email().transform((email) => email.toLowerCase())
const event: z.ZodType<JsonObject> = z.record(z.string(), z.json())
const events = z.array(event).optional()

/** A calendar of a seed. */
export const calendarSchema: z.ZodType<EmulatorCalendar> = z.strictObject({
  id: z.string().min(1).optional(),
  summary: z.string(),
  timeZone,
  accessRole: z.enum(ROLE_ORDER).optional(),
  watchable: z.boolean().optional(),
  conferenceTypes: z.array(z.enum(['eventHangout', 'eventNamedHangout', 'hangoutsMeet'])).optional(),
  events,
} satisfies ShapeOf<EmulatorCalendar>)

/** An OAuth client of a seed. */
export const clientSchema: z.ZodType<EmulatorClient> = z.strictObject({
  clientId: z.string().min(1),
  clientSecret: z.string(),
  redirectUris: z.array(z.url()),
  testing: z.boolean().optional(),
  testers: z.array(address).optional(),
  deleted: z.boolean().optional(),
} satisfies ShapeOf<EmulatorClient>)

/** An account of a seed. */
export const userSchema: z.ZodType<EmulatorUser> = z.strictObject({
  email: address,
  timeZone,
  calendars: z.array(calendarSchema).optional(),
  events,
  settings: z.record(z.string(), z.string()).optional(),
  calendar: z.boolean().optional(),
  admin: z.boolean().optional(),
} satisfies ShapeOf<EmulatorUser>)

/** A whole seed. */
export const seedSchema: z.ZodType<{
  clients?: readonly EmulatorClient[] | undefined
  users?: readonly EmulatorUser[] | undefined
}> = z.strictObject({
  clients: z.array(clientSchema).optional(),
  users: z
    .array(userSchema)
    .refine((users) => new Set(users.map(({ email }) => email)).size === users.length, {
      error: 'names an account twice',
    })
    .optional(),
})
