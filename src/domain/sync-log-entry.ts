import { z } from 'zod'
import { hostIdSchema, type Owner } from './owner.ts'

export const SYNC_LOG_DIRECTIONS = ['to_google', 'from_google', 'system'] as const
export const SYNC_LOG_STATUSES = ['success', 'skipped', 'queued', 'rejected', 'conflict', 'failed'] as const
export const SYNC_LOG_ACTIONS = [
  'create',
  'update',
  'delete',
  'adopt',
  'reschedule',
  'cancel',
  'restore',
  'edit',
  'pull',
  'full_pass',
  'connect',
  'refresh',
  'disconnect',
  'resolve',
  'move',
  'respond',
  'conference',
  'offer',
  'calendar',
  'watch',
  'park',
] as const

export type SyncLogDirection = (typeof SYNC_LOG_DIRECTIONS)[number]
export type SyncLogStatus = (typeof SYNC_LOG_STATUSES)[number]
export type SyncLogAction = (typeof SYNC_LOG_ACTIONS)[number]

/** One thing the SDK did or could not do. Holds ids and codes, never a client's data. */
export interface SyncLogEntry extends Owner {
  readonly id: string
  readonly integrationId: string
  readonly atMs: number
  readonly direction: SyncLogDirection
  readonly action: SyncLogAction
  readonly status: SyncLogStatus
  readonly appointmentId: string | null
  readonly googleEventId: string | null
  readonly errorCode: string | null
  readonly errorMessage: string | null
  /** 1 for the first try. */
  readonly attempt: number
  readonly durationMs: number
  /** Names of the fields that were written or told to the host. */
  readonly fields: readonly string[]
}

export const syncLogEntrySchema: z.ZodType<SyncLogEntry> = z.object({
  id: z.string(),
  tenantId: hostIdSchema,
  userId: hostIdSchema,
  integrationId: z.string(),
  atMs: z.int(),
  direction: z.enum(SYNC_LOG_DIRECTIONS),
  action: z.enum(SYNC_LOG_ACTIONS),
  status: z.enum(SYNC_LOG_STATUSES),
  appointmentId: z.string().nullable(),
  googleEventId: z.string().nullable(),
  errorCode: z.string().nullable(),
  errorMessage: z.string().nullable(),
  attempt: z.int().min(1),
  durationMs: z.number().min(0),
  fields: z.array(z.string()),
})
