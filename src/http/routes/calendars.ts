import { z } from 'zod'
import { timeZoneSchema } from '../../index.ts'
import { ownerRoute, type Route } from '../route.ts'
import { toWire } from '../wire-names.ts'
import { integrationWireSchema } from '../wire-schemas.ts'

const calendarSchema = z.object({
  id: z.string(),
  title: z.string(),
  primary: z.boolean(),
  time_zone: z.string().nullable(),
  access_role: z.string(),
  writable: z.boolean(),
  selected: z.boolean(),
  hidden: z.boolean(),
  color: z.string().nullable(),
  dedicated: z.boolean(),
})

/** A query is text. */
const flagSchema = z.enum(['true', 'false']).optional()

const listRoute: Route = ownerRoute({
  method: 'GET',
  path: 'calendars',
  summary: 'The calendars of the connected account, in the order a person looks for them.',
  query: z.strictObject({ writable: flagSchema, include_hidden: flagSchema }),
  response: z.object({ items: z.array(calendarSchema) }),
  run: async ({ sync, owner, query, options }) => {
    const choice = { writable: query.writable === 'true', includeHidden: query.include_hidden === 'true' }
    return { items: toWire(await sync.integrations.listCalendars(owner, { ...options, ...choice })) }
  },
})

const createRoute: Route = ownerRoute({
  method: 'POST',
  path: 'calendars',
  summary: 'Gives the caller a calendar of their own for appointments, and puts it into use.',
  body: z.strictObject({
    title: z.string().min(1).max(200).optional(),
    time_zone: timeZoneSchema.optional(),
    again: z.boolean().optional(),
  }),
  response: z.object({
    created: z.boolean(),
    calendar_id: z.string(),
    integration: integrationWireSchema,
  }),
  run: async ({ sync, owner, body, options }) => {
    const { title, time_zone: timeZone, again } = body
    return toWire(await sync.integrations.createCalendar(owner, { title, timeZone, again }, options))
  },
})

export function calendarRoutes(): Route[] {
  return [listRoute, createRoute]
}
