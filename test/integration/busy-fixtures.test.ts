import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { Temporal } from 'temporal-polyfill'
import { type Clinic, openClinic, owner } from './clinic.ts'

const fixtures = fileURLToPath(new URL('../../../shared/fixtures/google-events/', import.meta.url))
const present = existsSync(fixtures)
if (!present) console.info('skipped: no ../shared/fixtures, so no events that Google really gave are pulled')

interface GivenTime {
  readonly date?: string
  readonly dateTime?: string
  readonly timeZone?: string
}

interface GivenEvent {
  readonly kind: string
  readonly id: string
  readonly status?: string
  readonly start?: GivenTime
  readonly end?: GivenTime
  readonly recurrence?: readonly string[]
  readonly recurringEventId?: string
  readonly originalStartTime?: GivenTime
  readonly transparency?: string
}

/** Answers of `events.list`, or what was kept of them: events under one name. */
interface Answer {
  readonly name: string
  readonly timeZone: string
  readonly items: readonly GivenEvent[]
}

const isEvent = (value: unknown): value is GivenEvent =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'calendar#event'

/** A recording holds an answer, a list of events, or events by name. */
function answersIn(name: string, value: unknown): Answer[] {
  if (typeof value !== 'object' || value === null) return []
  const given = value as { readonly items?: unknown; readonly timeZone?: string }
  const items = Array.isArray(value) ? value : given.items
  if (Array.isArray(items)) {
    const events = items.filter(isEvent)
    return events.length === 0 ? [] : [{ name, timeZone: given.timeZone ?? 'UTC', items: events }]
  }
  const single = Object.values(value).filter(isEvent)
  if (single.length > 0) return [{ name, timeZone: 'UTC', items: single }]
  return Object.entries(value).flatMap(([key, inner]) => answersIn(`${name} ${key}`, inner))
}

const answers = present
  ? readdirSync(fixtures)
      .filter((name) => name.endsWith('.json'))
      .flatMap((name) => answersIn(name, JSON.parse(readFileSync(fixtures + name, 'utf8'))))
  : []

function instantOf({ date, dateTime = '', timeZone }: GivenTime, zone: string): number {
  if (date !== undefined) return Temporal.PlainDate.from(date).toZonedDateTime(zone).epochMilliseconds
  if (/(Z|[+-]\d\d:\d\d)$/.test(dateTime)) return Date.parse(dateTime)
  return Temporal.PlainDateTime.from(dateTime).toZonedDateTime(timeZone ?? zone).epochMilliseconds
}

function spanOf({ start = {}, end = start }: GivenEvent, zone: string): [number, number] {
  return [instantOf(start, zone), instantOf(end, zone)]
}

/** The instances of the daily series of the recordings, as Google names them, with the changed ones in their place. */
function instancesOf(answer: Answer, master: GivenEvent): GivenEvent[] {
  const changed = answer.items.filter(({ recurringEventId }) => recurringEventId === master.id)
  const rule = master.recurrence?.[0] ?? ''
  if (!rule.startsWith('RRULE:FREQ=DAILY')) return changed.filter(({ status }) => status !== 'cancelled')
  const [, until] = /UNTIL=(\w+)/.exec(rule) ?? []
  const untilMs = until === undefined ? Infinity : Temporal.Instant.from(until).epochMilliseconds
  const zone = master.start?.timeZone ?? answer.timeZone
  const [firstMs, endMs] = spanOf(master, answer.timeZone)
  const first = Temporal.Instant.fromEpochMilliseconds(firstMs).toZonedDateTimeISO(zone)
  const instances: GivenEvent[] = []
  for (let days = 0; days < 200; days += 1) {
    const at = first.add({ days })
    if (at.epochMilliseconds > untilMs) break
    const id = `${master.id}_${new Date(at.epochMilliseconds).toISOString().replaceAll(/[-:]|\.000/g, '')}`
    const exception = changed.find((one) => one.id === id)
    if (exception?.status === 'cancelled') continue
    const end = at.add({ milliseconds: endMs - firstMs })
    const times = {
      start: { dateTime: at.toInstant().toString() },
      end: { dateTime: end.toInstant().toString() },
    }
    instances.push(exception ?? { kind: 'calendar#event', id, recurringEventId: master.id, ...times })
  }
  return instances
}

/** What a person would say is busy: every confirmed opaque event, and of a series its instances. */
function expected(answer: Answer): [number, number][] {
  const live = answer.items.filter(
    ({ status, transparency }) => status !== 'cancelled' && transparency !== 'transparent',
  )
  const masters = live.filter(({ recurrence }) => recurrence !== undefined)
  const known = new Set(masters.map(({ id }) => id))
  const single = live.filter(
    (event) => event.recurrence === undefined && !known.has(event.recurringEventId ?? ''),
  )
  return [...single, ...masters.flatMap((master) => instancesOf(answer, master))].map((event) =>
    spanOf(event, answer.timeZone),
  )
}

