import { z } from 'zod'
import {
  hostIdSchema,
  REMOVE_EVENTS,
  type RemoveEvents,
  SYNC_LOG_ACTIONS,
  SYNC_LOG_DIRECTIONS,
  SYNC_LOG_STATUSES,
  type SyncSettings,
} from './domain/index.ts'
import { parseOrThrow } from './errors/index.ts'
import type { ConflictStore, SyncLogFilter } from './ports/index.ts'

const removalSchema = z.strictObject({
  removeEvents: z.enum(REMOVE_EVENTS, 'must be future, all or none').default('future'),
})

/** What becomes of the events when an owner disconnects. Throws `INVALID_ARGUMENT`. */
export function checkRemoval(choice: unknown): RemoveEvents {
  return parseOrThrow(removalSchema, choice ?? {}, 'INVALID_ARGUMENT', 'The choice of events').removeEvents
}

const cursorSchema = z.string().min(1).max(500).optional()

const logFilterSchema = z.strictObject({
  tenantId: hostIdSchema,
  userId: hostIdSchema.optional(),
  appointmentId: hostIdSchema.optional(),
  direction: z.enum(SYNC_LOG_DIRECTIONS).optional(),
  action: z.enum(SYNC_LOG_ACTIONS).optional(),
  status: z.enum(SYNC_LOG_STATUSES).optional(),
  from: z.date().optional(),
  to: z.date().optional(),
  limit: z.int().min(1).max(500).default(50),
  cursor: cursorSchema,
})

/** The filter of the sync log as the storage takes it. Throws `INVALID_ARGUMENT` naming every problem. */
export function checkLogFilter(filter: unknown): SyncLogFilter {
  const { from, to, ...rest } = parseOrThrow(logFilterSchema, filter, 'INVALID_ARGUMENT', 'The log filter')
  return { ...rest, fromMs: from?.getTime(), toMs: to?.getTime() }
}

const conflictFilterSchema = z.strictObject({
  tenantId: hostIdSchema,
  userId: hostIdSchema.optional(),
  status: z.enum(['open', 'resolved']).default('open'),
  limit: z.int().min(1).max(500).default(50),
  cursor: cursorSchema,
})

/** The filter of the conflicts. Throws `INVALID_ARGUMENT` naming every problem. */
export function checkConflictFilter(filter: unknown): Parameters<ConflictStore['list']>[0] {
  return parseOrThrow(conflictFilterSchema, filter, 'INVALID_ARGUMENT', 'The conflict filter')
}

const spanSchema = z.object({
  daysBack: z.int().min(0).max(365).optional(),
  daysForward: z.int().min(0).max(730).optional(),
})

/** The days of a run over many appointments; absent ones are the integration's. */
export function checkSpan(call: unknown): Partial<Pick<SyncSettings, 'syncPastDays' | 'syncFutureDays'>> {
  const { daysBack, daysForward } = parseOrThrow(spanSchema, call, 'INVALID_ARGUMENT', 'The span')
  return {
    ...(daysBack === undefined ? {} : { syncPastDays: daysBack }),
    ...(daysForward === undefined ? {} : { syncFutureDays: daysForward }),
  }
}
