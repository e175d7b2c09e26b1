import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createGoogleEmulator } from 'appointment-sync/testing/emulator'
import { connected } from './connected.ts'
import { scopesOpening } from '../../src/testing/emulator/scopes.ts'
import { answer, asked, HTML, parts, query } from './discovery/changes.ts'
import { ABSENT, DOCUMENT, problemsOf } from './discovery/checked.ts'
import { FIXTURES } from './discovery/document.ts'
import {
  answered,
  eventAnswered,
  eventsAnswered,
  refusedWith,
  tokenRefused,
  type ExchangeParts,
} from './discovery/exchange-builders.ts'
import * as good from './discovery/good-exchanges.ts'
import { createSchemaCheck, describedValues } from './discovery/json-schema.ts'
import { allowStrays, takeProblems } from './discovery/watched-traffic.ts'

type Json = Record<string, unknown>

function recording(name: string): Json {
  return JSON.parse(readFileSync(`${FIXTURES}google-events/${name}`, 'utf8')) as Json
}

const recordings = ABSENT
  ? []
  : readdirSync(`${FIXTURES}google-events`).filter((name) => name.endsWith('.json'))

/** What the recordings have that Google's document has not: left there by those who recorded or wrote them. */
const ARTEFACTS: Readonly<Record<string, readonly RegExp[]>> = {
  'compass.allday.json': [/unknown member private$/],
}

function strange(name: string, problems: readonly string[]): string[] {
  const known = ARTEFACTS[name] ?? []
  return problems.filter((problem) => !known.some((pattern) => pattern.test(problem)))
}

function recordedExchange(value: unknown): ExchangeParts[] {
  if (Array.isArray(value)) return value.flatMap(recordedExchange)
  const { kind, status, body } = value as Json
  if (kind === 'calendar#events') return [eventsAnswered(value)]
  if (kind === 'calendar#event') return [eventAnswered(value)]
  if (kind === 'calendar#calendarList') {
    return [answered('calendar.calendarList.list', '/calendar/v3/users/me/calendarList', value)]
  }
  const isOAuth = typeof (body as Json)['error'] === 'string'
  return [(isOAuth ? tokenRefused : refusedWith)(Number(status), body)]
}

describe.skipIf(ABSENT)('what Google really answered', () => {
  test.each(recordings.filter((name) => name.startsWith('compass.')))('%s passes', (name) => {
    const exchanges = Object.values(recording(name)).flatMap(recordedExchange)
    expect(exchanges.length).toBeGreaterThan(0)
    expect(strange(name, exchanges.flatMap(problemsOf))).toEqual([])
  })

  test('hand-written events of another project have the right shapes', () => {
    const schemas = createSchemaCheck(DOCUMENT)
    const events = Object.values(recording('gdata-provider.json')) as Json[]
    const problems = events
      .filter(({ kind }) => kind === 'calendar#event')
      .flatMap((event) => schemas.problems('answer', 'Event', event))
    // That project calls the member iconUrl; Google calls it iconLink.
    expect(problems).toEqual(['/attachments/0: unknown member iconUrl'])
    const tasks = events.filter(({ kind }) => kind === 'tasks#task')
    expect(tasks.every((task) => schemas.problems('answer', 'Event', task).length > 0)).toBe(true)
  })
})

const GOOD = Object.entries(good).filter(([name]) => name.startsWith('good'))

describe.skipIf(ABSENT)('an exchange as Google would have it', () => {
  test.each(GOOD)('%s passes', (_name, build) => {
    expect(problemsOf(build() as ExchangeParts)).toEqual([])
  })

  test.each<[string, ExchangeParts]>([
    [
      'a field mask may leave out every member',
      query('fields=items(id)')(answer('kind', undefined)(good.goodDelta())),
    ],
    [
      'a list ordered by start may lack a token',
      query('orderBy=updated')(answer('nextSyncToken', undefined)(good.goodDelta())),
    ],
    ['a deleted event read alone keeps its details', answer('status', 'cancelled')(good.goodGet())],
    [
      'with showDeleted a deleted event keeps its details',
      query('showDeleted=true')(answer('items.0.status', 'cancelled')(good.goodDelta())),
    ],
    [
      'POST may stand for PATCH',
      parts({ method: 'POST', requestHeaders: { 'X-HTTP-Method-Override': 'PATCH' } })(good.goodPatch()),
    ],
    [
      'the edge may answer 503 in HTML',
      parts({ status: 503, headers: HTML, body: '<html>' })(good.goodGet()),
    ],
    [
      'a repeatable parameter is repeated',
      query('eventTypes=default&eventTypes=focusTime')(good.goodDelta()),
    ],
    [
      'a dateTime without offset has its zone beside it',
      asked('start', { dateTime: '2026-03-10T10:00:00', timeZone: 'UTC' })(good.goodInsert()),
    ],
    [
      'parameters of every method are known',
      query('alt=json&prettyPrint=false&quotaUser=u&key=k')(good.goodGet()),
    ],
  ])('%s', (_name, exchange) => {
    expect(problemsOf(exchange)).toEqual([])
  })
})

