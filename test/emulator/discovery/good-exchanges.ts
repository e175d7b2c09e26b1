import { answered, eventAnswered, eventsAnswered, type ExchangeParts } from './exchange-builders.ts'

const EVENTS = '/calendar/v3/calendars/primary/events'

/** A whole event, as Google answers it. */
export function wholeEvent(): Record<string, unknown> {
  return {
    kind: 'calendar#event',
    etag: '"3485452990504510"',
    id: '68k0p6ackplecqs9fuvbs1fju0',
    status: 'confirmed',
    htmlLink: 'https://www.google.com/calendar/event?eid=x',
    created: '2026-03-01T12:00:00.000Z',
    updated: '2026-03-01T12:00:00.252Z',
    summary: 'Corte',
    creator: { email: 'pro@example.com', self: true },
    organizer: { email: 'pro@example.com', self: true },
    start: { dateTime: '2026-03-10T10:00:00-03:00', timeZone: 'America/Sao_Paulo' },
    end: { dateTime: '2026-03-10T11:00:00-03:00', timeZone: 'America/Sao_Paulo' },
    iCalUID: '68k0p6ackplecqs9fuvbs1fju0@google.com',
    sequence: 0,
    attendees: [{ email: 'guest@example.com', responseStatus: 'needsAction' }],
    extendedProperties: { private: { a: '1' } },
    reminders: { useDefault: false, overrides: [{ method: 'popup', minutes: 10 }] },
    eventType: 'default',
  }
}

const tombstone = (): object => ({
  kind: 'calendar#event',
  etag: '"3485816133011294"',
  id: '6pbua6vjeic3e73gvponeo1qp6',
  status: 'cancelled',
})

/** A list of events with a tombstone, the answer to a sync token. */
export function goodDelta(): ExchangeParts {
  const list = {
    kind: 'calendar#events',
    etag: '"p32fttgkdgag8o0o"',
    summary: 'pro@example.com',
    description: '',
    updated: '2026-03-01T12:00:00.252Z',
    timeZone: 'America/Sao_Paulo',
    accessRole: 'owner',
    defaultReminders: [{ method: 'popup', minutes: 30 }],
    nextSyncToken: 'CJ_ewo2CoIwDEJ_ewo2CoIwDGAUg79XP3wIo',
    items: [wholeEvent(), tombstone()],
  }
  return eventsAnswered(list, '?syncToken=abc&maxResults=250')
}

/** One event, read. */
export const goodGet = (): ExchangeParts => eventAnswered(wholeEvent())

/** An insertion. */
export function goodInsert(): ExchangeParts {
  const { summary, start, end, reminders } = wholeEvent()
  return {
    ...goodGet(),
    calendarMethod: 'calendar.events.insert',
    method: 'POST',
    target: `${EVENTS}?sendUpdates=all&conferenceDataVersion=1`,
    requestBody: { summary, start, end, reminders },
  }
}

/** A patch that clears a member and moves the start without repeating the zone. */
export function goodPatch(): ExchangeParts {
  return {
    ...goodGet(),
    calendarMethod: 'calendar.events.patch',
    method: 'PATCH',
    target: `${EVENTS}/abcdef`,
    requestBody: { description: null, start: { dateTime: '2026-03-10T10:00:00' } },
  }
}

/** A deletion. */
export function goodDelete(): ExchangeParts {
  return {
    calendarMethod: 'calendar.events.delete',
    method: 'DELETE',
    target: `${EVENTS}/abcdef`,
    status: 204,
    headers: {},
  }
}

/** An answer that the caller has the event already. */
export function goodUnchanged(): ExchangeParts {
  return { ...goodGet(), status: 304, headers: {}, body: undefined }
}

/** A new watch channel. */
export function goodWatch(): ExchangeParts {
  return {
    ...answered('calendar.events.watch', `${EVENTS}/watch`, {
      kind: 'api#channel',
      id: '01234567',
      resourceId: 'o3hgv1538sdjfh',
      resourceUri: 'https://www.googleapis.com/calendar/v3/calendars/primary/events?alt=json',
      token: 'secret',
      expiration: '1426325213000',
    }),
    method: 'POST',
    requestBody: { id: '01234567', type: 'web_hook', address: 'https://example.com/n', token: 'secret' },
  }
}

