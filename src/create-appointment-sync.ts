import type { AppointmentSync, ConnectResult } from './appointment-sync.ts'
import { type AppointmentSyncOptions, checkOptions } from './appointment-sync-options.ts'
import { type Owner, ownerSchema, refOf } from './domain/index.ts'
import { AppointmentSyncError, parseOrThrow } from './errors/index.ts'
import { createGoogleCalendar, createMemoryRateLimiter, createPacer } from './google/index.ts'
import { createHealth, createLogEntryMaker, readMetrics } from './observability/index.ts'
import { createEncryptedTokenStore, createKeyring, createOAuth, integrationRefOf } from './oauth/index.ts'
import { silentLogger, systemClock, systemRandom } from './ports/index.ts'
import {
  busyTimes,
  busyTimesOf,
  createCalendarQueue,
  createConflictJudge,
  createIntegrations,
  createNotifications,
  createPrivacy,
  createPullHints,
  createPusher,
  createTaskRunner,
  createTemplates,
  createWatchChannels,
  disconnect,
  type DisconnectDependencies,
  createOutbox,
  NOTHING_LEFT,
  resumeDisconnect,
  type Engine,
  findConflict,
  followUp,
  hintedPull,
  type IntegrationView,
  prepareCalendar,
  pullCalendar,
  resolveConflict,
  scheduledTasks,
  type StoredRecord,
  syncAll,
  syncWindow,
  TASK_NAMES,
  viewOf,
} from './sync/index.ts'
import { createTemplateChoice, requireUsableTemplates } from './templating/index.ts'
import { checkLogFilter, checkConflictFilter, checkSpan, checkRemoval } from './call-arguments.ts'

/** How long `close` waits for periodic tasks before it aborts them, in milliseconds. */
const CLOSE_TIMEOUT_MS = 10_000

/**
 * Makes the SDK: the one place that knows every room. Nothing runs, and nothing is asked of Google or the storage,
 * before the first call. Throws one `INVALID_CONFIGURATION` error naming every problem of the options.
 */
