import { describe, expect, it } from 'vitest'
import type { AvailabilityResult } from 'appointment-sync'
import { ACCOUNT, type Clinic, onlyEvent, openClinic, OTHER_ACCOUNT, owner } from './clinic.ts'

const HOUR = 3_600_000
const WORK = 'work@group.calendar.google.com'
const day = { from: '2026-05-05T00:00:00-03:00', to: '2026-05-06T00:00:00-03:00' }
const month = { from: '2026-05-04T00:00:00-03:00', to: '2026-06-03T00:00:00-03:00' }

const at = (from: string, to: string): object => ({
  start: { dateTime: `2026-05-05T${from}:00-03:00`, timeZone: 'America/Sao_Paulo' },
  end: { dateTime: `2026-05-05T${to}:00-03:00`, timeZone: 'America/Sao_Paulo' },
})

/** So many tries a request is given. */
const TRIES = 3
const INSTANCES = { path: '/instances' }

/** The busy times as texts; fails on an answer that is not known. */
function spans(answer: AvailabilityResult): string[] {
  if (answer.status !== 'known') throw new Error(`${answer.error.code}: ${answer.error.message}`)
  return answer.busy.map(({ start, end }) => `${start.toISOString()}/${end.toISOString()}`)
}

async function busy(
  clinic: Clinic,
  range: { from: string; to: string } = day,
  more: object = {},
): Promise<string[]> {
  return spans(await clinic.sync.availability.busy(owner, { ...range, ...more }))
}

const MORNING = '2026-05-05T12:00:00.000Z/2026-05-05T13:00:00.000Z'

