import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Temporal } from 'temporal-polyfill'
import type { Appointment } from 'appointment-sync'
import { fromGoogleEvent } from '../../src/google/event-mapping.ts'
import { type Clinic, onlyEvent, openClinic, owner, spanOf } from './clinic.ts'

/** Reads what changed since the clinic was opened, wherever it lies; nothing is told of it. */
async function readBack(clinic: Clinic, events: number): Promise<void> {
  expect(await clinic.sync.pullFromGoogle(owner)).toMatchObject({ mode: 'incremental', events, echoes: 0 })
  expect(clinic.book.told).toEqual([])
}

/** A clinic that has been read once, so that the next pull reads what changes from now on. */
async function openRead(...options: Parameters<typeof openClinic>): Promise<Clinic> {
  const clinic = await openClinic(...options)
  await clinic.sync.pullFromGoogle(owner)
  return clinic
}

const inBook = (clinic: Clinic, id = 'a1'): Appointment | undefined => clinic.book.appointments.get(id)

describe('whole days', () => {
  it.each([
    ['one day', '2026-05-05', '2026-05-06'],
    ['several days', '2026-05-05', '2026-05-09'],
    ['a day on which clocks change', '2018-11-04', '2018-11-05'],
    ['over the end of a year', '2026-12-31', '2027-01-02'],
    ['a leap day', '2028-02-29', '2028-03-01'],
  ])(
    '%s stand with an exclusive end, and come back as they went (thunderbird/appointment#580)',
    async (_, start, end) => {
      await using clinic = await openRead()
      await clinic.push('a1', { allDay: true, start, end })
      const event = onlyEvent(clinic.hand)
      expect([event['start'], event['end']]).toEqual([{ date: start }, { date: end }])
      clinic.hand.patch(event.id, { colorId: '3' })
      await readBack(clinic, 1)
    },
  )

  it('become a time and days again, from either side', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1')
    await clinic.push('a1', { allDay: true, start: '2026-05-06', end: '2026-05-07' })
    expect(onlyEvent(clinic.hand)['start']).toEqual({ date: '2026-05-06' })
    const timed = { allDay: false, start: '2026-05-06T09:00:00-03:00', end: '2026-05-06T10:00:00-03:00' }
    await clinic.push('a1', timed)
    expect(spanOf(onlyEvent(clinic.hand))).toEqual(['2026-05-06T12:00:00.000Z', '2026-05-06T13:00:00.000Z'])
    await clinic.sync.pullFromGoogle(owner)
    clinic.clock.advance(1000)
    const { id } = onlyEvent(clinic.hand)
    const dropped = { dateTime: null, timeZone: null }
    clinic.hand.patch(id, {
      start: { date: '2026-05-08', ...dropped },
      end: { date: '2026-05-10', ...dropped },
    })
    await clinic.sync.pullFromGoogle(owner)
    expect(clinic.book.told.at(-1)).toMatchObject({
      type: 'rescheduled',
      allDay: true,
      start: '2026-05-08',
      end: '2026-05-10',
    })
    clinic.clock.advance(1000)
    clinic.hand.patch(id, {
      start: { dateTime: '2026-05-08T08:00:00-03:00', date: null },
      end: { dateTime: '2026-05-08T08:30:00-03:00', date: null },
    })
    await clinic.sync.pullFromGoogle(owner)
    expect(clinic.book.told.at(-1)).toMatchObject({ allDay: false, start: new Date('2026-05-08T11:00:00Z') })
    expect(inBook(clinic)).toMatchObject({ allDay: false })
    expect(clinic.book.told).toHaveLength(2)
    expect(await clinic.sync.syncAppointmentToGoogle(inBook(clinic) as Appointment)).toMatchObject({
      status: 'skipped',
    })
  })

  it('without an end of their own last one day: half-open, so that the host can send it back', () => {
    const day = { id: 'x', start: { date: '2026-05-05' } }
    const oneDay = { fields: { time: { startDate: '2026-05-05', endDate: '2026-05-06' } } }
    expect(fromGoogleEvent({ ...day, endTimeUnspecified: true }, 'UTC')).toMatchObject(oneDay)
    expect(fromGoogleEvent({ ...day, end: { date: '2026-05-05' } }, 'UTC')).toMatchObject(oneDay)
  })

  it('that Samoa skipped are days like others: 30 December 2011 is no time of its own', async () => {
    await using clinic = await openClinic({ settings: { timeZone: 'Pacific/Apia' } })
    await clinic.push('a1', { allDay: true, start: '2011-12-30', end: '2011-12-31' })
    expect(onlyEvent(clinic.hand)['start']).toEqual({ date: '2011-12-30' })
    await clinic.push('a2', {
      start: '2011-12-29T23:30:00-10:00',
      end: '2011-12-31T00:30:00+14:00',
      timeZone: 'Pacific/Apia',
    })
    const night = clinic.hand.events().find(({ start }) => 'dateTime' in (start as object))
    expect(spanOf(night ?? {})).toEqual(['2011-12-30T09:30:00.000Z', '2011-12-30T10:30:00.000Z'])
  })
})

