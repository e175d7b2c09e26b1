import type { Integration, IntegrationRef } from '../domain/index.ts'
import { AppointmentSyncError, isAppointmentSyncError } from '../errors/index.ts'
import { verdictOf } from '../google/index.ts'
import { calendarTexts } from '../templating/index.ts'
import { mayNotMake, outcomeUnknown } from './calendar-errors.ts'
import { markMoves } from './calendar-switch.ts'
import type { Engine } from './engine.ts'
import { REQUEST_LIFE_MS } from './in-doubt.ts'
import {
  accountHashOf,
  calendarMark,
  mayListCalendars,
  mayMakeCalendars,
  ownCalendarIn,
  WRITABLE_ROLES,
} from './own-calendar.ts'
import { NOT_PARKED, whyIdle } from './parking.ts'
import { scopeStanding } from './scope-standing.ts'
import { updateIntegration } from './update-integration.ts'

/** How a calendar is to be made, if one has to be. */
export interface CalendarWish {
  /** Default by the locale of the settings. */
  readonly title?: string | undefined
  /** IANA zone; default that of the settings. */
  readonly timeZone?: string | undefined
  /** Make one although an earlier request got no answer and may have made one. */
  readonly again?: boolean | undefined
  /** Whether the calendar that is in use is looked at too; else it is taken to be there. */
  readonly verify: boolean
}

/** A calendar of the SDK's own that is in use now. */
export interface SettledCalendar {
  readonly integration: Integration
  readonly calendarId: string
  readonly created: boolean
}

/** The integration, and the account it is connected to. */
interface Site {
  readonly integration: Integration
  readonly ref: IntegrationRef
  readonly accountHash: string
}

/**
 * Sees to it that the owner has a calendar of the SDK's own and that it is the one in use: the one that is known, if the
 * account still has it; else one that an earlier request made without an answer, found by its mark; else a new one.
 * Google has no id for what it is asked to make, so the request is remembered before it is sent, and while its outcome
 * is open no other one is: `GOOGLE_OUTCOME_UNKNOWN`, until it can be told or a person says so (`again`).
 *
 * Runs under the lease of the connection, so that the account does not change meanwhile.
 */
export async function settleCalendar(
  engine: Engine,
  ref: IntegrationRef,
  wish: CalendarWish,
): Promise<SettledCalendar> {
  const site = await siteOf(engine, ref)
  const { integration } = site
  const known = ownCalendarIn(integration)
  if (known !== null) {
    const inUse = known === integration.settings.calendarId
    if (inUse && !wish.verify) return { integration, calendarId: known, created: false }
    if (await isUsable(engine, ref, known)) return use(engine, site, known, false)
  }
  if (!mayMakeCalendars(integration)) throw mayNotMake(integration)
  const found = mayListCalendars(integration) ? await findMarked(engine, site, known) : null
  if (found !== null) return use(engine, site, found, true)
  refuseUnanswered(engine, integration, wish.again === true)
  return use(engine, site, await make(engine, site, wish), true)
}

async function siteOf(engine: Engine, ref: IntegrationRef): Promise<Site> {
  const integration = await engine.storage.integrations.findById(ref.tenantId, ref.integrationId)
  const accountHash = integration === null ? null : accountHashOf(integration)
  if (integration === null || accountHash === null) {
    throw new AppointmentSyncError({
      code: 'INTEGRATION_INACTIVE',
      message: `Integration ${ref.integrationId} was disconnected. No calendar was made; have its owner connect again.`,
    })
  }
  const idle = whyIdle(integration, engine.clock.now())
  // A calendar that is gone is what a new one mends, and an owner who is paused may prepare for going on.
  const mends = integration.status === 'active' && integration.parkedReason === 'GOOGLE_CALENDAR_GONE'
  if (idle !== null && !mends && integration.status !== 'paused') throw idle
  return { integration, ref, accountHash }
}

/** Whether the account still has the calendar and may write to it. */
async function isUsable(engine: Engine, ref: IntegrationRef, calendarId: string): Promise<boolean> {
  try {
    await engine.google.requireCalendar({ ref, calendarId })
  } catch (error) {
    const gone = isAppointmentSyncError(error, 'GOOGLE_CALENDAR_GONE')
    if (gone || isAppointmentSyncError(error, 'GOOGLE_FORBIDDEN')) return false
    throw error
  }
  try {
    const { accessRole } = await engine.google.getCalendar({ ref, calendarId })
    return WRITABLE_ROLES.has(accessRole)
  } catch (error) {
    // Without the scope, or off the list: that it can be read has to do.
    const untold = isAppointmentSyncError(error, 'OAUTH_SCOPE_MISSING')
    if (untold || isAppointmentSyncError(error, 'GOOGLE_CALENDAR_GONE')) return true
    throw error
  }
}

