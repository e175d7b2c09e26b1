import { z } from 'zod'
import { type DedicatedCalendar, dedicatedCalendarSchema } from './dedicated-calendar.ts'
import { hostIdSchema, type Owner } from './owner.ts'
import { storedSettingsSchema, type SyncSettings } from './settings.ts'

/**
 * - `active`: synced.
 * - `paused`: the owner switched it off; intents wait.
 * - `needs_reconnect`: the grant is gone or lacks a scope it cannot do without; links are kept, nothing is tried.
 * - `disconnecting`: its end was decided and is being carried out; see {@link Integration.removeEvents}.
 * - `disconnected`: tokens, links and cursors are erased; only the row and the log are left.
 */
export const INTEGRATION_STATUSES = [
  'active',
  'paused',
  'needs_reconnect',
  'disconnecting',
  'disconnected',
] as const
export type IntegrationStatus = (typeof INTEGRATION_STATUSES)[number]

/** What to do with the events when an owner disconnects: those still to come, every one, or none. */
export const REMOVE_EVENTS = ['future', 'all', 'none'] as const
export type RemoveEvents = (typeof REMOVE_EVENTS)[number]

/** The connection of one owner with one Google account. There is at most one per owner. */
export interface Integration extends Owner {
  /** Kept for the life of the owner, also across reconnects: event ids are made from it. */
  readonly id: string
  readonly status: IntegrationStatus
  /** Error code that led to the status; `null` when there is nothing to explain. */
  readonly statusReason: string | null
  /** The `sub` of the Google account, to notice a reconnect with another one; `null` once disconnected. */
  readonly googleAccountId: string | null
  readonly googleEmail: string | null
  readonly grantedScopes: readonly string[]
  /** Scopes that the settings call for and the person did not grant. */
  readonly missingScopes: readonly string[]
  readonly settings: SyncSettings
  /** Until when Google is asked nothing for it, epoch milliseconds; `null` when it is not parked. */
  readonly parkedUntilMs: number | null
  /** Error code that parked it; `null` when it is not parked. */
  readonly parkedReason: string | null
  /** What a disconnect under way does with the events; `null` unless the status is `disconnecting`. */
  readonly removeEvents: RemoveEvents | null
  /** The calendar that the SDK made for the owner; `null` when it never was asked to. */
  readonly dedicatedCalendar: DedicatedCalendar | null
  readonly createdAtMs: number
  readonly updatedAtMs: number
  /** Moves up by one with every change; the guard of compare-and-swap. */
  readonly version: number
}

/** Names an integration inside its tenant; every storage call that touches its data takes one. */
export interface IntegrationRef extends Owner {
  readonly integrationId: string
}

/** The reference of an integration. */
export function refOf(integration: Integration): IntegrationRef {
  const { tenantId, userId, id } = integration
  return { tenantId, userId, integrationId: id }
}

/** The fields of {@link IntegrationRef}, for schemas of everything that belongs to an integration. */
export const integrationRefShape: {
  tenantId: z.ZodString
  userId: z.ZodString
  integrationId: z.ZodString
} = { tenantId: hostIdSchema, userId: hostIdSchema, integrationId: z.string() }

export const integrationSchema: z.ZodType<Integration> = z.object({
  id: z.string(),
  tenantId: hostIdSchema,
  userId: hostIdSchema,
  status: z.enum(INTEGRATION_STATUSES),
  statusReason: z.string().nullable(),
  googleAccountId: z.string().nullable(),
  googleEmail: z.string().nullable(),
  grantedScopes: z.array(z.string()),
  missingScopes: z.array(z.string()),
  settings: storedSettingsSchema,
  parkedUntilMs: z.int().nullable(),
  parkedReason: z.string().nullable(),
  removeEvents: z.enum(REMOVE_EVENTS).nullable(),
  dedicatedCalendar: dedicatedCalendarSchema.nullable(),
  createdAtMs: z.int(),
  updatedAtMs: z.int(),
  version: z.int(),
})