describe('a time', () => {
  it('of no length stands, and comes back so', async () => {
    await using clinic = await openRead()
    const at = '2026-05-05T09:00:00-03:00'
    await clinic.push('a1', { start: at, end: at })
    expect(spanOf(onlyEvent(clinic.hand))).toEqual(['2026-05-05T12:00:00.000Z', '2026-05-05T12:00:00.000Z'])
    clinic.hand.patch(onlyEvent(clinic.hand).id, { colorId: '3' })
    await readBack(clinic, 1)
  })

  it('over midnight, and over several days, keeps both its ends', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1', { start: '2026-05-05T22:00:00-03:00', end: '2026-05-08T01:00:00-03:00' })
    expect(spanOf(onlyEvent(clinic.hand))).toEqual(['2026-05-06T01:00:00.000Z', '2026-05-08T04:00:00.000Z'])
  })

  it('is sent with its offset and with its zone: the appointment’s, else the settings’', async () => {
    await using clinic = await openClinic({ settings: { timeZone: 'America/Sao_Paulo' } })
    await clinic.push('a1', { timeZone: 'Asia/Kathmandu' })
    await clinic.push('a2')
    const sent = clinic.google.requests.flatMap(({ requestBody }) => {
      const body = requestBody as { start?: { dateTime: string; timeZone: string } } | undefined
      return body?.start === undefined ? [] : [body.start]
    })
    expect(sent).toEqual([
      { dateTime: '2026-05-05T12:00:00.000Z', timeZone: 'Asia/Kathmandu' },
      { dateTime: '2026-05-05T12:00:00.000Z', timeZone: 'America/Sao_Paulo' },
    ])
  })

  it('shown in another zone, or by a calendar in another zone, is no change', async () => {
    const users = [{ email: 'maria@example.com', timeZone: 'Asia/Tokyo' }]
    await using clinic = await openRead({ emulator: { users } })
    await clinic.push('a1')
    clinic.hand.patch(onlyEvent(clinic.hand).id, {
      start: { dateTime: '2026-05-05T21:00:00+09:00', timeZone: 'Asia/Tokyo' },
      end: { dateTime: '2026-05-05T21:30:00+09:00', timeZone: 'Asia/Tokyo' },
    })
    await readBack(clinic, 1)
    expect(await clinic.push('a1', { timeZone: 'Europe/Lisbon' })).toMatchObject({ status: 'skipped' })
  })
})