describe.skipIf(ABSENT)('the document', () => {
  test('every schema compiles for every purpose', () => {
    const schemas = createSchemaCheck(DOCUMENT)
    for (const name of Object.keys(DOCUMENT.schemas)) {
      for (const purpose of ['answer', 'masked', 'body', 'patch'] as const) {
        expect(() => schemas.problems(purpose, name, {})).not.toThrow()
      }
    }
  })

  test('its descriptions enumerate values, and an open list is none', () => {
    expect(describedValues(DOCUMENT.schemas['Event']?.properties?.['visibility']?.description)).toEqual([
      'default',
      'public',
      'private',
      'confidential',
    ])
    expect(describedValues(DOCUMENT.schemas['Error']?.properties?.['reason']?.description)).toBeNull()
    expect(describedValues('The location. Optional.')).toBeNull()
  })
})

describe.skipIf(ABSENT)('the emulator against the document', () => {
  test.each(DOCUMENT.methods)(
    '$id is a method, and asks for a token first',
    async ({ id, httpMethod, path }) => {
      const seen: string[] = []
      await using google = await createGoogleEmulator({
        observe: ({ calendarMethod }) => void seen.push(calendarMethod),
      })
      const target = path.replaceAll(/\{\w+\}/g, 'something')
      const { status } = await google.fetch(`${google.url}${DOCUMENT.servicePath}${target}`, {
        method: httpMethod,
      })
      expect([status, ...seen]).toEqual([401, id])
    },
  )

  test.each(DOCUMENT.methods)(
    '$id opens to the scopes of the document and to no other',
    ({ id, scopes = [] }) => {
      const all = [...new Set(DOCUMENT.methods.flatMap((method) => method.scopes ?? []))]
      expect(all).toHaveLength(17)
      expect(all.filter((scope) => scopesOpening(id, [scope]).length > 0).sort()).toEqual([...scopes].sort())
    },
  )
})

describe.skipIf(ABSENT)('the emulator in the tests', () => {
  async function askForColours(parameters: string): Promise<number> {
    await using run = await connected()
    const headers = { authorization: `Bearer ${run.oauth.credentials.access_token}` }
    const { status } = await run.google.fetch(`${run.google.url}/calendar/v3/colors${parameters}`, {
      headers,
    })
    return status
  }

  test('its traffic is watched: a stray parameter is found', async () => {
    expect(await askForColours('?colour=red')).toBe(200)
    expect(takeProblems()).toEqual([expect.stringContaining('query colour: unknown parameter')])
  })

  test.fails('what is found fails the test in which it was sent', async () => {
    expect(await askForColours('?colour=red')).toBe(200)
  })

  test('what a test allows is not found', async () => {
    allowStrays(/colour/)
    expect(await askForColours('?colour=red')).toBe(200)
    expect(takeProblems()).toEqual([])
  })

  test('a fault with a body of its own is not found', async () => {
    await using google = await createGoogleEmulator()
    google.faults.failNext({ status: 418, body: { error: { hand: 'made' } } })
    await google.fetch(`${google.url}/calendar/v3/colors`)
    expect(takeProblems()).toEqual([])
  })

  test('an observer of the test’s own is called as well', async () => {
    const seen: string[] = []
    await using google = await createGoogleEmulator({
      observe: ({ calendarMethod }) => void seen.push(calendarMethod),
    })
    await google.fetch(`${google.url}/calendar/v3/colors`)
    expect(seen).toEqual(['calendar.colors.get'])
  })
})