describe('what makes busy', () => {
  it('events that are not ours do, merged; an appointment of the owner’s own does not', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1', { start: '2026-05-05T15:00:00-03:00', end: '2026-05-05T16:00:00-03:00' })
    clinic.hand.insert({ ...at('09:00', '09:40'), summary: 'Dentist' })
    clinic.hand.insert(at('09:30', '10:00'))
    await clinic.sync.pullFromGoogle(owner)
    clinic.calls()
    const answer = await clinic.sync.availability.busy(owner, day)
    expect(answer).toEqual({
      status: 'known',
      source: 'stored',
      busy: [{ start: new Date('2026-05-05T12:00:00Z'), end: new Date('2026-05-05T13:00:00Z') }],
      asOf: new Date(clinic.clock.now()),
      calendars: [{ calendarId: 'primary', asOf: new Date(clinic.clock.now()) }],
    })
    expect(clinic.calls()).toEqual([])
  })

  it('what is shown as free, declined, cancelled, a birthday or a place of work does not', async () => {
    await using clinic = await openClinic()
    clinic.hand.insert({ ...at('09:00', '10:00'), transparency: 'transparent' })
    const meeting = clinic.google
      .user(OTHER_ACCOUNT)
      .calendar()
      .insert({
        ...at('11:00', '12:00'),
        attendees: [{ email: ACCOUNT }],
      })
    clinic.hand.respond(meeting.id, 'declined')
    const dropped = clinic.hand.insert(at('13:00', '14:00'))
    clinic.hand.delete(dropped.id)
    clinic.hand.insert({
      start: { date: '2026-05-05' },
      end: { date: '2026-05-06' },
      eventType: 'workingLocation',
      workingLocationProperties: { type: 'homeOffice', homeOffice: {} },
      visibility: 'public',
      transparency: 'transparent',
    })
    await clinic.sync.pullFromGoogle(owner)
    expect(await busy(clinic)).toEqual([])
  })

  it('an invitation without an answer, a tentative event and an absence do', async () => {
    await using clinic = await openClinic()
    clinic.google
      .user(OTHER_ACCOUNT)
      .calendar()
      .insert({ ...at('09:00', '10:00'), attendees: [{ email: ACCOUNT }] })
    clinic.hand.insert({ ...at('11:00', '12:00'), status: 'tentative' })
    clinic.hand.insert({ ...at('14:00', '15:00'), eventType: 'outOfOffice' })
    await clinic.sync.pullFromGoogle(owner)
    expect(await busy(clinic)).toEqual([
      MORNING,
      '2026-05-05T14:00:00.000Z/2026-05-05T15:00:00.000Z',
      '2026-05-05T17:00:00.000Z/2026-05-05T18:00:00.000Z',
    ])
  })

  it('all-day events are whole days of the calendar’s zone, others may cross midnight or last for weeks', async () => {
    await using clinic = await openClinic()
    clinic.hand.insert({ start: { date: '2026-05-05' }, end: { date: '2026-05-07' } })
    clinic.hand.insert({
      start: { dateTime: '2026-05-09T23:00:00-03:00' },
      end: { dateTime: '2026-05-10T01:00:00-03:00' },
    })
    clinic.hand.insert({
      start: { dateTime: '2026-05-12T08:00:00-03:00' },
      end: { dateTime: '2026-05-29T08:00:00-03:00' },
    })
    clinic.hand.insert({
      start: { dateTime: '2026-05-30T08:00:00-03:00' },
      end: { dateTime: '2026-05-30T08:00:00-03:00' },
    })
    await clinic.sync.pullFromGoogle(owner)
    expect(await busy(clinic, month)).toEqual([
      '2026-05-05T03:00:00.000Z/2026-05-07T03:00:00.000Z',
      '2026-05-10T02:00:00.000Z/2026-05-10T04:00:00.000Z',
      '2026-05-12T11:00:00.000Z/2026-05-29T11:00:00.000Z',
      '2026-05-30T11:00:00.000Z/2026-05-30T11:00:00.000Z',
    ])
    const late = { from: '2026-05-28T00:00:00-03:00', to: '2026-05-29T00:00:00-03:00' }
    expect(await busy(clinic, late)).toEqual(['2026-05-28T03:00:00.000Z/2026-05-29T03:00:00.000Z'])
  })

  it.each([
    // Berlin goes from 2:00 to 3:00 on 29 March, and back from 3:00 to 2:00 on 25 October.
    ['a skipped time', '2026-03-29T02:30:00', '2026-03-29T03:30:00', '01:30', '01:30', '2026-03-29'],
    ['a repeated time', '2026-10-25T02:30:00', '2026-10-25T03:30:00', '00:30', '02:30', '2026-10-25'],
  ])('%s without an offset is read as the calendar rules say', async (_, from, to, start, end, date) => {
    await using clinic = await openClinic({ settings: { syncPastDays: 60, syncFutureDays: 300 } })
    const zone = { timeZone: 'Europe/Berlin' }
    clinic.hand.insert({ start: { dateTime: from, ...zone }, end: { dateTime: to, ...zone } })
    await clinic.sync.pullFromGoogle(owner)
    expect(await busy(clinic, { from: `${date}T00:00:00Z`, to: `${date}T12:00:00Z` })).toEqual([
      `${date}T${start}:00.000Z/${date}T${end}:00.000Z`,
    ])
  })

  it('an all-day event on the day the clocks change is as long as that day', async () => {
    await using clinic = await openClinic({
      settings: { syncPastDays: 60, busyCalendarIds: ['berlin@group.calendar.google.com'] },
      emulator: {
        users: [
          {
            email: ACCOUNT,
            calendars: [{ id: 'berlin@group.calendar.google.com', summary: 'B', timeZone: 'Europe/Berlin' }],
          },
        ],
      },
    })
    clinic.google
      .user(ACCOUNT)
      .calendar('berlin@group.calendar.google.com')
      .insert({ start: { date: '2026-03-29' }, end: { date: '2026-03-30' } })
    await clinic.sync.pullFromGoogle(owner)
    expect(await busy(clinic, { from: '2026-03-28T00:00:00Z', to: '2026-03-31T00:00:00Z' })).toEqual([
      '2026-03-28T23:00:00.000Z/2026-03-29T22:00:00.000Z',
    ])
  })
})

