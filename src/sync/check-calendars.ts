import { type Integration, refOf, type SyncSettings } from '../domain/index.ts'
import { AppointmentSyncError, isAppointmentSyncError, type Problem } from '../errors/index.ts'
import { holdsOneOf } from '../oauth/index.ts'
import type { Engine } from './engine.ts'
import { mayListCalendars, ownCalendarIn, WRITABLE_ROLES } from './own-calendar.ts'
import { scopeStanding } from './scope-standing.ts'

const HOUR_MS = 3_600_000

/**
 * Checks the calendars that a change of settings names and that were not there before, once, when they are saved: the
 * one that is to hold the events can be written to, the others are there for the account at least as busy times. What
 * the grant does not let the SDK look at is taken as it is. Throws one `INVALID_ARGUMENT` naming every problem by its
 * path, and what Google failed with when it could not be asked; either way nothing was changed.
 */
export async function checkCalendars(
  engine: Engine,
  known: Integration,
  settings: SyncSettings,
): Promise<void> {
  const problems = dedicatedProblems(known, settings)
  // Without a good grant there is nobody to ask.
  if (known.status === 'active' || known.status === 'paused') {
    const before = known.settings
    const target = settings.calendarId
    const chosen = target !== before.calendarId && target !== ownCalendarIn(known)
    if (chosen && problems.length === 0 && !(await isWritable(engine, known, settings))) {
      problems.push({ path: 'calendarId', message: 'must be a calendar that the account can write to' })
    }
    const added = settings.busyCalendarIds.filter((id) => !before.busyCalendarIds.includes(id))
    const missing = added.length === 0 ? new Set() : await unreadableOf(engine, known, added)
    for (const [index, id] of settings.busyCalendarIds.entries()) {
      if (!missing.has(id)) continue
      const message = 'must be a calendar that is there for the account, at least as busy times'
      problems.push({ path: `busyCalendarIds.${index}`, message })
    }
  }
  if (problems.length === 0) return
  const listed = problems.map(({ path, message }) => `${path}: ${message}`).join('; ')
  throw new AppointmentSyncError({
    code: 'INVALID_ARGUMENT',
    message: `The settings of integration ${known.id} name calendars that cannot be used: ${listed}. Nothing was changed; choose among those that listCalendars gives.`,
    problems,
  })
}

/**
 * The calendars that make the owner busy, each once, and without the one that holds the events, which does so anyway.
 */
export function tidyBusyCalendars({ googleEmail }: Integration, settings: SyncSettings): SyncSettings {
  const nameOf = (id: string): string => (id === googleEmail ? 'primary' : id)
  const seen = new Set([nameOf(settings.calendarId)])
  const busyCalendarIds = settings.busyCalendarIds.filter((id) => {
    const fresh = !seen.has(nameOf(id))
    seen.add(nameOf(id))
    return fresh
  })
  return { ...settings, busyCalendarIds }
}

/** A calendar of the SDK's own is not chosen, but made. */
function dedicatedProblems(known: Integration, { calendarAccess, calendarId }: SyncSettings): Problem[] {
  const kept = calendarId === known.settings.calendarId || calendarId === ownCalendarIn(known)
  if (calendarAccess !== 'dedicated' || kept) return []
  return [{ path: 'calendarId', message: 'is set by the SDK while calendarAccess is "dedicated"' }]
}

/** Whether the account may write to the calendar, as far as the grant lets that be told. */
async function isWritable(engine: Engine, known: Integration, settings: SyncSettings): Promise<boolean> {
  const ref = refOf(known)
  const { calendarId } = settings
  const waitsForScope = scopeStanding(known, settings, ownCalendarIn(known)).status === 'needs_reconnect'
  try {
    // With a grant that is too narrow for it Google denies that it is there; the list tells.
    if (!waitsForScope || !mayListCalendars(known)) {
      await engine.google.requireCalendar({ ref, calendarId })
    }
    const calendars = await engine.google.listCalendars({ ...ref, includeHidden: true })
    const listed = calendars.find(
      ({ id, primary }) => id === calendarId || (primary && calendarId === 'primary'),
    )
    if (listed === undefined) return !waitsForScope
    return WRITABLE_ROLES.has(listed.accessRole)
  } catch (error) {
    // Without the scope for the list, a calendar that can be read has to do.
    if (isAppointmentSyncError(error, 'OAUTH_SCOPE_MISSING')) return true
    if (waitsForScope && isAppointmentSyncError(error, 'GOOGLE_FORBIDDEN')) return true
    if (isAppointmentSyncError(error, 'GOOGLE_CALENDAR_GONE')) return false
    throw error
  }
}

/** Those that Google says are not there for the account; none where the grant lets nobody ask. */
async function unreadableOf(
  engine: Engine,
  known: Integration,
  calendarIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const ref = refOf(known)
  if (
    holdsOneOf(known.grantedScopes, ['calendar.freebusy', 'calendar.events.freebusy', 'calendar.readonly'])
  ) {
    const fromMs = engine.clock.now()
    const query = { ref, calendarIds, fromMs, toMs: fromMs + HOUR_MS }
    return new Set((await engine.google.queryBusy(query)).failed)
  }
  if (!mayListCalendars(known)) return new Set()
  const listed = await engine.google.listCalendars({ ...ref, includeHidden: true })
  const there = new Set(listed.flatMap(({ id, primary }) => (primary ? [id, 'primary'] : [id])))
  return new Set(calendarIds.filter((id) => !there.has(id)))
}
