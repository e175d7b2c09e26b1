/*
 * What recorded answers and Google's guides say beyond the discovery document, which knows shapes only. Each check
 * names its section of google-api.md.
 */

type Members = Readonly<Record<string, unknown>>

/** The answer whose facts are checked, with what its request asked. */
export interface FactsContext {
  readonly methodId: string
  readonly query: URLSearchParams
  readonly requestBody: unknown
}

function isRecord(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function records(value: unknown): Members[] {
  return Array.isArray(value) ? value.filter(isRecord) : []
}

const missing = (at: string, value: Members, names: readonly string[]): string[] =>
  names.filter((name) => value[name] === undefined).map((name) => `${at}/${name}: always there, but missing`)

const present = (at: string, value: Members, names: readonly string[]): string[] =>
  names.filter((name) => name in value).map((name) => `${at}/${name}: never there in this case`)

function etagProblems(at: string, value: Members): string[] {
  const { etag } = value
  return typeof etag === 'string' && /^"[^"\s]+"$/.test(etag) ? [] : [`${at}/etag: must be a quoted string`]
}

function timeProblems(at: string, time: unknown): string[] {
  if (!isRecord(time)) return [`${at}: always there, but missing`]
  if ('date' in time === 'dateTime' in time) return [`${at}: exactly one of date and dateTime`]
  const { dateTime } = time
  // §2.1: answers render times with an offset, whatever the request left out.
  if (typeof dateTime === 'string' && !/(?:Z|[+-]\d{2}:\d{2})$/.test(dateTime)) {
    return [`${at}/dateTime: no offset`]
  }
  return []
}

/** §2.1: on every recorded event that the account may see in full. */
const FULL_EVENT = [
  'htmlLink',
  'created',
  'updated',
  'creator',
  'organizer',
  'iCalUID',
  'sequence',
  'reminders',
  'eventType',
]

function seriesProblems(at: string, event: Members): string[] {
  const isInstance = 'recurringEventId' in event
  return [
    ...(isInstance === 'originalStartTime' in event
      ? []
      : [`${at}: recurringEventId and originalStartTime stand together`]),
    ...(isInstance && 'recurrence' in event ? [`${at}/recurrence: never there on an instance`] : []),
    ...(Array.isArray(event['recurrence']) ? event['recurrence'] : []).flatMap((line, index) =>
      typeof line === 'string' && /^(?:RRULE|EXRULE|RDATE|EXDATE)[:;]/.test(line)
        ? []
        : [`${at}/recurrence/${index}: not a line of a rule`],
    ),
  ]
}

/** §2.1: limits of extended properties, and guests as Google stores them. */
function contentProblems(at: string, event: Members): string[] {
  const extended = isRecord(event['extendedProperties']) ? event['extendedProperties'] : {}
  const properties = [extended['private'], extended['shared']].filter(isRecord).flatMap(Object.entries)
  const reminders = isRecord(event['reminders']) ? event['reminders'] : {}
  return [
    ...properties.flatMap(([key, value]) =>
      key.length > 44 || String(value).length > 1024
        ? [`${at}/extendedProperties: ${key.slice(0, 50)} is longer than Google stores`]
        : [],
    ),
    ...(reminders['useDefault'] === true && 'overrides' in reminders
      ? [`${at}/reminders/overrides: never there beside useDefault`]
      : []),
    ...records(event['attendees']).flatMap(({ email, displayName }, index) => [
      ...(typeof email === 'string' && email !== email.toLowerCase()
        ? [`${at}/attendees/${index}/email: not in lower case`]
        : []),
      ...(displayName !== undefined && displayName === email
        ? [`${at}/attendees/${index}/displayName: the address again`]
        : []),
    ]),
  ]
}

function liveEventProblems(at: string, event: Members, busyOnly: boolean): string[] {
  const { start, end } = event
  return [
    ...missing(at, event, busyOnly ? [] : FULL_EVENT),
    ...timeProblems(`${at}/start`, start),
    ...timeProblems(`${at}/end`, end),
    ...(isRecord(start) && isRecord(end) && 'date' in start !== 'date' in end
      ? [`${at}: start and end are not of one kind`]
      : []),
    // §2.1: defaults are left out.
    ...(event['transparency'] === 'opaque' ? [`${at}/transparency: opaque is left out`] : []),
    ...(event['visibility'] === 'default' ? [`${at}/visibility: default is left out`] : []),
    ...seriesProblems(at, event),
    ...contentProblems(at, event),
  ]
}

const EVENT_ID = /^_?[a-v0-9]{4,1024}(?:_R\d{8}(?:T\d{6})?)?(?:_\d{8}(?:T\d{6}Z)?)?$/

function eventProblems(at: string, event: Members, busyOnly: boolean): string[] {
  const { id } = event
  return [
    ...missing(at, event, ['id', 'status']),
    ...etagProblems(at, event),
    ...(typeof id !== 'string' || EVENT_ID.test(id) ? [] : [`${at}/id: not an event id`]),
    ...(event['status'] === 'cancelled' ? [] : liveEventProblems(at, event, busyOnly)),
  ]
}

const TOMBSTONE = ['kind', 'etag', 'id', 'status']
const CANCELLED_INSTANCE = [...TOMBSTONE, 'recurringEventId', 'originalStartTime']

