import { type Integration, type LogRetention, refOf } from '../domain/index.ts'
import { AppointmentSyncError, isAppointmentSyncError } from '../errors/index.ts'
import type { ScheduledTask } from '../ports/index.ts'
import { cleanUpTokens, type TokenUpkeep } from './clean-up-tokens.ts'
import { drainOutbox, type ResumeDisconnect } from './drain-outbox.ts'
import { contended, type Engine } from './engine.ts'
import { type HeldLease, underLease } from './held-lease.ts'
import { pullCalendar } from './pull.ts'
import type { Pusher } from './pusher.ts'
import { TASK_NAMES, type TaskName, type TaskSummary } from './results.ts'
import { purgeRecords } from './purge-records.ts'
import { codeOf } from './retry-policy.ts'
import { syncAll } from './sync-all.ts'
import { syncWindow } from './sync-window.ts'
import type { WatchChannels } from './watch-channels.ts'
import { renewWatchChannels } from './watch-task.ts'

/** What the tasks work with. */
export interface TaskDependencies {
  readonly engine: Engine
  readonly pusher: Pusher
  readonly tokens: TokenUpkeep
  readonly resumeDisconnect: ResumeDisconnect
  readonly watch: WatchChannels
  readonly logRetentionDays: LogRetention
}

const SCAN_PAGE = 100
/** Host and SDK need not have the same clock: the sweep asks again for the last minutes. */
const SWEEP_OVERLAP_MS = 300_000

/** When each task runs, in the zone of the schedule, and how late at most. */
const SCHEDULES: Readonly<Record<TaskName, { cron: string; jitterMs: number }>> = {
  sync_all_calendar_integrations: { cron: '0 */4 * * *', jitterMs: 20 * 60_000 },
  sync_recent_appointments: { cron: '*/15 * * * *', jitterMs: 3 * 60_000 },
  cleanup_expired_tokens: { cron: '0 2 * * *', jitterMs: 30 * 60_000 },
  renew_watch_channels: { cron: '40 * * * *', jitterMs: 10 * 60_000 },
  drain_outbox: { cron: '* * * * *', jitterMs: 5_000 },
  purge_logs: { cron: '30 3 * * *', jitterMs: 30 * 60_000 },
}

type Counts = Record<string, number>
type Renew = () => Promise<void>

/** Runs periodic tasks by name. Throws `TASK_UNKNOWN`. */
export type TaskRunner = (
  name: string,
  options?: { signal?: AbortSignal | undefined },
) => Promise<TaskSummary>

/**
 * One pass of a task. One process at a time runs it, but for `drain_outbox`; another one is told `busy`. What fails for one integration is
 * counted and does not stop the others.
 */
export function createTaskRunner(dependencies: TaskDependencies): TaskRunner {
  const { engine } = dependencies
  const { storage, clock } = engine
  return async (name, options) => {
    const task = TASK_NAMES.find((known) => known === name)
    if (task === undefined) throw unknownTask(name)
    const signal = options?.signal
    signal?.throwIfAborted()
    const startedAtMs = clock.now()
    if (task === 'drain_outbox') {
      // Jobs and inboxes have leases of their own: several processes may drain, and one that died blocks nobody.
      const counts = await drainOutbox(engine, dependencies.resumeDisconnect, signal)
      return { task, status: 'done', durationMs: clock.now() - startedAtMs, counts }
    }
    const holding = { leases: storage.leases, clock }
    const ran = await underLease(holding, `task:${task}`, (lease) =>
      runTask(dependencies, task, renewing(task, lease), signal),
    )
    if (ran === null) return { task, status: 'busy', durationMs: 0, counts: {} }
    return { task, status: 'done', durationMs: clock.now() - startedAtMs, counts: ran.result }
  }
}

/** The tasks as a scheduler takes them. */
export function scheduledTasks(run: TaskRunner, timeZone: string): ScheduledTask[] {
  return TASK_NAMES.map((name) => ({
    name,
    ...SCHEDULES[name],
    timeZone,
    run: async ({ signal }) => {
      await run(name, { signal })
    },
  }))
}

function renewing(task: TaskName, lease: HeldLease): Renew {
  return async () => {
    if (await lease.stillOurs()) return
    throw new AppointmentSyncError({
      code: 'INTEGRATION_BUSY',
      message: `Another process took over ${task}. This run ends here.`,
      retryable: true,
    })
  }
}

