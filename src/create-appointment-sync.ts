import type { AppointmentSync, ConnectResult } from './appointment-sync.ts'
import { type AppointmentSyncOptions, checkOptions } from './appointment-sync-options.ts'
import { type Owner, ownerSchema } from './domain/index.ts'
import { AppointmentSyncError, parseOrThrow } from './errors/index.ts'
import { createGoogleCalendar } from './google/index.ts'
import { createHealth, createLogEntryMaker, readMetrics } from './observability/index.ts'
import {
  createEncryptedTokenStore,
  createKeyring,
  createOAuth,
  missingScopes,
  scopesFor,
} from './oauth/index.ts'
import { silentLogger, systemClock, systemRandom } from './ports/index.ts'
import {
  busyTimes,
  createCalendarQueue,
  createIntegrations,
  createPusher,
  createTaskRunner,
  disconnect,
  type DisconnectResult,
  type Engine,
  followUp,
  pullCalendar,
  resolveConflict,
  scheduledTasks,
  syncAll,
  syncWindow,
  TASK_NAMES,
  viewOf,
} from './sync/index.ts'
import { checkLogFilter, checkConflictFilter, checkSpan, checkRemoval } from './call-arguments.ts'

/** The answer to a disconnect that was done before. */
const ALREADY_DISCONNECTED: DisconnectResult = {
  eventsRemoved: 0,
  eventsLeft: 0,
  revocation: 'nothing_to_revoke',
}

/** How long `close` waits for periodic tasks before it aborts them, in milliseconds. */
const CLOSE_TIMEOUT_MS = 10_000

/**
 * Makes the SDK: the one place that knows every room. Nothing runs, and nothing is asked of Google or the storage,
 * before the first call. Throws one `INVALID_CONFIGURATION` error naming every problem of the options.
 */
