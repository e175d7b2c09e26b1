import { z } from 'zod'
import { type Conflict, type ConflictResolution, type ConflictSide } from '../../index.ts'
import { eventTimeToWire, eventTimeWireSchema } from '../event-time-wire.ts'
import { ownerRoute, type Route } from '../route.ts'
import { cursorQuerySchema, instantSchema, integerQuerySchema } from '../wire-schemas.ts'

const PAGE = 100

const mergedShape = {
  time: eventTimeWireSchema.optional(),
  title: z.string().optional(),
  description: z.string().optional(),
  location: z.string().optional(),
  recurrence: z.array(z.string()).optional(),
}
const contestedFieldSchema = z.enum(['time', 'recurrence', 'title', 'description', 'location', 'existence'])
const sideSchema = z.object({ exists: z.boolean(), ...mergedShape })

const conflictSchema = z.object({
  id: z.string(),
  appointment_id: z.string(),
  calendar_id: z.string(),
  google_event_id: z.string(),
  reason: z.enum(['both_changed', 'rejected_by_host', 'edit_loop']),
  host_reason: z.string().nullable(),
  fields: z.array(contestedFieldSchema),
  base: z.object(mergedShape),
  app: sideSchema,
  google: sideSchema,
  status: z.enum(['open', 'resolved']),
  resolution: z.enum(['app', 'google', 'fields', 'sides_agree']).nullable(),
  decisions: z.array(
    z.object({
      field: contestedFieldSchema,
      side: z.enum(['app', 'google']),
      by: z.string().nullable(),
      at: instantSchema,
    }),
  ),
  opened_at: instantSchema,
  resolved_at: instantSchema.nullable(),
})

const side = z.enum(['app', 'google']).optional()
const resolutionSchema = z
  .strictObject({
    resolution: side,
    fields: z
      .strictObject({
        time: side,
        title: side,
        description: side,
        location: side,
        recurrence: side,
        existence: side,
      })
      .optional(),
  })
  .refine(({ resolution, fields }) => (resolution === undefined) !== (fields === undefined), {
    message: 'needs either resolution or fields',
  })

function isoOf(ms: number): string {
  return new Date(ms).toISOString()
}

function toFields(fields: Omit<ConflictSide, 'exists'>): z.input<z.ZodObject<typeof mergedShape>> {
  const { time, title, description, location, recurrence } = fields
  return {
    time: time && eventTimeToWire(time),
    title,
    description,
    location,
    recurrence: recurrence && [...recurrence],
  }
}

function toConflict(conflict: Conflict): z.input<typeof conflictSchema> {
  return {
    id: conflict.id,
    appointment_id: conflict.appointmentId,
    calendar_id: conflict.calendarId,
    google_event_id: conflict.eventId,
    reason: conflict.reason,
    host_reason: conflict.hostReason,
    fields: [...conflict.fields],
    base: toFields(conflict.base),
    app: { exists: conflict.app.exists, ...toFields(conflict.app) },
    google: { exists: conflict.google.exists, ...toFields(conflict.google) },
    status: conflict.status,
    resolution: conflict.resolution,
    decisions: conflict.decisions.map(({ atMs, ...decision }) => ({ ...decision, at: isoOf(atMs) })),
    opened_at: isoOf(conflict.openedAtMs),
    resolved_at: conflict.resolvedAtMs === null ? null : isoOf(conflict.resolvedAtMs),
  }
}

function toResolution(body: z.output<typeof resolutionSchema>): ConflictResolution {
  if (body.resolution !== undefined) return body.resolution
  const given = Object.entries(body.fields ?? {}).filter(([, side]) => side !== undefined)
  return { fields: Object.fromEntries(given) }
}

const listRoute: Route = ownerRoute({
  method: 'GET',
  path: 'conflicts',
  summary: 'Conflicts of the caller, newest first; the open ones unless asked otherwise.',
  query: z.strictObject({
    status: z.enum(['open', 'resolved']).optional(),
    limit: integerQuerySchema(1, PAGE).optional(),
    cursor: cursorQuerySchema.optional(),
  }),
  response: z.object({ items: z.array(conflictSchema), next_cursor: z.string().nullable() }),
  run: async ({ sync, owner, query, options }) => {
    const filter = { ...query, ...owner, status: query.status ?? 'open' }
    const page = await sync.conflicts.list(filter, options)
    return { items: page.items.map(toConflict), next_cursor: page.nextCursor }
  },
})

const idSchema = z.object({ id: z.string().min(1).max(200) })

const getRoute: Route = ownerRoute({
  method: 'GET',
  path: 'conflicts/{id}',
  summary: 'One conflict of the caller, with both sides, the base and who decided what.',
  params: idSchema,
  response: conflictSchema,
  run: async ({ sync, owner, params, options }) =>
    toConflict(await sync.conflicts.get({ ...owner, conflictId: params.id }, options)),
})

const resolveRoute: Route = ownerRoute({
  method: 'POST',
  path: 'conflicts/{id}/resolve',
  summary: 'Settles a conflict by one side, or by a side per field, and sets off what follows.',
  params: idSchema,
  body: resolutionSchema,
  response: conflictSchema,
  run: async ({ sync, owner, params, body, options }) => {
    // Who is authenticated decides: a name in the body could be anybody's.
    const conflict = { ...owner, conflictId: params.id, by: owner.userId }
    return toConflict(await sync.conflicts.resolve(conflict, toResolution(body), options))
  },
})

export function conflictRoutes(): Route[] {
  return [listRoute, getRoute, resolveRoute]
}
