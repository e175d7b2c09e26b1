import { z } from 'zod'
import {
  AppointmentSyncError,
  type AppointmentSync,
  type CallOptions,
  INTEGRATION_STATUSES,
  type IntegrationView,
  type Owner,
} from '../../index.ts'
import { HttpRefusal } from '../http-refusal.ts'
import { ownerRoute, type Route } from '../route.ts'
import { toWire } from '../wire-names.ts'
import {
  instantSchema,
  integrationWireSchema,
  settingsFromWire,
  settingsPatchWireSchema,
} from '../wire-schemas.ts'

const removeEventsSchema = z.enum(['future', 'all', 'none'])

const statusSchema = z.object({
  connected: z.boolean(),
  status: z.enum([...INTEGRATION_STATUSES, 'not_connected']),
  status_reason: z.string().nullable(),
  parked_until: instantSchema.nullable(),
  parked_reason: z.string().nullable(),
  google_email: z.string().nullable(),
  missing_scopes: z.array(z.string()),
  last_pull_at: instantSchema.nullable(),
  last_sync_at: instantSchema.nullable(),
  last_error: z.object({ code: z.string().nullable(), at: instantSchema }).nullable(),
  success_rate: z.number().nullable(),
  pending_pushes: z.int(),
  dead_letters: z.int(),
  pending_changes: z.int(),
  open_conflicts: z.int(),
  watch: z.object({
    state: z.enum(['open', 'opening', 'none', 'unsupported']),
    expires_at: instantSchema.nullable(),
  }),
})

const disconnectSchema = z.object({
  status: z.enum(['done', 'continuing']),
  events_removed: z.int(),
  events_left: z.int(),
  revocation: z.enum(['revoked', 'already_gone', 'failed', 'nothing_to_revoke', 'pending']),
})

async function getIntegration(
  sync: AppointmentSync,
  owner: Owner,
  options: CallOptions,
): Promise<IntegrationView> {
  const integration = await sync.integrations.get(owner, options)
  if (integration !== null) return integration
  throw new AppointmentSyncError({
    code: 'INTEGRATION_NOT_FOUND',
    message: 'You have no Google Calendar connected. Begin at auth-url.',
  })
}

const statusRoute: Route = ownerRoute({
  method: 'GET',
  path: 'status',
  summary: 'How the sync of the caller is doing; also answered when nothing is connected.',
  response: statusSchema,
  run: async ({ sync, owner, options }) => toWire(await sync.integrations.status(owner, options)),
})

const integrationRoute: Route = ownerRoute({
  method: 'GET',
  path: 'integration',
  summary: 'The integration of the caller with its settings.',
  response: integrationWireSchema,
  run: async ({ sync, owner, options }) => toWire(await getIntegration(sync, owner, options)),
})

const toggleRoute: Route = ownerRoute({
  method: 'PUT',
  path: 'integration/toggle',
  summary: 'Pauses or resumes; without `active` it does whichever changes something.',
  body: z.strictObject({ active: z.boolean().optional() }),
  response: integrationWireSchema,
  run: async ({ sync, owner, body, options }) => {
    const active = body.active ?? (await getIntegration(sync, owner, options)).status !== 'active'
    return toWire(await sync.integrations.setActive(owner, active, options))
  },
})

const settingsRoute: Route = ownerRoute({
  method: 'PUT',
  path: 'integration/sync-settings',
  summary: 'Changes the settings that are given and keeps the others.',
  body: settingsPatchWireSchema,
  response: integrationWireSchema,
  run: async ({ sync, owner, body, options }) =>
    toWire(await sync.integrations.updateSettings(owner, settingsFromWire(body), options)),
})

/** No look at the integration first: an owner whose grant is gone must be able to disconnect. */
const disconnectRoute: Route = ownerRoute({
  method: 'DELETE',
  path: 'integration',
  summary:
    'Disconnects: removes events as asked (default those still to come), revokes the grant, erases tokens.',
  query: z.strictObject({ remove_events: removeEventsSchema.optional() }),
  body: z.strictObject({ remove_events: removeEventsSchema.optional() }),
  response: disconnectSchema,
  run: async ({ sync, owner, query, body, options }) => {
    const asked = new Set([query.remove_events, body.remove_events].filter((choice) => choice !== undefined))
    if (asked.size > 1) {
      throw new HttpRefusal({
        code: 'INVALID_REQUEST',
        message: 'The query and the body of the request say different things; see problems.',
        problems: [
          { path: 'remove_events', message: 'must be the same in query and body, or in one of them' },
        ],
      })
    }
    const [removeEvents = 'future'] = asked
    return toWire(await sync.integrations.disconnect(owner, { removeEvents }, options))
  },
})

export function integrationRoutes(): Route[] {
  return [statusRoute, integrationRoute, toggleRoute, settingsRoute, disconnectRoute]
}