export function createAppointmentSync(options: AppointmentSyncOptions): AppointmentSync {
  const { defaults, pushTimeoutMs, googleTimeoutMs, logRetentionDays, scheduleTimeZone } =
    checkOptions(options)
  const { storage, appointments, scheduler } = options
  const clock = options.clock ?? systemClock
  const random = options.random ?? systemRandom
  const logger = options.logger ?? silentLogger

  const keyring = createKeyring(options.encryption.keys, { random })
  const encrypted = createEncryptedTokenStore({ credentials: storage.credentials, keyring })
  const tokenStore = options.tokenStore ?? encrypted
  const client = options.google
  const oauth = createOAuth({
    client,
    storage,
    tokenStore,
    keyring,
    clock,
    random,
    logger,
    defaults,
    timeoutMs: googleTimeoutMs,
  })
  const google = createGoogleCalendar({
    accessTokens: oauth.accessTokens,
    clock,
    timeoutMs: googleTimeoutMs,
    apiRootUrl: client.endpoints?.apiRootUrl,
    fetch: client.fetch,
  })
  const engine: Engine = {
    storage,
    appointments,
    google,
    clock,
    random,
    logger,
    logEntry: createLogEntryMaker({ clock, random }),
    calendarQueue: createCalendarQueue({ leases: storage.leases, clock }),
  }
  const pusher = createPusher(engine, { pushTimeoutMs })
  const integrations = createIntegrations(engine, (settings, granted) => {
    const { essential, optional } = scopesFor(settings)
    return {
      essential: missingScopes(essential, granted),
      all: missingScopes([...essential, ...optional], granted),
    }
  })
  const runTask = createTaskRunner({
    engine,
    pusher,
    tokens: { tokenStore, reseal: options.tokenStore === undefined ? (ref) => encrypted.reseal(ref) : null },
    logRetentionDays,
  })
  const health = createHealth({ storage, clock, checkClient: (call) => oauth.checkClient(call) })

  let closed = false
  /** Every call goes through here: none is taken after `close`. */
  const open = async <T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> => {
    if (closed) throw closedError()
    signal?.throwIfAborted()
    return work()
  }

  const close = async (): Promise<void> => {
    if (closed) return
    closed = true
    await scheduler?.stop({ timeoutMs: CLOSE_TIMEOUT_MS })
    await pusher.settled()
  }

  const pull = async (given: Owner, signal: AbortSignal | undefined): ReturnType<typeof pullCalendar> => {
    const owner = parseOrThrow(ownerSchema, given, 'INVALID_ARGUMENT', 'The owner')
    const integration = await storage.integrations.find(owner)
    return integration === null
      ? { status: 'skipped', reason: 'not_connected' }
      : pullCalendar(engine, integration, signal)
  }

  return {
    oauth: {
      getAuthUrl: (request, call) => open(call?.signal, () => oauth.authorizationUrl(request, call)),
      handleCallback: (callback, call) =>
        open(call?.signal, async (): Promise<ConnectResult> => {
          const outcome = await oauth.handleCallback(callback, call)
          return { ...outcome, integration: viewOf(outcome.integration) }
        }),
    },
    integrations: {
      get: (owner, call) => open(call?.signal, () => integrations.get(owner, call)),
      status: (owner, call) => open(call?.signal, () => integrations.status(owner, call)),
      listCalendars: (owner, call) => open(call?.signal, () => integrations.listCalendars(owner, call)),
      setActive: (owner, active, call) =>
        open(call?.signal, () => integrations.setActive(owner, active, call)),
      updateSettings: (owner, patch, call) =>
        open(call?.signal, () => integrations.updateSettings(owner, patch, call)),
      disconnect: (owner, choice, call) =>
        open(call?.signal, async () => {
          const removeEvents = checkRemoval(choice)
          const standing = await integrations.get(owner)
          if (standing?.status === 'disconnected') return ALREADY_DISCONNECTED
          const integration = await integrations.require(owner)
          return disconnect(
            engine,
            { tokenStore, revoke: (ref, revocation) => oauth.revoke(ref, revocation) },
            integration,
            removeEvents,
            call?.signal,
          )
        }),
    },
    syncAppointmentToGoogle: (appointment, call) => open(call?.signal, () => pusher.push(appointment, call)),
    syncAppointmentById: (ref, call) => open(call?.signal, () => pusher.pushById(ref, call)),
    deleteAppointmentFromGoogle: (target, call) => open(call?.signal, () => pusher.remove(target, call)),
    syncAllAppointmentsForUser: (owner, call) =>
      open(call?.signal, async () => {
        const integration = await integrations.require(owner)
        const settings = { ...integration.settings, ...checkSpan(call ?? {}) }
        return syncAll(engine, pusher, {
          integration,
          window: syncWindow(settings, clock.now()),
          onProgress: call?.onProgress,
          signal: call?.signal,
        })
      }),
    pullFromGoogle: (owner, call) => open(call?.signal, () => pull(owner, call?.signal)),
    handlers: {
      appointmentCreated: (appointment, call) => open(call?.signal, () => pusher.push(appointment, call)),
      appointmentUpdated: (appointment, call) => open(call?.signal, () => pusher.push(appointment, call)),
      appointmentCancelled: (target, call) => open(call?.signal, () => pusher.remove(target, call)),
    },
    conflicts: {
      list: (filter, call) =>
        open(call?.signal, async () => storage.conflicts.list(checkConflictFilter(filter))),
      resolve: (target, resolution, call) =>
        open(call?.signal, async () => {
          const conflict = await resolveConflict(engine, target, resolution)
          await followUp(engine, conflict, call?.signal)
          return conflict
        }),
    },
    availability: {
      busy: (owner, range, call) =>
        open(call?.signal, async () => {
          const checked = parseOrThrow(ownerSchema, owner, 'INVALID_ARGUMENT', 'The owner')
          return busyTimes(engine, checked, range, call?.signal)
        }),
    },
    logs: {
      list: (filter, call) => open(call?.signal, async () => storage.syncLog.list(checkLogFilter(filter))),
    },
    metrics: (filter, call) => open(call?.signal, () => readMetrics({ storage, clock }, filter)),
    health: (call) => open(call?.signal, () => health(call)),
    tasks: {
      names: TASK_NAMES,
      run: (name, call) => open(call?.signal, () => runTask(name, call)),
    },
    start: () =>
      open(undefined, async () => {
        if (scheduler === undefined) throw noScheduler()
        // Better now than in the middle of the night.
        await storage.check()
        await scheduler.start(scheduledTasks(runTask, scheduleTimeZone))
      }),
    close,
    [Symbol.asyncDispose]: close,
  }
}

function closedError(): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'CLOSED',
    message: 'This AppointmentSync was closed. Make a new one; what is in the outbox goes on with it.',
  })
}

function noScheduler(): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'INVALID_CONFIGURATION',
    message:
      'start() needs a scheduler: give one in the options, for example cronScheduler(), or call tasks.run(name) from your own cron.',
  })
}
