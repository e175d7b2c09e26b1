import { describe, expect, test } from 'vitest'
import { answer, HTML, parts, text, type Change } from './discovery/changes.ts'
import { ABSENT, problemsOf } from './discovery/checked.ts'
import type { ExchangeParts } from './discovery/exchange-builders.ts'
import * as good from './discovery/good-exchanges.ts'

describe.skipIf(ABSENT)('a broken answer is reported', () => {
  test.each<[string, () => ExchangeParts, Change, RegExp]>([
    ['a number as text', good.goodGet, answer('sequence', '0'), /\/sequence: must be integer/],
    ['a fraction for an int32', good.goodGet, answer('sequence', 0.5), /\/sequence: must be integer/],
    [
      'an int32 that is too large',
      good.goodGet,
      answer('sequence', 2 ** 31),
      /\/sequence: must match format "int32"/,
    ],
    ['text as a list', good.goodDelta, answer('items', 'none'), /\/items: must be array/],
    ['null for a member', good.goodGet, answer('description', null), /\/description: must be string/],
    ['a boolean as text', good.goodGet, answer('creator.self', 'true'), /\/creator\/self: must be boolean/],
    ['no kind', good.goodGet, answer('kind', undefined), /member kind is missing/],
    [
      'another kind',
      good.goodDelta,
      answer('items.0.kind', 'calendar#events'),
      /\/items\/0\/kind: must be calendar#event$/,
    ],
    ['no etag', good.goodGet, answer('etag', undefined), /\/etag: must be a quoted string/],
    [
      'an etag without quotes',
      good.goodDelta,
      answer('items.0.etag', '3485'),
      /\/items\/0\/etag: must be a quoted/,
    ],
    ['an unknown member', good.goodGet, answer('colour', '1'), /answer \/: unknown member colour/],
    [
      'an unknown member deep inside',
      good.goodDelta,
      answer('items.0.attendees.0.mail', 'x'),
      /attendees\/0: unknown member mail/,
    ],
    [
      'a property that is no text',
      good.goodGet,
      answer('extendedProperties.private.a', 1),
      /private\/a: must be string/,
    ],
    [
      'a third kind of properties',
      good.goodGet,
      answer('extendedProperties.secret', {}),
      /unknown member secret/,
    ],
    ['an unknown status', good.goodGet, answer('status', 'canceled'), /\/status: must be one of confirmed/],
    [
      'an unknown response',
      good.goodGet,
      answer('attendees.0.responseStatus', 'maybe'),
      /responseStatus: must be one of/,
    ],
    ['an unknown role', good.goodDelta, answer('accessRole', 'admin'), /\/accessRole: must be one of/],
    [
      'a date with a time',
      good.goodGet,
      answer('start', { date: '2026-03-10T10:00:00Z' }),
      /\/start\/date: must match format "date"/,
    ],
    [
      'a day that does not exist',
      good.goodGet,
      answer('start', { date: '2026-02-30' }),
      /\/start\/date: must match/,
    ],
    [
      'a dateTime without offset or zone',
      good.goodGet,
      answer('start', { dateTime: '2026-03-10T10:00:00' }),
      /\/start\/dateTime: must match format "date-time"/,
    ],
    [
      'a dateTime without offset beside a zone',
      good.goodGet,
      answer('start.dateTime', '2026-03-10T10:00:00'),
      /\/start\/dateTime: no offset/,
    ],
    [
      'a space before the time',
      good.goodGet,
      answer('updated', '2026-03-01 12:00:00Z'),
      /\/updated: must match/,
    ],
    [
      'a month without that day',
      good.goodGet,
      answer('start', { date: '2026-04-31' }),
      /\/start\/date: must match/,
    ],
    [
      'an answer from a path of nobody',
      good.goodGet,
      parts({ target: '/calendar/v4/colors' }),
      /is no method of the document/,
    ],
    ['an hour 24', good.goodGet, answer('updated', '2026-03-01T24:00:00Z'), /\/updated: must match format/],
    ['date beside dateTime', good.goodGet, answer('start.date', '2026-03-10'), /\/start: exactly one of/],
    ['start and end of two kinds', good.goodGet, answer('end', { date: '2026-03-11' }), /not of one kind/],
    ['no end', good.goodGet, answer('end', undefined), /\/end: always there/],
    ['no iCalUID', good.goodDelta, answer('items.0.iCalUID', undefined), /\/items\/0\/iCalUID: always there/],
    ['no id', good.goodDelta, answer('items.1.id', undefined), /\/items\/1\/id: always there/],
    ['no status', good.goodGet, answer('status', undefined), /\/status: always there/],
    ['an id outside a–v', good.goodGet, answer('id', 'wxyz12345'), /\/id: not an event id/],
    [
      'a default that is left out',
      good.goodGet,
      answer('transparency', 'opaque'),
      /transparency: opaque is left out/,
    ],
    [
      'overrides beside useDefault',
      good.goodGet,
      answer('reminders.useDefault', true),
      /overrides: never there/,
    ],
    [
      'an address in capitals',
      good.goodGet,
      answer('attendees.0.email', 'Guest@Example.com'),
      /not in lower case/,
    ],
    [
      'a property key that is too long',
      good.goodGet,
      answer('extendedProperties.private', { ['k'.repeat(45)]: '1' }),
      /longer than Google stores/,
    ],
    [
      'DTSTART in a rule',
      good.goodGet,
      answer('recurrence', ['DTSTART:20260310']),
      /\/recurrence\/0: not a line/,
    ],
    [
      'an instance without its original start',
      good.goodGet,
      answer('recurringEventId', 'abcdef'),
      /stand together/,
    ],
    ['a list without items', good.goodDelta, answer('items', undefined), /\/items: always there/],
    [
      'a list with both tokens',
      good.goodDelta,
      answer('nextPageToken', 'x'),
      /nextPageToken and nextSyncToken together/,
    ],
    [
      'a list with neither token',
      good.goodDelta,
      answer('nextSyncToken', undefined),
      /neither nextPageToken/,
    ],
    [
      'a tombstone with stray members',
      good.goodDelta,
      answer('items.1.summary', 'gone'),
      /\/items\/1\/summary: never there on a tombstone/,
    ],
    [
      'a cancelled instance without its original start',
      good.goodDelta,
      answer('items.1.recurringEventId', 'abcdef'),
      /\/items\/1\/originalStartTime: always there/,
    ],
    [
      'an int64 as number',
      good.goodWatch,
      answer('expiration', 1426325213000),
      /\/expiration: must be string/,
    ],
    [
      'an int64 that is none',
      good.goodWatch,
      answer('expiration', '1.4e12'),
      /\/expiration: must match format "int64"/,
    ],
    [
      'a channel without resourceId',
      good.goodWatch,
      answer('resourceId', undefined),
      /\/resourceId: always there/,
    ],
    [
      'a channel of another id',
      good.goodWatch,
      answer('id', 'other'),
      /\/id: other, but 01234567 was asked for/,
    ],
    [
      'a calendar missing from free/busy',
      good.goodFreeBusy,
      answer('calendars.stranger', undefined),
      /stranger was asked for/,
    ],
    [
      'event ids in free/busy',
      good.goodFreeBusy,
      answer('calendars.primary.busy.0.id', 'x'),
      /unknown member id/,
    ],
    [
      'primary: false',
      good.goodCalendarList,
      answer('items.0.primary', false),
      /\/items\/0\/primary: never there/,
    ],
    [
      'a list entry without zone',
      good.goodCalendarList,
      answer('items.0.timeZone', undefined),
      /\/items\/0\/timeZone: always there/,
    ],
    ['text in place of the resource', good.goodGet, parts({ body: 'ok' }), /answer \/: not JSON/],
    ['no body at all', good.goodGet, parts({ body: undefined }), /answer \/: must be object/],
    [
      'another content type',
      good.goodGet,
      parts({ headers: { 'content-type': 'application/json' } }),
      /content type application\/json/,
    ],
    [
      'an etag header of another version',
      good.goodGet,
      parts({ headers: { ...good.goodGet().headers, ETag: '"1"' } }),
      /etag of the header/,
    ],
    ['201 for an insertion', good.goodInsert, parts({ status: 201 }), /201 instead of 200/],
    ['200 for a deletion', good.goodDelete, parts({ status: 200 }), /200 instead of 204/],
    ['204 with a body', good.goodDelete, parts({ body: {} }), /a body in an answer of status 204/],
    ['304 with a body', good.goodUnchanged, parts({ body: {} }), /a body in an answer of status 304/],
    [
      'a path that is no method',
      good.goodGet,
      parts({ target: '/calendar/v3/calendars' }),
      /is no method of the document/,
    ],
    [
      'the name of another method',
      good.goodGet,
      parts({ calendarMethod: 'calendar.events.list' }),
      /but it is calendar.events.get/,
    ],
    [
      'an empty event id',
      good.goodGet,
      parts({ target: '/calendar/v3/calendars//events/abcdef' }),
      /is no method/,
    ],
    [
      'an error without errors',
      good.goodRefusal,
      answer('error.errors', undefined),
      /\/error: must have required property 'errors'/,
    ],
    [
      'an error with an empty list',
      good.goodRefusal,
      answer('error.errors', []),
      /\/error\/errors: must NOT have fewer than 1/,
    ],
    [
      'an error of another code',
      good.goodRefusal,
      answer('error.code', 400),
      /\/error\/code: 400 in an answer of status 412/,
    ],
    [
      'an error entry without reason',
      good.goodRefusal,
      answer('error.errors.0.reason', undefined),
      /required property 'reason'/,
    ],
    [
      'a reason of another domain',
      good.goodRefusal,
      answer('error.errors.0.domain', 'calendar'),
      /domain: calendar for conditionNotMet/,
    ],
    [
      'a reason with another status',
      good.goodRefusal,
      answer('error.errors.0.reason', 'notFound'),
      /reason: notFound with 412/,
    ],
    [
      'a location without its type',
      good.goodRefusal,
      answer('error.errors.0.locationType', undefined),
      /must have property locationType/,
    ],
    [
      'a stray member of the envelope',
      good.goodRefusal,
      answer('error.reason', 'x'),
      /\/error: unknown member reason/,
    ],
    [
      'an envelope in another order',
      good.goodRefusal,
      answer('error', {
        code: 412,
        message: 'm',
        errors: [{ domain: 'global', reason: 'conditionNotMet', message: 'm' }],
      }),
      /members in the order/,
    ],
    [
      'a front-end status of another code',
      good.goodScopeRefusal,
      answer('error.status', 'NOT_FOUND'),
      /\/error\/status: NOT_FOUND/,
    ],
    [
      'a detail without a type',
      good.goodScopeRefusal,
      answer('error.details', [{}]),
      /required property '@type'/,
    ],
    [
      'an OAuth error from the Calendar API',
      good.goodRefusal,
      parts({ body: { error: 'invalid' } }),
      /must be object/,
    ],
    [
      'a Calendar error from the token endpoint',
      good.goodTokenRefusal,
      parts({ body: good.goodRefusal().body }),
      /\/error: must be string/,
    ],
    [
      'a stray member of an OAuth error',
      good.goodTokenRefusal,
      answer('message', 'x'),
      /unknown member message/,
    ],
    ['a token answer without scope', good.goodToken, answer('scope', undefined), /member scope is missing/],
    [
      'a life of a token as text',
      good.goodToken,
      answer('expires_in', '3599'),
      /\/expires_in: must be number/,
    ],
    [
      'a refusal in HTML',
      good.goodRefusal,
      parts({ headers: HTML, body: '<html>' }),
      /content type text\/html/,
    ],
  ])('%s', (_name, build, breakIt, expected) => {
    expect(problemsOf(breakIt(build()))).toEqual(expect.arrayContaining([expect.stringMatching(expected)]))
  })
})

