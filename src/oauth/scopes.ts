import type { SyncSettings } from '../domain/index.ts'

const PREFIX = 'https://www.googleapis.com/auth/'

/** The scopes that the settings call for. */
export interface WantedScopes {
  /** Without one of these the integration cannot sync. */
  readonly essential: readonly string[]
  /** Without these the calendar picker or the availability look-up is missing, and the rest works. */
  readonly optional: readonly string[]
}

/**
 * The narrowest scopes for some settings (Calendar API, "Choose scopes").
 *
 * Signing in (`openid`, `email`) tells which account it is. Events: `calendar.events.owned` on the primary calendar
 * and on `ownCalendarId`, one that the SDK made itself; `calendar.events` on any other, which may be one that is only
 * shared with the person; read-only when nothing flows to Google. With `calendarAccess: 'dedicated'` it is
 * `calendar.app.created` alone, which reaches no other calendar and has no picker; busy times are asked for only when
 * the settings count any.
 */
export function scopesFor(settings: ScopedSettings, ownCalendarId: string | null = null): WantedScopes {
  if (settings.calendarAccess === 'dedicated') return dedicatedScopes(settings)
  const owned = settings.calendarId === 'primary' || settings.calendarId === ownCalendarId
  const events = owned ? 'calendar.events.owned' : 'calendar.events'
  const suffix = settings.syncDirection === 'from_google' ? '.readonly' : ''
  const freeBusy = settings.externalEvents === 'ignore' ? [] : [`${PREFIX}calendar.freebusy`]
  return {
    essential: ['openid', 'email', `${PREFIX}${events}${suffix}`],
    optional: [`${PREFIX}calendar.calendarlist.readonly`, ...freeBusy],
  }
}

/** The settings that scopes depend on. */
export type ScopedSettings = Pick<
  SyncSettings,
  'calendarId' | 'calendarAccess' | 'syncDirection' | 'externalEvents' | 'busyCalendarIds'
>

function dedicatedScopes({ externalEvents, busyCalendarIds }: ScopedSettings): WantedScopes {
  const counts = externalEvents !== 'ignore' || busyCalendarIds.length > 0
  return {
    essential: ['openid', 'email', `${PREFIX}calendar.app.created`],
    optional: counts ? [`${PREFIX}calendar.freebusy`] : [],
  }
}

/**
 * What may stand in for a scope, `calendar` apart, which stands in for all: from the methods' lists of accepted
 * scopes in the Calendar v3 discovery document.
 */
const COVERED_BY: Readonly<Record<string, readonly string[]>> = {
  'calendar.events.readonly': ['calendar.events', 'calendar.readonly'],
  'calendar.events.owned': ['calendar.events'],
  'calendar.events.owned.readonly': [
    'calendar.events.owned',
    'calendar.events.readonly',
    'calendar.events',
    'calendar.readonly',
  ],
  'calendar.freebusy': ['calendar.events.freebusy', 'calendar.readonly'],
  // It lets a calendar be made and used: nothing narrower than `calendar` does both.
  'calendar.app.created': [],
  'calendar.calendarlist.readonly': ['calendar.calendarlist', 'calendar.readonly'],
}

/** Google answers with the long form of the two sign-in scopes that have a short one. */
const LONG_FORM: Readonly<Record<string, string>> = {
  email: `${PREFIX}userinfo.email`,
  profile: `${PREFIX}userinfo.profile`,
}

/** Those of `wanted` that `granted` neither holds nor covers by a broader scope, in the order and form given. */
export function missingScopes(wanted: readonly string[], granted: readonly string[]): string[] {
  const held = new Set(granted.map(normalised))
  return wanted.filter((scope) => !acceptable(normalised(scope)).some((name) => held.has(name)))
}

/**
 * Whether one of the scopes, given without Google's prefix, was granted, or `calendar`, which stands in for all. Says
 * nothing about broader ones: name each that will do.
 */
export function holdsOneOf(granted: readonly string[], names: readonly string[]): boolean {
  return ['calendar', ...names].some((name) => granted.includes(PREFIX + name))
}

/** Google's long form of a calendar scope. */
export function calendarScope(name: string): string {
  return PREFIX + name
}

/** The scopes of a token reply, which separates them by spaces and promises no order. */
export function scopeList(text: string): string[] {
  return text.split(' ').filter((scope) => scope !== '')
}

function normalised(scope: string): string {
  return LONG_FORM[scope] ?? scope
}

function acceptable(scope: string): string[] {
  if (!scope.startsWith(`${PREFIX}calendar`)) return [scope]
  const broader = COVERED_BY[scope.slice(PREFIX.length)] ?? []
  return [scope, `${PREFIX}calendar`, ...broader.map((name) => PREFIX + name)]
}
