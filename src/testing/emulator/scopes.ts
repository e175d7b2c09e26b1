const PREFIX = 'https://www.googleapis.com/auth/'

const CALENDAR_SCOPES = [
  'calendar',
  'calendar.readonly',
  'calendar.events',
  'calendar.events.readonly',
  'calendar.events.owned',
  'calendar.events.owned.readonly',
  'calendar.events.public.readonly',
  'calendar.events.freebusy',
  'calendar.freebusy',
  'calendar.app.created',
  'calendar.calendarlist',
  'calendar.calendarlist.readonly',
  'calendar.calendars',
  'calendar.calendars.readonly',
  'calendar.acls',
  'calendar.acls.readonly',
  'calendar.settings.readonly',
] as const

const SIGN_IN: Readonly<Record<string, string>> = {
  openid: 'openid',
  email: `${PREFIX}userinfo.email`,
  profile: `${PREFIX}userinfo.profile`,
  [`${PREFIX}userinfo.email`]: `${PREFIX}userinfo.email`,
  [`${PREFIX}userinfo.profile`]: `${PREFIX}userinfo.profile`,
}

const KNOWN: ReadonlySet<string> = new Set(CALENDAR_SCOPES.map((name) => PREFIX + name))

const READ_EVENTS =
  'app.created events events.readonly events.owned events.owned.readonly events.freebusy events.public.readonly readonly'
const WRITE_EVENTS = 'app.created events events.owned'

const WRITE_CALENDARS = 'app.created calendars'
const WRITE_LIST = 'app.created calendarlist'
const READ_LIST = 'calendarlist calendarlist.readonly readonly'
const READ_RULES = 'acls acls.readonly'
const READ_SETTINGS = 'readonly settings.readonly'

/** Method → scopes that open it besides `calendar`, prefix dropped (discovery document, rev. 20260708). */
const ACCEPTED: Readonly<Record<string, string>> = {
  'events.insert': WRITE_EVENTS,
  'events.import': WRITE_EVENTS,
  'events.patch': WRITE_EVENTS,
  'events.update': WRITE_EVENTS,
  'events.delete': WRITE_EVENTS,
  'events.quickAdd': WRITE_EVENTS,
  'events.move': 'events events.owned',
  'events.get': READ_EVENTS,
  'events.list': READ_EVENTS,
  'events.instances': READ_EVENTS,
  'events.watch': READ_EVENTS,
  'freebusy.query': 'freebusy events.freebusy readonly',
  'calendarList.list': READ_LIST,
  'calendarList.watch': READ_LIST,
  'calendarList.get': `app.created ${READ_LIST}`,
  'calendarList.insert': 'calendarlist',
  'calendarList.patch': WRITE_LIST,
  'calendarList.update': WRITE_LIST,
  'calendarList.delete': WRITE_LIST,
  'calendars.get': 'app.created calendars calendars.readonly readonly',
  'calendars.insert': WRITE_CALENDARS,
  'calendars.patch': WRITE_CALENDARS,
  'calendars.update': WRITE_CALENDARS,
  'calendars.delete': WRITE_CALENDARS,
  'calendars.clear': 'calendars',
  'calendars.transferOwnership': 'calendars',
  'acl.get': `${READ_RULES} readonly`,
  'acl.list': READ_RULES,
  'acl.watch': READ_RULES,
  'acl.insert': 'acls',
  'acl.patch': 'acls',
  'acl.update': 'acls',
  'acl.delete': 'acls',
  'settings.get': READ_SETTINGS,
  'settings.list': READ_SETTINGS,
  'settings.watch': READ_SETTINGS,
  'colors.get':
    'app.created calendarlist calendarlist.readonly events.owned events.owned.readonly events.freebusy events.public.readonly readonly',
  'channels.stop':
    'acls acls.readonly app.created calendarlist calendarlist.readonly events events.readonly events.owned events.owned.readonly events.freebusy events.public.readonly readonly settings.readonly',
}

/** What a token may do with one calendar, for scopes that narrow which calendars work. */
export interface CalendarReach {
  /** The account owns the calendar (`events.owned`, `events.owned.readonly`). */
  readonly owned: boolean
  /** This OAuth client made the calendar (`app.created`). */
  readonly createdByClient: boolean
  /** Everybody may read its events (`events.public.readonly`). */
  readonly isPublic: boolean
}

/** Google's long form of a requested scope, or null when Google does not know it. */
export function canonicalScope(scope: string): string | null {
  return SIGN_IN[scope] ?? (KNOWN.has(scope) ? scope : null)
}

/** Whether the scope is one of openid, email and profile, approved on the sign-in page. */
export function isSignInScope(scope: string): boolean {
  return scope in SIGN_IN
}

/** Google's long form of a calendar scope given with or without its prefix. */
export function longScope(scope: string): string {
  return SIGN_IN[scope] ?? (scope.startsWith('https://') ? scope : PREFIX + scope)
}

/** Which of the granted scopes open the method; empty means 403 `insufficientPermissions`. */
export function scopesOpening(calendarMethod: string, granted: readonly string[]): string[] {
  const accepted = (ACCEPTED[calendarMethod.replace(/^calendar\./, '')] ?? '').split(' ')
  const open = new Set([`${PREFIX}calendar`, ...accepted.map((name) => `${PREFIX}calendar.${name}`)])
  return granted.filter((scope) => open.has(scope))
}

/** Whether at least one of the opening scopes reaches this calendar. */
export function scopesReach(opening: readonly string[], reach: CalendarReach): boolean {
  return opening.some((scope) => {
    const name = scope.slice(PREFIX.length)
    if (name.startsWith('calendar.events.owned')) return reach.owned
    if (name === 'calendar.app.created') return reach.createdByClient
    return name === 'calendar.events.public.readonly' ? reach.isPublic : true
  })
}

/** The method as Google's front end spells it in a 403: `calendar.events.insert` → `calendar.v3.Events.Insert`. */
export function rpcName(calendarMethod: string): string {
  const [, resource = '', verb = ''] = calendarMethod.split('.')
  const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)
  return `calendar.v3.${capital(resource)}.${capital(verb)}`
}
