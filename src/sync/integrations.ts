import {
  type Integration,
  type Owner,
  ownerSchema,
  refOf,
  settingsPatchSchema,
  type SyncSettings,
} from '../domain/index.ts'
import { AppointmentSyncError, parseOrThrow } from '../errors/index.ts'
import type { StorageSession } from '../ports/index.ts'
import { successRateOf } from '../observability/index.ts'
import { validateTemplates } from '../templating/index.ts'
import type { Engine } from './engine.ts'
import {
  type CalendarSummary,
  type IntegrationStatusReport,
  type IntegrationView,
  parkingOf,
  viewOf,
} from './integration-view.ts'
import { busyCalendarsOf } from './busy-blocks.ts'
import { type CalendarChoice, listCalendars } from './calendar-picker.ts'
import { markMoves } from './calendar-switch.ts'
import {
  calendarChoiceSchema,
  calendarWishSchema,
  type CreatedCalendar,
  type NewCalendarWish,
} from './calendar-wish.ts'
import { checkCalendars, tidyBusyCalendars } from './check-calendars.ts'
import { createCalendar, prepareCalendar } from './dedicated-calendar.ts'
import { lacksCalendar, ownCalendarIn } from './own-calendar.ts'
import { scopeStanding } from './scope-standing.ts'
import { isEnding, NOT_PARKED } from './parking.ts'
import { updateIntegration } from './update-integration.ts'
import { NOT_WATCHED, watchReportOf } from './watch-status.ts'

const DAY_MS = 86_400_000

interface Call {
  readonly signal?: AbortSignal | undefined
}

/** What an owner can see and change of their connection. */
export interface Integrations {
  /** The row itself. Throws `INTEGRATION_NOT_FOUND` when there is none, or it was disconnected. */
  require(owner: Owner): Promise<Integration>
  get(owner: Owner, call?: Call): Promise<IntegrationView | null>
  status(owner: Owner, call?: Call): Promise<IntegrationStatusReport>
  listCalendars(owner: Owner, call?: Call & CalendarChoice): Promise<CalendarSummary[]>
  createCalendar(owner: Owner, wish?: NewCalendarWish, call?: Call): Promise<CreatedCalendar>
  setActive(owner: Owner, active: boolean, call?: Call): Promise<IntegrationView>
  updateSettings(owner: Owner, patch: Partial<SyncSettings>, call?: Call): Promise<IntegrationView>
}

/** The calls behind `sync.integrations`, but for connecting and disconnecting. */
export function createIntegrations(engine: Engine): Integrations {
  const { storage } = engine

  const find = async (given: Owner): Promise<Integration | null> => {
    const owner = parseOrThrow(ownerSchema, given, 'INVALID_ARGUMENT', 'The owner')
    return storage.integrations.find(owner)
  }

  const requireOne = async (owner: Owner): Promise<Integration> => {
    const integration = await find(owner)
    if (integration !== null && integration.status !== 'disconnected') return integration
    throw new AppointmentSyncError({
      code: 'INTEGRATION_NOT_FOUND',
      message: `User ${owner.userId} of tenant ${owner.tenantId} has no Google Calendar connected. Send them to the URL of getAuthUrl.`,
    })
  }

  const change = async (
    owner: Owner,
    edit: (integration: Integration) => Partial<Integration>,
    besides: (session: StorageSession, row: Integration) => Promise<void>,
  ): Promise<Integration> => {
    const known = await requireOne(owner)
    const changed = await updateIntegration(
      engine,
      refOf(known),
      (before) => (isEnding(before) ? null : edit(before)),
      besides,
    )
    if (changed !== null && !isEnding(changed)) return changed
    throw new AppointmentSyncError({
      code: 'INTEGRATION_INACTIVE',
      message: `Integration ${known.id} is being disconnected. Nothing was changed; have its owner connect again.`,
    })
  }

  const setActive = async (owner: Owner, active: boolean): Promise<IntegrationView> => {
    let wakes = false
    const integration = await change(
      owner,
      (before) => {
        // A lost grant does not come back by switching the integration on.
        const lost = before.status === 'needs_reconnect'
        wakes = active && !lost
        return lost ? {} : { status: active ? 'active' : 'paused', statusReason: null, ...NOT_PARKED }
      },
      async (session, row) => {
        if (wakes) await session.outbox.wake(refOf(row), engine.clock.now())
      },
    )
    return viewOf(integration)
  }

  const updateSettings = async (owner: Owner, wanted: Partial<SyncSettings>): Promise<IntegrationView> => {
    const patch = parseOrThrow(settingsPatchSchema, wanted, 'INVALID_ARGUMENT', 'The settings')
    validateTemplates({ title: patch.titleTemplate, description: patch.descriptionTemplate })
    const known = await requireOne(owner)
    const given = withoutUndefined(patch)
    await checkCalendars(engine, known, { ...known.settings, ...given })
    let reactivated = false
    let switched: { readonly row: Integration; readonly from: string } | null = null
    const integration = await change(
      owner,
      (before) => {
        const settings = tidyBusyCalendars(before, { ...before.settings, ...given })
        const scopes = scopeStanding(before, settings, ownCalendarIn(before))
        reactivated = scopes.status === 'active'
        const from = before.settings.calendarId
        const elsewhere = settings.calendarId !== from
        switched = elsewhere ? { row: { ...before, settings }, from } : null
        // Another calendar ends a parking that the old one may have caused.
        return { settings, ...scopes, ...(elsewhere ? NOT_PARKED : {}) }
      },
      async (session, row) => {
        await forgetUnwanted(session, row, known.settings)
        if (switched !== null) await markMoves(engine, session, switched.row, switched.from)
        // What waited for the missing scope, or for the calendar, need not wait any longer.
        if (reactivated || switched !== null) await session.outbox.wake(refOf(row), engine.clock.now())
      },
    )
    return viewOf(lacksCalendar(integration) ? await prepareCalendar(engine, integration) : integration)
  }

  return {
    require: requireOne,
    get: async (owner, call) => {
      call?.signal?.throwIfAborted()
      const integration = await find(owner)
      return integration === null ? null : viewOf(integration)
    },
    status: async (owner, call) => {
      call?.signal?.throwIfAborted()
      const integration = await find(owner)
      return integration === null ? NOT_CONNECTED : reportOn(engine, integration)
    },
    listCalendars: async (owner, call) => {
      const { signal, ...choice } = call ?? {}
      const checked = parseOrThrow(
        calendarChoiceSchema,
        choice,
        'INVALID_ARGUMENT',
        'The choice of calendars',
      )
      return listCalendars(engine, await requireOne(owner), checked, signal)
    },
    createCalendar: async (owner, given, call) => {
      const wish = parseOrThrow(calendarWishSchema, given ?? {}, 'INVALID_ARGUMENT', 'The calendar')
      const made = await createCalendar(engine, await requireOne(owner), wish, call?.signal)
      const { created, calendarId, integration } = made
      return { created, calendarId, integration: viewOf(integration) }
    },
    setActive: async (owner, active, call) => {
      call?.signal?.throwIfAborted()
      return setActive(owner, active)
    },
    updateSettings: async (owner, patch, call) => {
      call?.signal?.throwIfAborted()
      return updateSettings(owner, patch)
    },
  }
}

