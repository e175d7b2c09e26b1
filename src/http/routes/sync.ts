import { z } from 'zod'
import { hostIdSchema } from '../../index.ts'
import { ownerRoute, type Route } from '../route.ts'
import { toWire } from '../wire-names.ts'
import { errorSummarySchema, instantSchema } from '../wire-schemas.ts'

const pullResultSchema = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('success'),
    mode: z.enum(['incremental', 'full']),
    pages: z.int(),
    events: z.int(),
    echoes: z.int(),
    applied: z.int(),
    rejected: z.int(),
    waiting: z.int(),
    conflicts: z.int(),
  }),
  z.object({
    status: z.literal('skipped'),
    reason: z.enum(['not_connected', 'paused', 'direction', 'busy', 'calendar_not_ready']),
  }),
])

const syncAllResultSchema = z.object({
  processed: z.int(),
  created: z.int(),
  updated: z.int(),
  deleted: z.int(),
  skipped: z.int(),
  queued: z.int(),
  conflicts: z.int(),
  failed: z.array(z.object({ appointment_id: z.string(), error: errorSummarySchema })),
})

const syncResultSchema = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('success'),
    action: z.enum(['created', 'updated', 'deleted', 'adopted']),
    google_event_id: z.string(),
  }),
  z.object({ status: z.literal('skipped'), reason: z.string() }),
  z.object({ status: z.literal('queued'), retry_at: instantSchema.nullable(), error: errorSummarySchema }),
  z.object({ status: z.literal('conflict'), conflict_id: z.string() }),
])

/** Google's changes first: what a person moved there is then known before the appointments are written. */
const manualRoute: Route = ownerRoute({
  method: 'POST',
  path: 'sync/manual',
  summary: 'Reads what changed in Google, then pushes the appointments of the window.',
  body: z.strictObject({
    days_back: z.int().min(0).max(365).optional(),
    days_forward: z.int().min(0).max(730).optional(),
  }),
  response: z.object({ pull: pullResultSchema, push: syncAllResultSchema }),
  run: async ({ sync, owner, body, options }) => {
    const pull = await sync.pullFromGoogle(owner, options)
    const window = { daysBack: body.days_back, daysForward: body.days_forward }
    const push = await sync.syncAllAppointmentsForUser(owner, { ...options, ...window })
    return { pull: toWire(pull), push: toWire(push) }
  },
})

const appointmentRoute: Route = ownerRoute({
  method: 'POST',
  path: 'sync/appointment/{id}',
  summary: 'Pushes one appointment of the caller, read afresh from the host.',
  params: z.object({ id: hostIdSchema }),
  response: syncResultSchema,
  run: async ({ sync, owner, params, options }) =>
    toWire(await sync.syncAppointmentById({ ...owner, appointmentId: params.id }, options)),
})

export function syncRoutes(): Route[] {
  return [manualRoute, appointmentRoute]
}
