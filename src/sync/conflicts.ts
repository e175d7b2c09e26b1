import { z } from 'zod'
import {
  type Conflict,
  type ConflictDecision,
  type ConflictResolution,
  conflictResolutionSchema,
  type ContestedField,
  type EventLink,
  hostIdSchema,
  type InboxEntry,
  MERGED_FIELDS,
  type MergedField,
} from '../domain/index.ts'
import { AppointmentSyncError, parseOrThrow } from '../errors/index.ts'
import type { StorageSession } from '../ports/index.ts'
import { deliverInbox } from './deliver-inbox.ts'
import { contended, type Engine } from './engine.ts'
import { toldBut } from './edit-loop.ts'
import { inboxEntriesFor, inboxEntry, pick } from './inbound-plan.ts'
import { jobRefOf } from './job-ref.ts'
import { JOB_LEASE_MS, runJobs } from './run-jobs.ts'

/** Names a conflict. */
export interface ConflictTarget {
  readonly tenantId: string
  readonly conflictId: string
  /** Narrows to this user's own: another's is not found. */
  readonly userId?: string | undefined
}

const targetShape = {
  tenantId: hostIdSchema,
  conflictId: z.string().min(1, 'must not be empty').max(200, 'must be at most 200 characters'),
  userId: hostIdSchema.optional(),
}
const targetSchema = z.object(targetShape)
const decisionSchema = z.object({
  ...targetShape,
  by: hostIdSchema.optional(),
  resolution: conflictResolutionSchema,
})

/** Which side each contested field goes to; fields that are not named stay contested. */
type Decisions = ReadonlyMap<ContestedField, 'app' | 'google'>

/**
 * Settles a conflict, or some of its fields: the decision, the link, what the host is to be told and what is to be
 * written to Google are stored in one transaction. Throws `CONFLICT_NOT_FOUND` for another tenant's or an unknown
 * one, `CONFLICT_ALREADY_RESOLVED`, and `INVALID_ARGUMENT` for a field that is not contested. `by` is kept with the
 * decision.
 */
export async function resolveConflict(
  engine: Engine,
  target: ConflictTarget & { readonly by?: string | undefined },
  resolution: ConflictResolution,
): Promise<Conflict> {
  const given = { ...target, resolution }
  const { resolution: chosen, by = null } = parseOrThrow(
    decisionSchema,
    given,
    'INVALID_ARGUMENT',
    'The decision',
  )
  const conflict = await findOwn(engine, target)
  if (conflict.status === 'resolved') throw alreadyResolved(conflict)
  const decisions = decisionsOf(conflict, chosen)
  // The calendar's queue keeps a push from writing between the look at the link and the decision.
  return engine.calendarQueue.run(conflict, undefined, () =>
    engine.storage.transaction(async (session) => {
      const next = settled(conflict, chosen, decisions, { by, atMs: engine.clock.now() })
      if (!(await session.conflicts.replace(next, conflict.version))) throw alreadyResolved(conflict)
      await carryOut(engine, session, conflict, decisions, next.status === 'resolved')
      await session.syncLog.append(
        engine.logEntry({
          ref: conflict,
          direction: 'system',
          action: 'resolve',
          status: 'success',
          appointmentId: conflict.appointmentId,
          googleEventId: conflict.eventId,
          fields: [...decisions].map(([field, side]) => `${field}:${side}`),
        }),
      )
      return next
    }),
  )
}

/** A conflict by its id. Throws `CONFLICT_NOT_FOUND` for another tenant's or an unknown one. */
export async function findConflict(engine: Engine, target: ConflictTarget): Promise<Conflict> {
  parseOrThrow(targetSchema, target, 'INVALID_ARGUMENT', 'The conflict')
  return findOwn(engine, target)
}

async function findOwn(engine: Engine, target: ConflictTarget): Promise<Conflict> {
  const conflict = await engine.storage.conflicts.find(target.tenantId, target.conflictId)
  if (conflict === null || (target.userId ?? conflict.userId) !== conflict.userId) {
    throw notFound(target.conflictId)
  }
  return conflict
}

/** Tries at once what a decision set off; what fails now goes on from the inbox and the outbox. */
export async function followUp(
  engine: Engine,
  conflict: Conflict,
  signal: AbortSignal | undefined,
): Promise<void> {
  const integration = await engine.storage.integrations.findById(conflict.tenantId, conflict.integrationId)
  if (integration === null || integration.status !== 'active') return
  await deliverInbox(engine, integration, signal)
  const jobs = await engine.storage.outbox.claim({
    nowMs: engine.clock.now(),
    leaseMs: JOB_LEASE_MS,
    limit: 1,
    ref: jobRefOf(conflict),
  })
  await runJobs(engine, jobs, { signal })
}