/** Busy times that the settings do not ask for any more, and titles that the owner no longer agrees to, are not kept. */
async function forgetUnwanted(
  session: StorageSession,
  row: Integration,
  before: SyncSettings,
): Promise<void> {
  const ref = refOf(row)
  const wanted = busyCalendarsOf(row.settings)
  if (wanted.length === 0) await session.busy.removeAll(ref)
  for (const calendarId of busyCalendarsOf(before).filter((id) => !wanted.includes(id))) {
    await session.busy.removeCalendar(ref, calendarId)
  }
  if (!row.settings.busyTitles) await session.busy.forgetTitles(ref)
}

function withoutUndefined(patch: Partial<SyncSettings>): Partial<SyncSettings> {
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined))
}

const NOT_CONNECTED: IntegrationStatusReport = {
  connected: false,
  status: 'not_connected',
  statusReason: null,
  parkedUntil: null,
  parkedReason: null,
  googleEmail: null,
  missingScopes: [],
  lastPullAt: null,
  lastSyncAt: null,
  lastError: null,
  successRate: null,
  pendingPushes: 0,
  deadLetters: 0,
  pendingChanges: 0,
  openConflicts: 0,
  watch: NOT_WATCHED,
}

async function reportOn(engine: Engine, integration: Integration): Promise<IntegrationStatusReport> {
  const { storage, clock } = engine
  const ref = refOf(integration)
  const integrationId = integration.id
  const [cursor, log, outbox, pendingChanges, openConflicts] = await Promise.all([
    storage.cursors.find(ref, integration.settings.calendarId),
    storage.syncLog.summarize({ tenantId: ref.tenantId, integrationId, sinceMs: clock.now() - DAY_MS }),
    storage.outbox.count({ tenantId: ref.tenantId, integrationId }),
    storage.inbox.count({ integrationId }),
    storage.conflicts.countOpen({ tenantId: ref.tenantId, integrationId }),
  ])
  const pulledAtMs = cursor?.pulledAtMs ?? null
  return {
    connected: integration.status !== 'disconnected',
    status: integration.status,
    statusReason: integration.statusReason,
    ...parkingOf(integration),
    googleEmail: integration.googleEmail,
    missingScopes: integration.missingScopes,
    lastPullAt: pulledAtMs === null ? null : new Date(pulledAtMs),
    lastSyncAt: log.lastSuccessAtMs === null ? null : new Date(log.lastSuccessAtMs),
    lastError:
      log.lastFailure === null ? null : { code: log.lastFailure.code, at: new Date(log.lastFailure.atMs) },
    successRate: successRateOf(log),
    pendingPushes: outbox.pending,
    deadLetters: outbox.dead,
    pendingChanges,
    openConflicts,
    watch: await watchReportOf(storage, integration, cursor, clock.now()),
  }
}