async function runTask(
  dependencies: TaskDependencies,
  task: Exclude<TaskName, 'drain_outbox'>,
  renew: Renew,
  signal: AbortSignal | undefined,
): Promise<Counts> {
  const { engine, pusher } = dependencies
  switch (task) {
    case 'sync_all_calendar_integrations':
      return forEachActive(engine, renew, signal, async (integration, counts) => {
        await pullInto(engine, integration, counts, signal, true)
        const window = syncWindow(integration.settings, engine.clock.now())
        await pushInto(engine, pusher, integration, { window }, counts, signal)
      })
    case 'sync_recent_appointments':
      return forEachActive(engine, renew, signal, async (integration, counts) => {
        await sweepRecent(engine, pusher, integration, counts, signal)
        await pullInto(engine, integration, counts, signal)
      })
    case 'cleanup_expired_tokens':
      return cleanUpTokens(engine, dependencies.tokens, renew, signal)
    case 'renew_watch_channels':
      return renewWatchChannels(engine, dependencies.watch, renew, signal)
    case 'purge_logs':
      return purgeRecords(engine, dependencies.logRetentionDays, renew, signal)
  }
}

async function forEachActive(
  engine: Engine,
  renew: Renew,
  signal: AbortSignal | undefined,
  work: (integration: Integration, counts: Counts) => Promise<void>,
): Promise<Counts> {
  const counts: Counts = { integrations: 0, failed: 0 }
  let afterId: string | null = null
  for (;;) {
    const page: Integration[] = await engine.storage.integrations.scan({
      status: 'active',
      afterId,
      limit: SCAN_PAGE,
    })
    for (const integration of page) {
      signal?.throwIfAborted()
      await renew()
      add(counts, 'integrations', 1)
      try {
        await work(integration, counts)
      } catch (error) {
        if (signal?.aborted === true || isAppointmentSyncError(error, 'STORAGE_FAILED')) throw error
        add(counts, 'failed', 1)
        await logFailure(engine, integration, error)
      }
    }
    if (page.length < SCAN_PAGE) return counts
    afterId = page.at(-1)?.id ?? null
  }
}

async function logFailure(engine: Engine, integration: Integration, error: unknown): Promise<void> {
  const facts = {
    ref: refOf(integration),
    direction: 'from_google',
    action: 'pull',
    status: 'failed',
  } as const
  await engine.storage.syncLog.append(engine.logEntry({ ...facts, error }))
  const { tenantId, id } = integration
  engine.logger.warn({ tenantId, integrationId: id, code: codeOf(error) }, 'integration could not be synced')
}

async function pullInto(
  engine: Engine,
  integration: Integration,
  counts: Counts,
  signal: AbortSignal | undefined,
  roll = false,
): Promise<void> {
  const result = await pullCalendar(engine, integration, { signal, roll })
  if (result.status !== 'success') return
  for (const name of ['applied', 'rejected', 'waiting', 'conflicts'] as const) add(counts, name, result[name])
}

async function pushInto(
  engine: Engine,
  pusher: Pusher,
  integration: Integration,
  request: { window: ReturnType<typeof syncWindow>; updatedAfterMs?: number | undefined },
  counts: Counts,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (integration.settings.syncDirection === 'from_google') return
  const result = await syncAll(engine, pusher, { integration, ...request, signal })
  for (const name of ['created', 'updated', 'deleted', 'skipped', 'queued'] as const)
    add(counts, name, result[name])
  add(counts, 'appointmentsFailed', result.failed.length)
}

/** Pushes what the host changed since the last sweep; the mark moves only after all of it was looked at. */
async function sweepRecent(
  engine: Engine,
  pusher: Pusher,
  integration: Integration,
  counts: Counts,
  signal: AbortSignal | undefined,
): Promise<void> {
  const ref = refOf(integration)
  const { calendarId } = integration.settings
  const startedAtMs = engine.clock.now()
  const before = await engine.storage.cursors.find(ref, calendarId)
  const since = before?.sweptAtMs ?? null
  const window = syncWindow(integration.settings, startedAtMs)
  const updatedAfterMs = since === null ? undefined : since - SWEEP_OVERLAP_MS
  await pushInto(engine, pusher, integration, { window, updatedAfterMs }, counts, signal)
  await engine.storage.transaction(async (session) => {
    const cursor = await session.cursors.find(ref, calendarId)
    const next = {
      ...ref,
      calendarId,
      syncToken: cursor?.syncToken ?? null,
      pulledAtMs: cursor?.pulledAtMs ?? null,
      sweptAtMs: startedAtMs,
      fullPassAtMs: cursor?.fullPassAtMs ?? null,
      watchRefusedAtMs: cursor?.watchRefusedAtMs ?? null,
      offering: cursor?.offering ?? false,
      version: (cursor?.version ?? 0) + 1,
    }
    if (!(await session.cursors.advance(next, cursor?.version ?? null))) throw contended(ref, calendarId)
  })
}

function add(counts: Counts, name: string, value: number): void {
  counts[name] = (counts[name] ?? 0) + value
}

function unknownTask(name: string): AppointmentSyncError {
  const shown = /^[\w-]{1,60}$/.test(name) ? name : '(unreadable name)'
  return new AppointmentSyncError({
    code: 'TASK_UNKNOWN',
    message: `There is no task ${shown}. Known are ${TASK_NAMES.join(', ')}.`,
  })
}
