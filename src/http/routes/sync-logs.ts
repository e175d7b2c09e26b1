import { z } from 'zod'
import {
  hostIdSchema,
  SYNC_LOG_ACTIONS,
  SYNC_LOG_DIRECTIONS,
  SYNC_LOG_STATUSES,
  type SyncLogEntry,
} from '../../index.ts'
import { ownerRoute, type Route } from '../route.ts'
import {
  cursorQuerySchema,
  instantQuerySchema,
  instantSchema,
  integerQuerySchema,
  toDate,
} from '../wire-schemas.ts'

const entrySchema = z.object({
  id: z.string(),
  at: instantSchema,
  direction: z.enum(SYNC_LOG_DIRECTIONS),
  action: z.enum(SYNC_LOG_ACTIONS),
  status: z.enum(SYNC_LOG_STATUSES),
  appointment_id: z.string().nullable(),
  google_event_id: z.string().nullable(),
  error_code: z.string().nullable(),
  error_message: z.string().nullable(),
  attempt: z.int(),
  duration_ms: z.number(),
  fields: z.array(z.string()),
})

function toEntry(entry: SyncLogEntry): z.input<typeof entrySchema> {
  return {
    id: entry.id,
    at: new Date(entry.atMs).toISOString(),
    direction: entry.direction,
    action: entry.action,
    status: entry.status,
    appointment_id: entry.appointmentId,
    google_event_id: entry.googleEventId,
    error_code: entry.errorCode,
    error_message: entry.errorMessage,
    attempt: entry.attempt,
    duration_ms: entry.durationMs,
    fields: [...entry.fields],
  }
}

const listRoute: Route = ownerRoute({
  method: 'GET',
  path: 'sync-logs',
  summary: 'What was synced for the caller and what failed, newest first.',
  query: z.strictObject({
    status: z.enum(SYNC_LOG_STATUSES).optional(),
    direction: z.enum(SYNC_LOG_DIRECTIONS).optional(),
    action: z.enum(SYNC_LOG_ACTIONS).optional(),
    appointment_id: hostIdSchema.optional(),
    from: instantQuerySchema.optional(),
    to: instantQuerySchema.optional(),
    limit: integerQuerySchema(1, 500).optional(),
    cursor: cursorQuerySchema.optional(),
  }),
  response: z.object({ items: z.array(entrySchema), next_cursor: z.string().nullable() }),
  run: async ({ sync, owner, query, options }) => {
    const { appointment_id: appointmentId, from, to, ...filter } = query
    const page = await sync.logs.list(
      {
        ...filter,
        ...owner,
        appointmentId,
        from: from === undefined ? undefined : toDate(from),
        to: to === undefined ? undefined : toDate(to),
      },
      options,
    )
    return { items: page.items.map(toEntry), next_cursor: page.nextCursor }
  },
})

export function syncLogRoutes(): Route[] {
  return [listRoute]
}