function decisionsOf(conflict: Conflict, resolution: ConflictResolution): Decisions {
  if (typeof resolution === 'string') return new Map(conflict.fields.map((field) => [field, resolution]))
  const decisions = new Map(Object.entries(resolution.fields) as [ContestedField, 'app' | 'google'][])
  const strangers = [...decisions.keys()].filter((field) => !conflict.fields.includes(field))
  if (decisions.size > 0 && strangers.length === 0) return decisions
  throw new AppointmentSyncError({
    code: 'INVALID_ARGUMENT',
    message: `Conflict ${conflict.id} is about ${conflict.fields.join(', ')}; name a side for at least one of these and for no other field.`,
    problems: strangers.map((field) => ({ path: `fields.${field}`, message: 'is not contested' })),
  })
}

function settled(
  conflict: Conflict,
  resolution: ConflictResolution,
  decisions: Decisions,
  { by, atMs }: Pick<ConflictDecision, 'by' | 'atMs'>,
): Conflict {
  const left = conflict.fields.filter((field) => !decisions.has(field))
  const made = [...decisions].map(([field, side]) => ({ field, side, by, atMs }))
  const next = {
    ...conflict,
    decisions: [...conflict.decisions, ...made],
    version: conflict.version + 1,
  }
  if (left.length > 0) return { ...next, fields: left }
  return {
    ...next,
    status: 'resolved',
    resolution: typeof resolution === 'string' ? resolution : 'fields',
    resolvedAtMs: atMs,
  }
}

async function carryOut(
  engine: Engine,
  session: StorageSession,
  conflict: Conflict,
  decisions: Decisions,
  ends: boolean,
): Promise<void> {
  const link = await session.links.find(conflict, conflict.appointmentId)
  if (link === null || link.eventId !== conflict.eventId) return
  const nowMs = engine.clock.now()
  const sided = (side: 'app' | 'google'): MergedField[] =>
    MERGED_FIELDS.filter((field) => decisions.get(field) === side)
  const toApp = sided('app')
  const existence = decisions.get('existence')
  // The line that said what waited for a decision goes with the conflict.
  const explained = ends && link.base.refusal !== undefined
  const pushes = toApp.length > 0 || existence === 'app' || explained
  // Google's value becomes what the app last wanted: the app's own is then a change that the push writes.
  const { told: _, refusal, ...before } = link.base
  const next: EventLink = {
    ...link,
    base: {
      ...before,
      ...toldBut(link, toApp),
      ...(refusal === undefined || ends ? {} : { refusal }),
      app: { ...link.base.app, ...pick(link.base.google, toApp) },
    },
    // A person has decided: what was overwritten before does not count against it.
    overwrites: 0,
    overwritesSinceMs: 0,
    fingerprint: pushes ? '' : link.fingerprint,
    updatedAtMs: nowMs,
    version: link.version + 1,
  }
  if (!(await session.links.replace(next, link.version))) throw contended(link, link.appointmentId)
  for (const entry of tellHost(link, conflict, sided('google'), existence, nowMs))
    await session.inbox.put(entry)
  if (pushes) {
    await session.outbox.enqueue({ ref: jobRefOf(link), action: 'push', dueAtMs: nowMs, nowMs })
  }
}

function tellHost(
  link: EventLink,
  conflict: Conflict,
  fields: readonly MergedField[],
  existence: 'app' | 'google' | undefined,
  nowMs: number,
): InboxEntry[] {
  const source = `conflict:${conflict.id}:${conflict.version}`
  if (existence === 'google') {
    return conflict.google.exists
      ? [inboxEntry(link, 'restored', link.base.google, source, nowMs)]
      : [inboxEntry(link, 'cancelled', {}, source, nowMs)]
  }
  return inboxEntriesFor(link, link.base.google, fields, source, nowMs)
}

function notFound(conflictId: string): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'CONFLICT_NOT_FOUND',
    message: `This tenant has no conflict ${conflictId}. List the open ones and take an id from there.`,
  })
}

function alreadyResolved(conflict: Conflict): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'CONFLICT_ALREADY_RESOLVED',
    message: `Conflict ${conflict.id} of appointment ${conflict.appointmentId} changed or was settled meanwhile. Read it again.`,
  })
}