/** A calendar that was made for this owner in this account, by the mark in its description. */
async function findMarked(
  engine: Engine,
  { integration, ref, accountHash }: Site,
  unusable: string | null,
): Promise<string | null> {
  const mark = calendarMark(integration, accountHash)
  const listed = await engine.google.listCalendars({ ...ref, includeHidden: true })
  const ours = listed.find(
    ({ id, accessRole, description }) =>
      id !== unusable && accessRole === 'owner' && description?.includes(mark) === true,
  )
  return ours?.id ?? null
}

/** Called when no calendar was found: whether an earlier request may still have made one, or make one yet. */
function refuseUnanswered(engine: Engine, integration: Integration, again: boolean): void {
  const { dedicatedCalendar: own } = integration
  const began = own?.accountHash === accountHashOf(integration) ? own.beganAtMs : null
  if (began === null || again) return
  if (!mayListCalendars(integration)) throw outcomeUnknown(integration, undefined)
  const leftMs = began + REQUEST_LIFE_MS - engine.clock.now()
  if (leftMs > 0) throw outcomeUnknown(integration, leftMs)
}

/** Makes a calendar. Before Google is asked it is stored that it is; a refusal takes that back. */
async function make(engine: Engine, site: Site, wish: CalendarWish): Promise<string> {
  const { integration, ref, accountHash } = site
  const { locale, timeZone } = integration.settings
  const texts = calendarTexts(locale)
  const calendar = {
    ref,
    title: wish.title ?? texts.title,
    description: `${texts.description}\n\n${calendarMark(integration, accountHash)}`,
    timeZone: wish.timeZone ?? timeZone,
  }
  await remember(engine, site, engine.clock.now())
  try {
    // Without the caller's signal: cut short, nobody would know the outcome.
    return await engine.google.insertCalendar(calendar)
  } catch (error) {
    if (verdictOf(error)?.applied !== 'no') {
      const findable = mayListCalendars(integration)
      throw outcomeUnknown(integration, findable ? REQUEST_LIFE_MS : undefined, error)
    }
    await remember(engine, site, null)
    throw error
  }
}

async function remember(engine: Engine, site: Site, beganAtMs: number | null): Promise<void> {
  const { integration, ref, accountHash } = site
  const calendarId = ownCalendarIn(integration)
  await updateIntegration(engine, ref, (before) => {
    if (accountHashOf(before) !== accountHash) throw changedMeanwhile(integration)
    return { dedicatedCalendar: { calendarId, accountHash, beganAtMs } }
  })
}

/** Puts the calendar into use, in one transaction with what follows from it: events to come go there, pushes go on. */
async function use(
  engine: Engine,
  { integration, ref, accountHash }: Site,
  calendarId: string,
  created: boolean,
): Promise<SettledCalendar> {
  let from: string | null = null
  const row = await updateIntegration(
    engine,
    ref,
    (before) => {
      if (accountHashOf(before) !== accountHash) throw changedMeanwhile(integration)
      from = before.settings.calendarId === calendarId ? null : before.settings.calendarId
      const gone = before.parkedReason === 'GOOGLE_CALENDAR_GONE'
      if (from === null && !gone && before.dedicatedCalendar?.beganAtMs === null) return null
      const settings = { ...before.settings, calendarId }
      return {
        settings,
        dedicatedCalendar: { calendarId, accountHash, beganAtMs: null },
        ...scopeStanding(before, settings, calendarId),
        ...(from !== null || gone ? NOT_PARKED : {}),
      }
    },
    async (session, next) => {
      const nowMs = engine.clock.now()
      if (from !== null) await markMoves(engine, session, next, from)
      await session.outbox.wake(ref, nowMs)
      const facts = { ref, direction: 'system', action: 'calendar', status: 'success' } as const
      await session.syncLog.append(engine.logEntry(facts))
      const { tenantId, integrationId } = ref
      engine.logger.info({ tenantId, integrationId, created }, 'appointments go to a calendar of their own')
    },
  )
  if (row === null) throw changedMeanwhile(integration)
  return { integration: row, calendarId, created }
}

function changedMeanwhile({ id }: Integration): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'INTEGRATION_BUSY',
    message: `Integration ${id} was connected with another account, or disconnected, while its calendar was made. Call createCalendar again.`,
    retryable: true,
  })
}