describe('times that clocks skip or repeat', () => {
  /** The event as Google may give it: without an offset, for the zone says it. */
  const local = (dateTime: string, timeZone: string): unknown => {
    const time = { dateTime, timeZone }
    const event = fromGoogleEvent({ id: 'x', start: time, end: time }, 'UTC')
    return event?.cancelled === false && !event.fields.time.allDay
      ? new Date(event.fields.time.startMs).toISOString()
      : event
  }

  it.each([
    // Skipped: read with the offset before the gap (RFC 5545, 3.3.5), so later than the clock said.
    ['2018-11-04T00:30:00', 'America/Sao_Paulo', '2018-11-04T03:30:00.000Z'],
    ['2026-03-29T02:30:00', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
    ['2011-12-30T12:00:00', 'Pacific/Apia', '2011-12-30T22:00:00.000Z'],
    // Repeated: the first of the two.
    ['2019-02-16T23:30:00', 'America/Sao_Paulo', '2019-02-17T01:30:00.000Z'],
    ['2026-10-25T02:30:00', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
    // São Paulo has had no summer time since 2019.
    ['2026-01-15T12:00:00', 'America/Sao_Paulo', '2026-01-15T15:00:00.000Z'],
    ['2019-01-15T12:00:00', 'America/Sao_Paulo', '2019-01-15T14:00:00.000Z'],
    // Offsets of half and quarter hours.
    ['2026-05-05T12:00:00', 'Asia/Kolkata', '2026-05-05T06:30:00.000Z'],
    ['2026-05-05T12:00:00', 'Asia/Kathmandu', '2026-05-05T06:15:00.000Z'],
    ['2026-07-05T12:00:00', 'Australia/Lord_Howe', '2026-07-05T01:30:00.000Z'],
    // Morocco turns its clocks back for Ramadan.
    ['2024-03-20T12:00:00', 'Africa/Casablanca', '2024-03-20T12:00:00.000Z'],
    ['2024-05-20T12:00:00', 'Africa/Casablanca', '2024-05-20T11:00:00.000Z'],
  ])('%s in %s without an offset is %s', (dateTime, timeZone, instant) => {
    expect(local(dateTime, timeZone)).toBe(instant)
  })

  it.each([
    ['the first 23:30 of the night', '2019-02-16T23:30:00-02:00', '2019-02-17T01:30:00.000Z'],
    ['the second one', '2019-02-16T23:30:00-03:00', '2019-02-17T02:30:00.000Z'],
    ['one that the clocks skip', '2018-11-04T00:30:00-03:00', '2018-11-04T03:30:00.000Z'],
  ])('from the host are instants, by their offset: %s', async (_, start, instant) => {
    await using clinic = await openRead()
    const end = new Date(Date.parse(start) + 1_800_000)
    await clinic.push('a1', { start, end, timeZone: 'America/Sao_Paulo' })
    expect(spanOf(onlyEvent(clinic.hand))[0]).toBe(instant)
    clinic.hand.patch(onlyEvent(clinic.hand).id, { colorId: '3' })
    await readBack(clinic, 1)
  })
})

describe('no time is ever shifted (easyappointments#22, #171, #427; gcalendarsync#72)', () => {
  const zones = [
    'America/Sao_Paulo',
    'Africa/Casablanca',
    'Pacific/Apia',
    'Asia/Kathmandu',
    'Australia/Lord_Howe',
    'America/St_Johns',
    'Europe/Dublin',
    'Pacific/Chatham',
    'Asia/Tehran',
    'America/New_York',
    'Antarctica/Troll',
    'UTC',
  ]
  const MINUTE = 60_000
  const timed = fc.record({
    allDay: fc.constant(false),
    startMs: fc
      .integer({ min: Date.parse('2010-01-01') / MINUTE, max: Date.parse('2037-12-31') / MINUTE })
      .map((minutes) => minutes * MINUTE),
    minutes: fc.nat({ max: 3 * 24 * 60 }),
    timeZone: fc.constantFrom(...zones),
  })
  const days = fc.record({
    allDay: fc.constant(true),
    startMs: fc
      .integer({ min: Date.parse('2010-01-01') / 86_400_000, max: Date.parse('2037-12-31') / 86_400_000 })
      .map((day) => day * 86_400_000),
    days: fc.integer({ min: 1, max: 9 }),
    timeZone: fc.constantFrom(...zones),
  })
  type Time = Pick<Appointment, 'allDay' | 'start' | 'end' | 'timeZone'>
  const time: fc.Arbitrary<Time> = fc
    .oneof({ weight: 4, arbitrary: timed }, { weight: 1, arbitrary: days })
    .map((one) => {
      const { allDay, startMs, timeZone } = one
      if ('days' in one) {
        const start = Temporal.PlainDate.from(new Date(startMs).toISOString().slice(0, 10))
        return { allDay, start: start.toString(), end: start.add({ days: one.days }).toString(), timeZone }
      }
      return { allDay, start: new Date(startMs), end: new Date(startMs + one.minutes * MINUTE), timeZone }
    })

  it('1,200 random times in twelve zones go to Google and come back as no change', async () => {
    const seed = 20_260_505
    const times = fc.sample(time, { numRuns: 1200, seed })
    for (const [index, zone] of ['Asia/Kathmandu', 'America/Sao_Paulo', 'Pacific/Apia'].entries()) {
      const users = [{ email: 'maria@example.com', timeZone: zone }]
      await using clinic = await openRead({
        emulator: { users },
        settings: { timeZone: zones[index] ?? 'UTC' },
      })
      const mine = times.slice(index * 400, (index + 1) * 400)
      const ids = mine.map((_, n) => `t${String(n).padStart(3, '0')}`)
      for (const [n, id] of ids.entries()) await clinic.push(id, mine[n])
      expect(clinic.hand.events()).toHaveLength(400)
      // Every event comes back in the next list, as somebody's change of something else.
      for (const event of clinic.hand.events()) clinic.hand.patch(event.id, { colorId: '3' })
      await readBack(clinic, 400)
      const pushed = await Promise.all(
        ids.map((id) => clinic.sync.syncAppointmentToGoogle(inBook(clinic, id) as Appointment)),
      )
      expect(pushed.filter(({ status }) => status !== 'skipped')).toEqual([])
      const wanted = mine.map(({ allDay, start, end }) =>
        allDay === true ? [start, end] : [new Date(start).toISOString(), new Date(end).toISOString()],
      )
      const held = clinic.hand.events().map((event) => spanOf(event).join(' '))
      expect(held.toSorted()).toEqual(wanted.map((span) => span.join(' ')).toSorted())
    }
  }, 120_000)
})