/** A free/busy answer that names a calendar nobody can read. */
export function goodFreeBusy(): ExchangeParts {
  const range = { timeMin: '2026-03-10T00:00:00Z', timeMax: '2026-03-11T00:00:00Z' }
  const busy = [{ start: '2026-03-10T13:00:00Z', end: '2026-03-10T14:00:00Z' }]
  return {
    ...answered('calendar.freebusy.query', '/calendar/v3/freeBusy', {
      kind: 'calendar#freeBusy',
      ...range,
      calendars: {
        primary: { busy },
        stranger: { busy: [], errors: [{ domain: 'global', reason: 'notFound' }] },
      },
    }),
    method: 'POST',
    requestBody: { ...range, items: [{ id: 'primary' }, { id: 'stranger' }] },
  }
}

/** The calendar list. */
export function goodCalendarList(): ExchangeParts {
  return answered('calendar.calendarList.list', '/calendar/v3/users/me/calendarList', {
    kind: 'calendar#calendarList',
    etag: '"p32g9nb5bt6fva0g"',
    nextSyncToken: 'CKCbrKvpn_UCEhh0eWxlci5oaXR6ZW1hbkBnbWFpbC5jb20=',
    items: [
      {
        kind: 'calendar#calendarListEntry',
        etag: '"1584898445541000"',
        id: 'pro@example.com',
        summary: 'pro@example.com',
        timeZone: 'America/Sao_Paulo',
        colorId: '7',
        selected: true,
        accessRole: 'owner',
        primary: true,
        defaultReminders: [],
      },
    ],
  })
}

/** A sharing rule, stored. */
export function goodAclInsert(): ExchangeParts {
  const rule = { role: 'reader', scope: { type: 'user', value: 'friend@example.com' } }
  return {
    ...answered('calendar.acl.insert', '/calendar/v3/calendars/primary/acl', {
      kind: 'calendar#aclRule',
      etag: '"00001722248215440000"',
      id: 'user:friend@example.com',
      ...rule,
    }),
    method: 'POST',
    requestBody: rule,
  }
}

/** A refusal in the back-end envelope. */
export function goodRefusal(): ExchangeParts {
  const message = 'Precondition Failed'
  const entry = {
    domain: 'global',
    reason: 'conditionNotMet',
    message,
    locationType: 'header',
    location: 'If-Match',
  }
  return { ...goodPatch(), status: 412, body: { error: { errors: [entry], code: 412, message } } }
}

/** A refusal in the front-end envelope. */
export function goodScopeRefusal(): ExchangeParts {
  const entry = { message: 'Insufficient Permission', domain: 'global', reason: 'insufficientPermissions' }
  const details = [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'X' }]
  const error = { code: 403, message: 'Scopes.', errors: [entry], status: 'PERMISSION_DENIED', details }
  return { ...goodGet(), status: 403, body: { error } }
}

/** A token answer. */
export function goodToken(): ExchangeParts {
  return {
    ...answered('oauth.token', '/token', {
      access_token: 'ya29.x',
      expires_in: 3599,
      refresh_token: '1//0x',
      scope: 'https://www.googleapis.com/auth/calendar',
      token_type: 'Bearer',
    }),
    method: 'POST',
  }
}

/** A refusal of the token endpoint. */
export function goodTokenRefusal(): ExchangeParts {
  const body = { error: 'invalid_grant', error_description: 'Bad Request' }
  return { ...goodToken(), status: 400, body }
}

/** Two calls in a batch, the second refused. */
export function goodBatch(): ExchangeParts {
  const call = (id: string): string =>
    `Content-Type: application/http\r\nContent-ID: <${id}>\r\n\r\nGET /calendar/v3/colors HTTP/1.1\r\n\r\n`
  const part = (id: string, status: string): string =>
    `Content-Type: application/http\r\nContent-ID: <response-${id}>\r\n\r\nHTTP/1.1 ${status}\r\n\r\n{}`
  return {
    calendarMethod: 'calendar.batch',
    method: 'POST',
    target: '/batch/calendar/v3',
    requestHeaders: { 'content-type': 'multipart/mixed; boundary="ask"' },
    requestBody: `--ask\r\n${call('a')}\r\n--ask\r\n${call('b')}\r\n--ask--`,
    status: 200,
    headers: { 'content-type': 'multipart/mixed; boundary=batch_x' },
    body: `--batch_x\r\n${part('a', '200 OK')}\r\n--batch_x\r\n${part('b', '404 Not Found')}\r\n--batch_x--`,
  }
}