describe('what is ours', () => {
  it('is left out on another calendar too: moved by hand, or seen through an invitation', async () => {
    await using clinic = await openClinic({ settings: { busyCalendarIds: [WORK] } })
    await clinic.push('a1')
    await clinic.sync.pullFromGoogle(owner)
    clinic.hand.move(onlyEvent(clinic.hand).id, WORK)
    await clinic.sync.pullFromGoogle(owner)
    expect(await busy(clinic)).toEqual([])
  })

  it('is left out on a calendar that goes by two names', async () => {
    await using clinic = await openClinic({ settings: { busyCalendarIds: [ACCOUNT] } })
    await clinic.push('a1')
    clinic.hand.insert(at('15:00', '16:00'))
    await clinic.sync.pullFromGoogle(owner)
    expect(await busy(clinic)).toEqual(['2026-05-05T18:00:00.000Z/2026-05-05T19:00:00.000Z'])
  })

  it('another professional’s appointment on a shared calendar is not', async () => {
    await using clinic = await openClinic({ settings: { calendarId: WORK } })
    const jose = { ...owner, userId: 'jose' }
    await clinic.connect({ as: jose })
    await clinic.push('a1')
    await clinic.sync.pullFromGoogle(jose)
    const answer = await clinic.sync.availability.busy(jose, day)
    expect(spans(answer)).toEqual(['2026-05-05T12:00:00.000Z/2026-05-05T12:30:00.000Z'])
    await clinic.sync.pullFromGoogle(owner)
    expect(await busy(clinic)).toEqual([])
  })
})

describe('a series of the owner’s', () => {
  const weekly = { ...at('09:00', '10:00'), recurrence: ['RRULE:FREQ=WEEKLY'] }
  const dates = (texts: string[]): string[] => texts.map((text) => text.slice(0, 13))

  it('is busy at each of its instances, moved and cancelled ones included', async () => {
    await using clinic = await openClinic()
    const series = clinic.hand.insert(weekly)
    await clinic.sync.pullFromGoogle(owner)
    expect(clinic.calls()).toEqual(['events.list', 'events.instances'])
    expect(dates(await busy(clinic, month))).toEqual([
      '2026-05-05T12',
      '2026-05-12T12',
      '2026-05-19T12',
      '2026-05-26T12',
      '2026-06-02T12',
    ])
    clinic.hand.delete(`${series.id}_20260512T120000Z`)
    clinic.hand.patch(`${series.id}_20260519T120000Z`, {
      start: { dateTime: '2026-05-20T15:00:00-03:00' },
      end: { dateTime: '2026-05-20T16:00:00-03:00' },
    })
    clinic.hand.patch(`${series.id}_20260526T120000Z`, { transparency: 'transparent' })
    await clinic.sync.pullFromGoogle(owner)
    const changed = ['2026-05-05T12', '2026-05-20T18', '2026-06-02T12']
    expect(dates(await busy(clinic, month))).toEqual(changed)
    expect(clinic.calls().filter((method) => method !== 'events.list')).toHaveLength(1)
    // The daily full pass says the same.
    clinic.clock.advance(31 * HOUR)
    await clinic.sync.tasks.run('sync_all_calendar_integrations')
    expect(dates(await busy(clinic, month))).toEqual(changed)
  })

  it('is not busy any more when it was deleted, or ended', async () => {
    await using clinic = await openClinic()
    const [first, second] = [clinic.hand.insert(weekly), clinic.hand.insert(weekly)]
    await clinic.sync.pullFromGoogle(owner)
    clinic.hand.delete(first.id)
    clinic.hand.patch(second.id, { recurrence: ['RRULE:FREQ=WEEKLY;UNTIL=20260513T000000Z'] })
    await clinic.sync.pullFromGoogle(owner)
    expect(dates(await busy(clinic, month))).toEqual(['2026-05-05T12', '2026-05-12T12'])
  })

  it('a failure to read its instances leaves all as it was, and the next pull reads them', async () => {
    await using clinic = await openClinic()
    clinic.hand.insert(at('11:00', '12:00'))
    await clinic.sync.pullFromGoogle(owner)
    const before = await busy(clinic)
    clinic.hand.insert(weekly)
    clinic.google.faults.failNext({ status: 503, times: TRIES, match: INSTANCES })
    await expect(clinic.sync.pullFromGoogle(owner)).rejects.toMatchObject({ code: 'GOOGLE_UNAVAILABLE' })
    expect(await busy(clinic)).toEqual(before)
    await clinic.sync.pullFromGoogle(owner)
    expect(await busy(clinic)).toEqual([MORNING, ...before])
  })

  it('one that Google refuses to show makes its calendar unknown, not free, and holds up no change', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1')
    await clinic.sync.pullFromGoogle(owner)
    clinic.hand.insert(weekly)
    clinic.hand.patch(onlyEvent0(clinic), { summary: 'Corte e barba' })
    clinic.google.faults.failNext({ status: 403, reason: 'forbidden', times: 2, match: INSTANCES })
    expect(await clinic.sync.pullFromGoogle(owner)).toMatchObject({ status: 'success', applied: 1 })
    expect(await clinic.sync.availability.busy(owner, day)).toMatchObject({
      status: 'unknown',
      error: {
        code: 'AVAILABILITY_NOT_READ',
        message: expect.stringContaining('GOOGLE_FORBIDDEN') as string,
      },
    })
    await clinic.sync.pullFromGoogle(owner)
    expect(await busy(clinic)).toEqual([MORNING])
  })

  it('an instance that the owner was invited to by itself is busy', async () => {
    await using clinic = await openClinic()
    const host = clinic.google.user(OTHER_ACCOUNT).calendar()
    const series = host.insert(weekly)
    host.patch(`${series.id}_20260512T120000Z`, { attendees: [{ email: ACCOUNT }] })
    await clinic.sync.pullFromGoogle(owner)
    expect(dates(await busy(clinic, month))).toEqual(['2026-05-12T12'])
  })
})