export function createAppointmentSync(options: AppointmentSyncOptions): AppointmentSync {
  const checked = checkOptions(options)
  requireUsableTemplates(options)
  const { defaults, pushTimeoutMs, googleTimeoutMs, quota, notificationUrl } = checked
  const { logRetentionDays, scheduleTimeZone } = checked
  const { storage, appointments, scheduler, rateLimiter: limiter = createMemoryRateLimiter() } = options
  const clock = options.clock ?? systemClock
  const random = options.random ?? systemRandom
  const logger = options.logger ?? silentLogger
  const { resolveConflict: resolve } = options

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
    leaveAccount: (integration) => watch.stopBriefly(integration),
  })
  const google = createGoogleCalendar({
    accessTokens: oauth.accessTokens,
    clock,
    random,
    timeoutMs: googleTimeoutMs,
    interactiveTimeoutMs: pushTimeoutMs,
    pacer:
      quota === null
        ? undefined
        : createPacer({ ...quota, limiter, project: client.clientId, clock, random, logger }),
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
    calendarQueue: createCalendarQueue({ storage, clock }),
    judge: resolve === undefined ? null : createConflictJudge({ resolve, clock, logger }),
    templates: createTemplateChoice(options.templates),
  }
  const templates = createTemplates(engine, defaults)
  const pusher = createPusher(engine, { pushTimeoutMs })
  const integrations = createIntegrations(engine)
  const watch = createWatchChannels(engine, notificationUrl)
  const hints = createPullHints({
    clock,
    logger,
    pull: (calendar, attempt) => hintedPull(engine, calendar, attempt),
  })
  const notifications = createNotifications(engine, hints)
  const leaving: DisconnectDependencies = {
    tokenStore,
    revoke: (ref, revocation) => oauth.revoke(ref, revocation),
    stopChannels: (integration, signal) => watch.stopAll(integration, signal),
  }
  const outbox = createOutbox(engine, integrationRefOf)
  const privacy = createPrivacy(engine, leaving, integrationRefOf)
  const runTask = createTaskRunner({
    engine,
    pusher,
    tokens: { tokenStore, reseal: options.tokenStore === undefined ? (ref) => encrypted.reseal(ref) : null },
    resumeDisconnect: async (integration, signal) =>
      (await resumeDisconnect(engine, leaving, integration, signal))?.status === 'done',
    watch,
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
    await Promise.all([pusher.settled(), hints.close(), watch.close()])
  }

  const openRecords = (
    signal: AbortSignal | undefined,
    list: () => AsyncIterable<StoredRecord>,
  ): AsyncIterable<StoredRecord> => {
    if (closed) throw closedError()
    signal?.throwIfAborted()
    return list()
  }

  /** What the owner changed may call for other watch channels. */
  const watched = async (changed: Promise<IntegrationView>): Promise<IntegrationView> => {
    const view = await changed
    watch.tendSoon({ ...view.owner, integrationId: view.integrationId })
    return view
  }

  const pull = async (given: Owner, signal: AbortSignal | undefined): ReturnType<typeof pullCalendar> => {
    const owner = parseOrThrow(ownerSchema, given, 'INVALID_ARGUMENT', 'The owner')
    const integration = await storage.integrations.find(owner)
    return integration === null
      ? { status: 'skipped', reason: 'not_connected' }
      : pullCalendar(engine, integration, { signal })
  }

  return {
    oauth: {
      getAuthUrl: (request, call) => open(call?.signal, () => oauth.authorizationUrl(request, call)),
      handleCallback: (callback, call) =>
        open(call?.signal, async (): Promise<ConnectResult> => {
          const outcome = await oauth.handleCallback(callback, call)
          const integration = await prepareCalendar(engine, outcome.integration)
          // Channels of a grant that is gone may have gone with it, and nothing would say so.
          watch.tendSoon(refOf(outcome.integration), { anew: true })
          return { ...outcome, integration: viewOf(integration) }
        }),
    },
    integrations: {
      get: (owner, call) => open(call?.signal, () => integrations.get(owner, call)),
      status: (owner, call) => open(call?.signal, () => integrations.status(owner, call)),
      listCalendars: (owner, call) => open(call?.signal, () => integrations.listCalendars(owner, call)),
      createCalendar: (owner, wish, call) =>
        open(call?.signal, async () => {
          const made = await integrations.createCalendar(owner, wish, call)
          watch.tendSoon({ ...made.integration.owner, integrationId: made.integration.integrationId })
          return made
        }),
      setActive: (owner, active, call) =>
        open(call?.signal, () => watched(integrations.setActive(owner, active, call))),
      updateSettings: (owner, patch, call) =>
        open(call?.signal, () => watched(integrations.updateSettings(owner, patch, call))),
      disconnect: (owner, choice, call) =>
        open(call?.signal, async () => {
          const removeEvents = checkRemoval(choice)
          const standing = await integrations.get(owner)
          if (standing?.status === 'disconnected') return NOTHING_LEFT
          const integration = await integrations.require(owner)
          return disconnect(engine, leaving, integration, removeEvents, call?.signal)
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
    notifications: {
      receive: (headers, call) => open(call?.signal, () => notifications.receive(headers)),
    },
    handlers: {
      appointmentCreated: (appointment, call) => open(call?.signal, () => pusher.push(appointment, call)),
      appointmentUpdated: (appointment, call) => open(call?.signal, () => pusher.push(appointment, call)),
      appointmentCancelled: (target, call) => open(call?.signal, () => pusher.remove(target, call)),
    },
    outbox: {
      enqueue: (executor, ref) => open(undefined, () => outbox.enqueue(executor, ref)),
      deadLetters: {
        list: (filter, call) => open(call?.signal, () => outbox.deadLetters.list(filter)),
        redrive: (ref, call) => open(call?.signal, () => outbox.deadLetters.redrive(ref)),
      },
    },
    conflicts: {
      list: (filter, call) =>
        open(call?.signal, async () => storage.conflicts.list(checkConflictFilter(filter))),
      get: (target, call) => open(call?.signal, () => findConflict(engine, target)),
      resolve: (target, resolution, call) =>
        open(call?.signal, async () => {
          const conflict = await resolveConflict(engine, target, resolution)
          await followUp(engine, conflict, call?.signal)
          return conflict
        }),
    },
    availability: {
      busy: (owner, query, call) =>
        open(call?.signal, async () => {
          const checked = parseOrThrow(ownerSchema, owner, 'INVALID_ARGUMENT', 'The owner')
          return busyTimes(engine, checked, query, call?.signal)
        }),
      busyOf: (query, call) => open(call?.signal, () => busyTimesOf(engine, query)),
    },
    templates: {
      preview: (owner, request, call) => open(call?.signal, () => templates.preview(owner, request)),
      validate: (texts) => templates.validate(texts),
      variables: () => templates.variables(),
    },
    privacy: {
      exportOwner: (owner, call) => openRecords(call?.signal, () => privacy.exportOwner(owner, call)),
      eraseOwner: (owner, choice, call) => open(call?.signal, () => privacy.eraseOwner(owner, choice, call)),
      exportClient: (client, call) => openRecords(call?.signal, () => privacy.exportClient(client, call)),
      eraseClient: (client, call) => open(call?.signal, () => privacy.eraseClient(client, call)),
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