describe.skipIf(ABSENT)('a broken frame of a batch is reported', () => {
  test.each<[string, Change, RegExp]>([
    [
      'a part too few',
      text(
        '\r\n--batch_x\r\nContent-Type: application/http\r\nContent-ID: <response-b>\r\n\r\nHTTP/1.1 404 Not Found\r\n\r\n{}',
        '',
      ),
      /1 parts for 2 calls/,
    ],
    ['parts in another order', text('response-a', 'response-b'), /part 0: Content-ID <response-b>/],
    ['a part named like its call', text('response-', ''), /Content-ID <a>, but <response-a> was due/],
    [
      'a part without a status line',
      text('HTTP/1.1 404 Not Found', 'X-Status: 404'),
      /part 1: no status line/,
    ],
    ['a part of another type', text('application/http', 'text/plain'), /part 0: not application\/http/],
    ['no closing boundary', text('--batch_x--', ''), /no closing boundary/],
    [
      'JSON in place of parts',
      parts({ headers: { 'content-type': 'application/json; charset=UTF-8' } }),
      /content type application\/json/,
    ],
    ['another status', parts({ status: 207 }), /207 instead of 200/],
  ])('%s', (_name, breakIt, expected) => {
    expect(problemsOf(breakIt(good.goodBatch()))).toEqual(
      expect.arrayContaining([expect.stringMatching(expected)]),
    )
  })
})