/** The first event of the calendar. */
function onlyEvent0(clinic: Clinic): string {
  const [first] = clinic.hand.events()
  if (first === undefined) throw new Error('there is no event')
  return first.id
}

describe('changes', () => {
  it('an increment changes what it names, and nothing else (calcom/cal.diy#22508)', async () => {
    await using clinic = await openClinic()
    const [first, second] = [
      clinic.hand.insert(at('09:00', '10:00')),
      clinic.hand.insert(at('11:00', '12:00')),
    ]
    clinic.hand.insert(at('13:00', '14:00'))
    await clinic.sync.pullFromGoogle(owner)
    clinic.hand.patch(first.id, at('16:00', '17:00'))
    clinic.hand.delete(second.id)
    expect(await clinic.sync.pullFromGoogle(owner)).toMatchObject({ mode: 'incremental' })
    expect(await busy(clinic)).toEqual([
      '2026-05-05T16:00:00.000Z/2026-05-05T17:00:00.000Z',
      '2026-05-05T19:00:00.000Z/2026-05-05T20:00:00.000Z',
    ])
  })

  it('a full pass forgets what is not there any more, and only when it came to its end', async () => {
    await using clinic = await openClinic()
    const gone = clinic.hand.insert(at('09:00', '10:00'))
    for (let hour = 10; hour < 16; hour += 1) clinic.hand.insert(at(`${hour}:10`, `${hour}:50`))
    await clinic.sync.pullFromGoogle(owner)
    clinic.hand.delete(gone.id)
    clinic.google.faults.expireSyncTokens()
    clinic.google.faults.maxPageSize(3)
    clinic.google.faults.failNext({ status: 503, after: 2, times: TRIES, match: { path: '/events' } })
    await expect(clinic.sync.pullFromGoogle(owner)).rejects.toMatchObject({ code: 'GOOGLE_UNAVAILABLE' })
    expect(await busy(clinic)).toContain(MORNING)
    await clinic.sync.pullFromGoogle(owner)
    const left = await busy(clinic)
    expect(left).not.toContain(MORNING)
    expect(left).toHaveLength(6)
  })

  it('an event beyond what is covered is not kept, and an event that moves out of it goes', async () => {
    await using clinic = await openClinic()
    const event = clinic.hand.insert(at('09:00', '10:00'))
    await clinic.sync.pullFromGoogle(owner)
    const far = { dateTime: '2027-05-05T09:00:00-03:00' }
    clinic.hand.patch(event.id, { start: far, end: { dateTime: '2027-05-05T10:00:00-03:00' } })
    await clinic.sync.pullFromGoogle(owner)
    expect(await busy(clinic)).toEqual([])
  })

  it('a calendar whose zone changes is read anew, because its whole days are others then', async () => {
    await using clinic = await openClinic()
    clinic.hand.insert({ start: { date: '2026-05-05' }, end: { date: '2026-05-06' } })
    await clinic.sync.pullFromGoogle(owner)
    clinic.google.user(ACCOUNT).addCalendar({ id: ACCOUNT, summary: 'Maria', timeZone: 'Asia/Tokyo' })
    expect(await clinic.sync.pullFromGoogle(owner)).toMatchObject({ mode: 'full' })
    expect(await busy(clinic, month)).toEqual(['2026-05-04T15:00:00.000Z/2026-05-05T15:00:00.000Z'])
  })
})
