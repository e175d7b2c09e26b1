import { z } from 'zod'
import {
  type AppointmentSync,
  type CallOptions,
  ERROR_CODES,
  type HealthCheck,
  type HealthReport,
  type Owner,
} from '../../index.ts'
import { ownerRoute, publicRoute, reply, type Route } from '../route.ts'
import { toWire } from '../wire-names.ts'
import { errorSummarySchema, instantSchema } from '../wire-schemas.ts'

const HEALTH_SUMMARY = 'Whether the SDK can do its work; 503 when it cannot.'

const metricsSchema = z.object({
  active_integrations: z.int(),
  paused_integrations: z.int(),
  expired_tokens: z.int(),
  success_rate: z.number().nullable(),
  succeeded: z.int(),
  failed: z.int(),
  last_sync_at: instantSchema.nullable(),
  outbox_pending: z.int(),
  outbox_dead: z.int(),
  outbox_oldest_age_ms: z.number(),
  inbox_pending: z.int(),
  open_conflicts: z.int(),
  watch_channels: z.int(),
})

const healthState = z.enum(['ok', 'degraded', 'failed'])
const checkSchema = z.object({ status: healthState, error: errorSummarySchema.nullable() })
const healthSchema = z.object({
  status: healthState,
  checked_at: instantSchema,
  checks: z.object({
    storage: checkSchema,
    check_google_api_status: checkSchema,
    outbox: checkSchema,
  }),
})
const ownerHealthSchema = z.object({ ...healthSchema.shape, metrics: metricsSchema })

/** The message of a check counts over all tenants; callers get what its code means instead. */
function toCheck({ status, error }: HealthCheck): z.input<typeof checkSchema> {
  return { status, error: error && { code: error.code, message: ERROR_CODES[error.code] } }
}

function toHealth(report: HealthReport): z.input<typeof healthSchema> {
  const { storage, check_google_api_status: google, outbox } = report.checks
  return {
    status: report.status,
    checked_at: report.checkedAt.toISOString(),
    checks: { storage: toCheck(storage), check_google_api_status: toCheck(google), outbox: toCheck(outbox) },
  }
}

const statusOf = (report: HealthReport): number => (report.status === 'failed' ? 503 : 200)

async function ownerHealth(sync: AppointmentSync, owner: Owner, options: CallOptions): Promise<Response> {
  const report = await sync.health(options)
  // With the storage down there are no figures to be had, and the report must still get out.
  if (report.checks.storage.status === 'failed')
    return reply(healthSchema, toHealth(report), statusOf(report))
  const metrics = await sync.metrics({ tenantId: owner.tenantId }, options)
  const body = { ...toHealth(report), metrics: toWire(metrics) }
  return reply(ownerHealthSchema, body, statusOf(report))
}

function healthRoute(publicHealth: boolean): Route {
  const path = { method: 'GET', path: 'health', summary: HEALTH_SUMMARY } as const
  if (!publicHealth) {
    return ownerRoute({
      ...path,
      response: healthSchema.extend({ metrics: metricsSchema.optional() }),
      run: ({ sync, owner, options }) => ownerHealth(sync, owner, options),
    })
  }
  return publicRoute({
    ...path,
    response: healthSchema,
    run: async ({ sync, options }) => {
      const report = await sync.health(options)
      return reply(healthSchema, toHealth(report), statusOf(report))
    },
  })
}

const metricsRoute: Route = ownerRoute({
  method: 'GET',
  path: 'metrics',
  summary: 'Counts of the tenant of the caller.',
  response: metricsSchema,
  run: async ({ sync, owner, options }) => toWire(await sync.metrics({ tenantId: owner.tenantId }, options)),
})

export function monitoringRoutes(publicHealth: boolean): Route[] {
  return [healthRoute(publicHealth), metricsRoute]
}
