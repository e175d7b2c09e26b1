import { describe, expect, test } from 'vitest'
import { asked, parts, query, type Change } from './discovery/changes.ts'
import { ABSENT, problemsOf } from './discovery/checked.ts'
import type { ExchangeParts } from './discovery/exchange-builders.ts'
import * as good from './discovery/good-exchanges.ts'

describe.skipIf(ABSENT)('a broken request that passed is reported', () => {
  test.each<[string, () => ExchangeParts, Change, RegExp]>([
    ['an unknown parameter', good.goodDelta, query('limit=5'), /query limit: unknown parameter/],
    ['a parameter of another method', good.goodGet, query('sendUpdates=all'), /query sendUpdates: unknown/],
    ['a path parameter in the query', good.goodGet, query('eventId=x'), /query eventId: unknown/],
    [
      'an unknown value',
      good.goodInsert,
      parts({ target: '/calendar/v3/calendars/primary/events?sendUpdates=some' }),
      /query sendUpdates: must be one/,
    ],
    [
      'a boolean that is none',
      good.goodDelta,
      query('showDeleted=1'),
      /query showDeleted: must be true or false/,
    ],
    [
      'a number that is none',
      good.goodDelta,
      query('maxAttendees=many'),
      /query maxAttendees: must be integer/,
    ],
    [
      'a number below its minimum',
      good.goodDelta,
      query('maxAttendees=0'),
      /query maxAttendees: must be >= 1/,
    ],
    [
      'a number above its maximum',
      good.goodInsert,
      query('eventLabelVersion=2'),
      /query eventLabelVersion: must be <= 1/,
    ],
    [
      'a time without offset',
      good.goodDelta,
      query('timeMin=2026-03-10T10:00:00'),
      /query timeMin: must match format/,
    ],
    [
      'a parameter given twice',
      good.goodDelta,
      query('maxResults=1'),
      /query maxResults: given more than once/,
    ],
    [
      'an unknown kind of events',
      good.goodDelta,
      query('eventTypes=party'),
      /query eventTypes: must be one of/,
    ],
    [
      'a required parameter that is missing',
      good.goodGet,
      parts({
        calendarMethod: 'calendar.events.quickAdd',
        method: 'POST',
        target: '/calendar/v3/calendars/primary/events/quickAdd',
      }),
      /query text: required/,
    ],
    ['an unknown member', good.goodInsert, asked('title', 'x'), /request \/: unknown member title/],
    ['a member of another type', good.goodInsert, asked('summary', 1), /request \/summary: must be string/],
    [
      'an unknown visibility',
      good.goodPatch,
      asked('visibility', 'hidden'),
      /request \/visibility: must be one of/,
    ],
    [
      'null outside a patch',
      good.goodInsert,
      asked('description', null),
      /request \/description: must be string/,
    ],
    [
      'no start',
      good.goodInsert,
      asked('start', undefined),
      /request \/start: required by calendar.events.insert/,
    ],
    [
      'a rule without the kind of its scope',
      good.goodAclInsert,
      asked('scope.type', undefined),
      /request \/scope\/type: required/,
    ],
    [
      'a dateTime without offset or zone',
      good.goodInsert,
      asked('start', { dateTime: '2026-03-10T10:00:00' }),
      /request \/start\/dateTime: must match/,
    ],
    ['a body that is not JSON', good.goodPatch, parts({ requestBody: '{' }), /request \/: not JSON/],
    ['a body where there is none', good.goodGet, parts({ requestBody: { a: 1 } }), /takes no body/],
    [
      'a reminder as text',
      good.goodInsert,
      asked('reminders.overrides.0.minutes', '10'),
      /minutes: must be integer/,
    ],
    [
      'an expiration as number',
      good.goodWatch,
      asked('expiration', 1),
      /request \/expiration: must be string/,
    ],
  ])('%s', (_name, build, breakIt, expected) => {
    expect(problemsOf(breakIt(build()))).toEqual(expect.arrayContaining([expect.stringMatching(expected)]))
  })
})