/** §13.1 and §13.2: what a delta says of what is gone. */
function tombstoneProblems(at: string, event: Members): string[] {
  const members = 'recurringEventId' in event ? CANCELLED_INSTANCE : TOMBSTONE
  return [
    ...missing(at, event, members),
    ...Object.keys(event)
      .filter((name) => !members.includes(name))
      .map((name) => `${at}/${name}: never there on a tombstone`),
  ]
}

function listProblems(list: Members): string[] {
  return [
    ...etagProblems('', list),
    ...(Array.isArray(list['items']) ? [] : ['/items: always there, but missing']),
    ...('nextPageToken' in list && 'nextSyncToken' in list
      ? ['/: nextPageToken and nextSyncToken together']
      : []),
  ]
}

/** §3.2.4: a first list with one of these may come without a sync token. */
const WITHOUT_TOKEN = [
  'orderBy',
  'q',
  'iCalUID',
  'privateExtendedProperty',
  'sharedExtendedProperty',
  'updatedMin',
]

function eventsProblems(list: Members, { methodId, query }: FactsContext): string[] {
  const busyOnly = list['accessRole'] === 'freeBusyReader'
  const isDelta = query.has('syncToken') && query.get('showDeleted') !== 'true'
  const mayLackToken = methodId !== 'calendar.events.list' || WITHOUT_TOKEN.some((name) => query.has(name))
  return [
    ...listProblems(list),
    ...missing('', list, ['summary', 'updated', 'timeZone', 'accessRole', 'defaultReminders']),
    ...(mayLackToken || 'nextPageToken' in list || 'nextSyncToken' in list
      ? []
      : ['/: neither nextPageToken nor nextSyncToken']),
    ...records(list['items']).flatMap((event, index) => [
      ...eventProblems(`/items/${index}`, event, busyOnly),
      ...(isDelta && event['status'] === 'cancelled' ? tombstoneProblems(`/items/${index}`, event) : []),
    ]),
  ]
}

/** §8: what is false is left out; §13.10: the zone is always there. */
function calendarListEntryProblems(at: string, entry: Members): string[] {
  const optional = ['primary', 'hidden', 'deleted'].filter((name) => entry[name] === false)
  return [
    ...etagProblems(at, entry),
    ...present(at, entry, optional),
    ...(entry['deleted'] === true
      ? missing(at, entry, ['id'])
      : missing(at, entry, ['id', 'summary', 'timeZone', 'accessRole', 'defaultReminders'])),
  ]
}

/** §8: a calendar that cannot be read is named with its error, never left out. */
function freeBusyProblems(answer: Members, { requestBody }: FactsContext): string[] {
  const calendars = isRecord(answer['calendars']) ? answer['calendars'] : {}
  const groups = isRecord(answer['groups']) ? answer['groups'] : {}
  const asked = records(isRecord(requestBody) ? requestBody['items'] : []).map(({ id }) => String(id))
  return [
    ...missing('', answer, ['timeMin', 'timeMax', 'calendars']),
    ...asked
      .filter((id) => !(id in calendars) && !(id in groups))
      .map((id) => `/calendars: ${id} was asked for, but is missing`),
    ...Object.entries(calendars).flatMap(([id, calendar]) =>
      isRecord(calendar) && !Array.isArray(calendar['busy']) ? [`/calendars/${id}/busy: missing`] : [],
    ),
  ]
}

/** §4: what a client needs to know and to stop the channel. */
function channelProblems(channel: Members, { requestBody }: FactsContext): string[] {
  const asked = isRecord(requestBody) ? requestBody['id'] : undefined
  return [
    ...missing('', channel, ['id', 'resourceId', 'resourceUri', 'expiration']),
    ...(channel['id'] === asked ? [] : [`/id: ${String(channel['id'])}, but ${String(asked)} was asked for`]),
  ]
}

/** What is wrong with a whole answer beyond its shape; `schema` is its name in the discovery document. */
export function factProblems(schema: string, answer: unknown, context: FactsContext): string[] {
  if (!isRecord(answer)) return []
  switch (schema) {
    case 'Event':
      // A caller with free/busy access alone is told apart by the list only; get shows it by the missing link.
      return eventProblems('', answer, context.methodId === 'calendar.events.get' && !('htmlLink' in answer))
    case 'Events':
      return eventsProblems(answer, context)
    case 'CalendarListEntry':
      return calendarListEntryProblems('', answer)
    case 'CalendarList':
      return [
        ...listProblems(answer),
        ...records(answer['items']).flatMap((entry, index) =>
          calendarListEntryProblems(`/items/${index}`, entry),
        ),
      ]
    case 'Acl':
    case 'Settings':
      return [
        ...listProblems(answer),
        ...records(answer['items']).flatMap((item, index) => [
          ...etagProblems(`/items/${index}`, item),
          ...missing(`/items/${index}`, item, ['id']),
        ]),
      ]
    case 'AclRule':
    case 'Calendar':
    case 'Setting':
      return [...etagProblems('', answer), ...missing('', answer, ['id'])]
    case 'FreeBusyResponse':
      return freeBusyProblems(answer, context)
    case 'Channel':
      return channelProblems(answer, context)
    default:
      return []
  }
}