/** Google, answering with a recording where events are listed; everything else is the emulator's. */
function replaying(
  clinic: { answer: Answer; deleted: boolean; written: string[] },
  emulator: typeof fetch,
): typeof fetch {
  const body = (value: object): Response =>
    Response.json({ kind: 'calendar#events', accessRole: 'owner', ...value })
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    const method = init?.method ?? 'GET'
    const { answer } = clinic
    if (url.pathname.includes('/batch/')) return replayBatch(answer, init)
    if (!url.pathname.includes('/calendars/')) return emulator(input, init)
    if (method !== 'GET') clinic.written.push(`${method} ${url.pathname}`)
    const [, eventId] = /events\/([^/]+)\/instances$/.exec(url.pathname) ?? []
    if (eventId !== undefined) return instances(answer, decodeURIComponent(eventId), url, body)
    const tombstones = answer.items.map(({ kind, id }) => ({ kind, id, etag: '"2"', status: 'cancelled' }))
    return body({
      timeZone: answer.timeZone,
      items: clinic.deleted ? tombstones : answer.items,
      nextSyncToken: 'next',
    })
  }
}

function instances(answer: Answer, id: string, url: URL, body: (value: object) => Response): Response {
  const master = answer.items.find((event) => event.id === id && event.status !== 'cancelled')
  if (master === undefined) {
    const error = { code: 404, message: 'Not Found', errors: [{ domain: 'global', reason: 'notFound' }] }
    return Response.json({ error }, { status: 404 })
  }
  const bound = (name: string): number => Date.parse(url.searchParams.get(name) ?? '')
  const items = instancesOf(answer, master).filter((event) => {
    const [from, to] = spanOf(event, answer.timeZone)
    return from < bound('timeMax') && to >= bound('timeMin')
  })
  return body({ timeZone: answer.timeZone, items })
}

/** Questions about several series come as one batch. */
async function replayBatch(answer: Answer, init: RequestInit | undefined): Promise<Response> {
  const text = await new Response(init?.body).text()
  const boundary = 'replayed'
  const parts = [
    ...text.matchAll(/content-id:\s*<?([^>\s]+)>?[\s\S]*?\r?\n(?:GET|POST|PATCH|DELETE) (\S+)/gi),
  ]
  const written = parts.map(async ([, contentId = '', path = '']) => {
    const url = new URL(path, 'https://www.googleapis.com')
    const [, id = ''] = /events\/([^/]+)\/instances$/.exec(url.pathname) ?? []
    const body = (value: object): Response => Response.json({ kind: 'calendar#events', ...value })
    const response = instances(answer, decodeURIComponent(id), url, body)
    const head = `HTTP/1.1 ${response.status} OK\r\nContent-Type: application/json`
    return `--${boundary}\r\nContent-Type: application/http\r\nContent-ID: <response-${contentId}>\r\n\r\n${head}\r\n\r\n${await response.text()}\r\n`
  })
  const whole = `${(await Promise.all(written)).join('')}--${boundary}--\r\n`
  return new Response(whole, { headers: { 'Content-Type': `multipart/mixed; boundary=${boundary}` } })
}

/** A clinic on the day of the answer's first event, whose calendar is the recording. */
async function replay(
  answer: Answer,
  work: (clinic: Clinic, google: { deleted: boolean; written: string[] }) => Promise<void>,
): Promise<void> {
  const dated = answer.items.find(({ start }) => start !== undefined)
  const dayMs = dated === undefined ? Date.parse('2021-11-20T00:00:00Z') : spanOf(dated, answer.timeZone)[0]
  const google = { answer, deleted: false, written: [] as string[] }
  await using clinic = await openClinic({
    settings: { syncPastDays: 365, syncFutureDays: 300 },
    startMs: dayMs,
    googleFetch: (emulator) => replaying(google, emulator),
  })
  await work(clinic, google)
}

describe.skipIf(!present)('events that Google really gave', () => {
  it.each(answers.map((answer) => [answer.name, answer] as const))('%s', async (_, answer) => {
    await replay(answer, async (clinic, google) => {
      expect(await clinic.sync.pullFromGoogle(owner)).toMatchObject({
        status: 'success',
        events: answer.items.length,
        echoes: 0,
        applied: 0,
        conflicts: 0,
      })
      const nowMs = clinic.clock.now()
      const range = { from: new Date(nowMs - 360 * 86_400_000), to: new Date(nowMs + 5 * 86_400_000) }
      const known = await clinic.sync.availability.busy(owner, { ...range, titles: true })
      if (known.status !== 'known') throw new Error(known.error.message)
      const inRange = expected(answer)
        .filter(([from, to]) => from < range.to.getTime() && to >= range.from.getTime())
        .map(([from, to]) => [from, Math.min(to, range.to.getTime())])
        .sort(([a = 0], [b = 0]) => a - b)
      expect(known.events?.map(({ start, end }) => [start.getTime(), end.getTime()])).toEqual(inRange)
      expect(known.busy.length > 0).toBe(inRange.length > 0)

      google.deleted = true
      await clinic.sync.pullFromGoogle(owner)
      expect(await clinic.sync.availability.busy(owner, range)).toMatchObject({ status: 'known', busy: [] })
      expect(google.written).toEqual([])
      expect(clinic.book.told).toEqual([])
      expect((await clinic.sync.logs.list({ tenantId: owner.tenantId, status: 'failed' })).items).toEqual([])
    })
  })

  it('there are enough of them, and of each kind', () => {
    const items = answers.flatMap((answer) => answer.items)
    expect(items.length).toBeGreaterThan(30)
    for (const kind of ['recurrence', 'recurringEventId', 'transparency'] as const) {
      expect(items.some((event) => event[kind] !== undefined)).toBe(true)
    }
    expect(items.filter(({ status }) => status === 'cancelled').length).toBeGreaterThan(2)
  })
})
