import { describe, expect, it } from 'vitest'
import type { AvailabilityResult, SyncSettings } from 'appointment-sync'
import { ACCOUNT, appointment, type Clinic, openClinic, OTHER_ACCOUNT, owner } from './clinic.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const WORK = 'work@group.calendar.google.com'
const TEAM = 'team@group.calendar.google.com'
const day = { from: '2026-05-05T00:00:00-03:00', to: '2026-05-06T00:00:00-03:00' }
const MORNING = { start: new Date('2026-05-05T12:00:00Z'), end: new Date('2026-05-05T13:00:00Z') }
const NOON = { start: new Date('2026-05-05T15:00:00Z'), end: new Date('2026-05-05T16:00:00Z') }

const at = (from: string, to: string): { start: object; end: object } => ({
  start: { dateTime: `2026-05-05T${from}:00-03:00`, timeZone: 'America/Sao_Paulo' },
  end: { dateTime: `2026-05-05T${to}:00-03:00`, timeZone: 'America/Sao_Paulo' },
})

function ask(clinic: Clinic, more: object = {}): Promise<AvailabilityResult> {
  return clinic.sync.availability.busy(owner, { ...day, ...more })
}

/** A calendar of somebody else's, of which the owner sees what the role lets them. */
async function withTeam(
  accessRole: 'freeBusyReader' | 'reader',
  settings: Partial<SyncSettings> = {},
): Promise<Clinic> {
  return openClinic({
    settings: { busyCalendarIds: [TEAM], ...settings },
    emulator: {
      users: [
        { email: OTHER_ACCOUNT, calendars: [{ id: TEAM, summary: 'Team' }] },
        { email: ACCOUNT, calendars: [{ id: TEAM, summary: 'Team', accessRole }] },
      ],
    },
  })
}

describe('further calendars', () => {
  it('are read with a token of their own, each with its age, and never written to', async () => {
    await using clinic = await openClinic({ settings: { busyCalendarIds: [WORK] } })
    const work = clinic.google.user(ACCOUNT).calendar(WORK)
    clinic.hand.insert(at('09:00', '10:00'))
    const event = work.insert(at('12:00', '13:00'))
    await clinic.sync.pullFromGoogle(owner)
    expect(await ask(clinic)).toMatchObject({
      busy: [MORNING, NOON],
      calendars: [{ calendarId: 'primary' }, { calendarId: WORK }],
    })
    work.delete(event.id)
    clinic.calls()
    await clinic.sync.pullFromGoogle(owner)
    expect(clinic.calls().filter((method) => !/list|query/.test(method))).toEqual([])
    expect(await ask(clinic)).toMatchObject({ busy: [MORNING] })
  })

  it.each(['reader', 'freeBusyReader'] as const)('as %s a series is busy at each instance', async (role) => {
    // Any calendar but `primary` asks for the scope that reaches those of others.
    await using clinic = await withTeam(role, { busyTitles: true, calendarId: ACCOUNT })
    const team = clinic.google.user(OTHER_ACCOUNT).calendar(TEAM)
    const series = team.insert({
      ...at('09:00', '10:00'),
      summary: 'Secret',
      recurrence: ['RRULE:FREQ=DAILY;COUNT=3'],
    })
    await clinic.sync.pullFromGoogle(owner)
    expect(clinic.calls()).not.toContain('freebusy.query')
    const days = { ...day, to: '2026-05-09T00:00:00-03:00', titles: true }
    const answer = await ask(clinic, days)
    expect(answer).toMatchObject({ status: 'known', busy: [MORNING, {}, {}] })
    const title = role === 'reader' ? 'Secret' : null
    expect(answer).toMatchObject({ events: [{ title }, { title }, { title }] })
    team.delete(`${series.id}_20260506T120000Z`)
    await clinic.sync.pullFromGoogle(owner)
    expect(await ask(clinic, days)).toMatchObject({
      busy: [MORNING, { start: new Date('2026-05-07T12:00:00Z') }],
    })
    team.delete(series.id)
    await clinic.sync.pullFromGoogle(owner)
    expect(await ask(clinic, days)).toMatchObject({ status: 'known', busy: [] })
  })

  it('where events may not be listed, free and busy are asked for, in stretches', async () => {
    await using clinic = await withTeam('freeBusyReader', { syncFutureDays: 200 })
    const team = clinic.google.user(OTHER_ACCOUNT).calendar(TEAM)
    team.insert(at('12:00', '13:00'))
    const far = { from: '2026-11-01T00:00:00-03:00', to: '2026-11-02T00:00:00-03:00' }
    team.insert({
      start: { dateTime: '2026-11-01T09:00:00-03:00' },
      end: { dateTime: '2026-11-01T10:00:00-03:00' },
    })
    clinic.calls()
    await clinic.sync.pullFromGoogle(owner)
    expect(clinic.calls().filter((method) => method === 'freebusy.query')).toHaveLength(4)
    expect(await ask(clinic)).toMatchObject({ status: 'known', busy: [NOON] })
    expect(await ask(clinic, far)).toMatchObject({ status: 'known', busy: [{}] })
    // Known by now: events are not asked for again and again.
    await clinic.sync.pullFromGoogle(owner)
    expect(clinic.calls()).toEqual(['events.list', ...Array.from({ length: 4 }, () => 'freebusy.query')])
  })

  it('one that cannot be read keeps what was known until it is too old, and holds up nothing', async () => {
    await using clinic = await openClinic({ settings: { busyCalendarIds: ['gone@example.com', WORK] } })
    clinic.google.user(ACCOUNT).calendar(WORK).insert(at('12:00', '13:00'))
    await clinic.push('a1')
    expect(await clinic.sync.pullFromGoogle(owner)).toMatchObject({ status: 'success' })
    expect(await clinic.sync.integrations.status(owner)).toMatchObject({
      status: 'active',
      parkedReason: null,
    })
    expect(await ask(clinic)).toMatchObject({
      status: 'unknown',
      error: {
        code: 'AVAILABILITY_NOT_READ',
        message: expect.stringContaining('GOOGLE_NOT_FOUND') as string,
      },
    })
    await clinic.sync.integrations.updateSettings(owner, { busyCalendarIds: [WORK] })
    expect(await ask(clinic)).toMatchObject({ status: 'known', busy: [NOON] })
    clinic.google.user(ACCOUNT).removeCalendar(WORK)
    clinic.clock.advance(50 * MINUTE)
    await clinic.sync.pullFromGoogle(owner)
    expect(await ask(clinic)).toMatchObject({ status: 'known', busy: [NOON] })
    clinic.clock.advance(11 * MINUTE)
    await clinic.sync.pullFromGoogle(owner)
    expect(await ask(clinic)).toMatchObject({
      status: 'unknown',
      error: { code: 'AVAILABILITY_STALE', message: expect.stringContaining(WORK) as string },
    })
  })

  it('a token that Google no longer takes is followed by a full reading', async () => {
    await using clinic = await openClinic({ settings: { busyCalendarIds: [WORK] } })
    const work = clinic.google.user(ACCOUNT).calendar(WORK)
    const event = work.insert(at('12:00', '13:00'))
    await clinic.sync.pullFromGoogle(owner)
    work.delete(event.id)
    clinic.google.faults.expireSyncTokens()
    await clinic.sync.pullFromGoogle(owner)
    expect(await ask(clinic)).toMatchObject({ status: 'known', busy: [] })
  })
})

describe('settings', () => {
  it('titles are kept only when the owner agrees, and forgotten when they no longer do', async () => {
    await using clinic = await openClinic()
    clinic.hand.insert({ ...at('09:00', '10:00'), summary: 'Dentist' })
    clinic.hand.insert({ ...at('09:30', '10:00'), summary: 'Phone call' })
    await clinic.sync.pullFromGoogle(owner)
    expect(await ask(clinic)).not.toHaveProperty('events')
    expect(await ask(clinic, { titles: true })).toMatchObject({ events: [{ title: null }, { title: null }] })
    await clinic.sync.integrations.updateSettings(owner, { busyTitles: true })
    await clinic.sync.pullFromGoogle(owner)
    expect(await ask(clinic, { titles: true })).toMatchObject({
      busy: [MORNING],
      events: [{ ...MORNING, calendarId: 'primary', title: 'Dentist' }, { title: 'Phone call' }],
    })
    await clinic.sync.integrations.updateSettings(owner, { busyTitles: false })
    expect(await ask(clinic, { titles: true })).toMatchObject({ events: [{ title: null }, { title: null }] })
  })

  it('a long event is one again among the events', async () => {
    await using clinic = await openClinic({ settings: { busyTitles: true } })
    clinic.hand.insert({ start: { date: '2026-05-05' }, end: { date: '2026-05-26' }, summary: 'Holiday' })
    await clinic.sync.pullFromGoogle(owner)
    expect(await ask(clinic, { to: '2026-06-01T00:00:00-03:00', titles: true })).toMatchObject({
      events: [
        {
          title: 'Holiday',
          start: new Date('2026-05-05T03:00:00Z'),
          end: new Date('2026-05-26T03:00:00Z'),
        },
      ],
    })
  })

  it('ignored external events are not kept, and what was kept is removed', async () => {
    await using clinic = await openClinic()
    clinic.hand.insert(at('09:00', '10:00'))
    await clinic.sync.pullFromGoogle(owner)
    await clinic.sync.integrations.updateSettings(owner, { externalEvents: 'ignore' })
    expect(await ask(clinic)).toMatchObject({ status: 'unknown', error: { code: 'INTEGRATION_INACTIVE' } })
    await clinic.sync.pullFromGoogle(owner)
    const reading = { ...owner, userIds: [owner.userId], fromMs: 0, toMs: 1e14 }
    expect(await clinic.storage.busy.read(reading)).toMatchObject([{ calendars: [], blocks: [] }])
    await clinic.sync.integrations.updateSettings(owner, { externalEvents: 'busy' })
    expect(await ask(clinic)).toMatchObject({ status: 'unknown', error: { code: 'AVAILABILITY_NOT_READ' } })
    await clinic.sync.pullFromGoogle(owner)
    expect(await ask(clinic)).toMatchObject({ status: 'known', busy: [MORNING] })
  })

  it('a setting that changes while Google is read is kept to', async () => {
    await using clinic = await openClinic({ settings: { busyTitles: true } })
    clinic.hand.insert({ ...at('09:00', '10:00'), summary: 'Dentist' })
    const { promise: held, resolve: release } = Promise.withResolvers<void>()
    clinic.google.faults.delayNext({ match: { path: '/events' }, until: held })
    const pulling = clinic.sync.pullFromGoogle(owner)
    await clinic.sync.integrations.updateSettings(owner, { busyTitles: false })
    release()
    await pulling
    expect(await ask(clinic, { titles: true })).toMatchObject({ status: 'known', events: [{ title: null }] })
  })

  it('under to_google nothing flows back, and busy times are known all the same', async () => {
    await using clinic = await openClinic({
      settings: { syncDirection: 'to_google', busyCalendarIds: [WORK] },
    })
    await clinic.push('a1', { start: '2026-05-05T17:00:00-03:00', end: '2026-05-05T18:00:00-03:00' })
    clinic.hand.insert(at('09:00', '10:00'))
    clinic.google.user(ACCOUNT).calendar(WORK).insert(at('12:00', '13:00'))
    clinic.hand.patch(clinic.hand.events()[0]?.id ?? '', { summary: 'renamed' })
    expect(await clinic.sync.pullFromGoogle(owner)).toEqual({ status: 'skipped', reason: 'direction' })
    expect(await ask(clinic)).toMatchObject({ status: 'known', busy: [MORNING, NOON] })
    expect(clinic.book.told).toEqual([])
    await clinic.sync.integrations.updateSettings(owner, { syncDirection: 'bidirectional' })
    await clinic.sync.pullFromGoogle(owner)
    expect(await ask(clinic)).toMatchObject({ status: 'known', busy: [MORNING, NOON] })
  })
})

describe('unknown, never free', () => {
  it('before the first reading, after too long, and beyond what is covered', async () => {
    await using clinic = await openClinic()
    expect(await ask(clinic)).toMatchObject({ status: 'unknown', error: { code: 'AVAILABILITY_NOT_READ' } })
    await clinic.sync.pullFromGoogle(owner)
    expect(await ask(clinic)).toMatchObject({ status: 'known', busy: [] })
    const beyond = { from: '2026-05-05T00:00:00Z', to: '2026-06-20T00:00:00Z' }
    expect(await ask(clinic, beyond)).toMatchObject({
      status: 'unknown',
      error: { code: 'AVAILABILITY_OUT_OF_RANGE' },
    })
    const before = { from: '2026-04-01T00:00:00Z', to: '2026-05-05T00:00:00Z' }
    expect(await ask(clinic, before)).toMatchObject({
      status: 'unknown',
      error: { code: 'AVAILABILITY_OUT_OF_RANGE' },
    })
    clinic.clock.advance(HOUR)
    expect(await ask(clinic)).toMatchObject({ status: 'known' })
    expect(await ask(clinic, { maxAgeMs: HOUR - 1 })).toMatchObject({ status: 'unknown' })
    clinic.clock.advance(1)
    expect(await ask(clinic)).toMatchObject({ status: 'unknown', error: { code: 'AVAILABILITY_STALE' } })
    expect(await ask(clinic, { maxAgeMs: 2 * HOUR })).toMatchObject({ status: 'known' })
    await clinic.sync.tasks.run('sync_recent_appointments')
    expect(await ask(clinic)).toMatchObject({ status: 'known', asOf: new Date(clinic.clock.now()) })
  })

  it('the whole window of the settings stays covered from one full pass to the next', async () => {
    await using clinic = await openClinic()
    await clinic.sync.pullFromGoogle(owner)
    for (let step = 0; step < 60; step += 1) {
      clinic.clock.advance(4 * HOUR)
      await clinic.sync.tasks.run('sync_all_calendar_integrations')
      const now = clinic.clock.now()
      const range = { from: new Date(now - 7 * 86_400_000), to: new Date(now + 30 * 86_400_000) }
      expect(await clinic.sync.availability.busy(owner, range)).toMatchObject({ status: 'known' })
    }
  })

  it('more days are known after the next pull when the settings ask for more', async () => {
    await using clinic = await openClinic()
    await clinic.sync.pullFromGoogle(owner)
    await clinic.sync.integrations.updateSettings(owner, { syncFutureDays: 90 })
    expect(await clinic.sync.pullFromGoogle(owner)).toMatchObject({ mode: 'full' })
    const range = { from: '2026-05-05T00:00:00Z', to: '2026-08-01T00:00:00Z' }
    expect(await ask(clinic, range)).toMatchObject({ status: 'known' })
  })

  it('of an owner who is not connected, paused for long, or has to connect again', async () => {
    await using clinic = await openClinic()
    await clinic.sync.pullFromGoogle(owner)
    await clinic.sync.integrations.setActive(owner, false)
    expect(await ask(clinic)).toMatchObject({ status: 'known' })
    clinic.clock.advance(2 * HOUR)
    expect(await ask(clinic)).toMatchObject({ status: 'unknown', error: { code: 'INTEGRATION_INACTIVE' } })
    await clinic.sync.integrations.setActive(owner, true)
    clinic.google.user(ACCOUNT).revokeAccess()
    await clinic.sync.pullFromGoogle(owner).catch(() => undefined)
    clinic.clock.advance(41 * 86_400_000)
    await clinic.sync.pullFromGoogle(owner).catch(() => undefined)
    expect(await ask(clinic)).toMatchObject({ status: 'unknown', error: { code: 'OAUTH_GRANT_REVOKED' } })
    const nobody = { ...owner, userId: 'nobody' }
    expect(await clinic.sync.availability.busy(nobody, day)).toMatchObject({
      status: 'unknown',
      error: { code: 'INTEGRATION_NOT_FOUND' },
    })
  })

  it('nothing is kept after a disconnect, or of another account', async () => {
    await using clinic = await openClinic()
    clinic.hand.insert(at('09:00', '10:00'))
    await clinic.sync.pullFromGoogle(owner)
    await clinic.connect({ account: OTHER_ACCOUNT })
    expect(await ask(clinic)).toMatchObject({ status: 'unknown', error: { code: 'AVAILABILITY_NOT_READ' } })
    await clinic.sync.pullFromGoogle(owner)
    expect(await ask(clinic)).toMatchObject({ status: 'known', busy: [] })
    await clinic.sync.integrations.disconnect(owner)
    expect(await ask(clinic)).toMatchObject({ status: 'unknown', error: { code: 'INTEGRATION_NOT_FOUND' } })
    const reading = { ...owner, userIds: [owner.userId], fromMs: 0, toMs: 1e14 }
    expect(await clinic.storage.busy.read(reading)).toMatchObject([{ calendars: [], blocks: [] }])
  })
})

describe('several professionals', () => {
  it('are each known or unknown by themselves, in the order they were asked for', async () => {
    await using clinic = await openClinic()
    const jose = { ...owner, userId: 'jose' }
    const stranger = { tenantId: 'clinic-2', userId: 'maria' }
    await clinic.connect({ as: jose, account: OTHER_ACCOUNT })
    await clinic.connect({ as: stranger, account: OTHER_ACCOUNT })
    clinic.hand.insert(at('09:00', '10:00'))
    clinic.google.user(OTHER_ACCOUNT).calendar().insert(at('12:00', '13:00'))
    await clinic.sync.pullFromGoogle(owner)
    await clinic.sync.pullFromGoogle(stranger)
    const question = { tenantId: owner.tenantId, userIds: ['nobody', 'jose', 'maria', 'jose'], ...day }
    expect(await clinic.sync.availability.busyOf(question)).toMatchObject([
      { userId: 'nobody', availability: { status: 'unknown', error: { code: 'INTEGRATION_NOT_FOUND' } } },
      { userId: 'jose', availability: { status: 'unknown', error: { code: 'AVAILABILITY_NOT_READ' } } },
      { userId: 'maria', availability: { status: 'known', busy: [MORNING] } },
    ])
    await clinic.sync.pullFromGoogle(jose)
    expect(await clinic.sync.availability.busyOf({ ...question, userIds: ['jose'] })).toMatchObject([
      { availability: { busy: [NOON] } },
    ])
  })

  it('a question that is not valid is refused with everything that is wrong with it', async () => {
    await using clinic = await openClinic()
    const asked = {
      tenantId: '',
      userIds: [],
      from: 'soon',
      to: '2026-05-05T00:00:00',
      maxAgeMs: 0,
      titles: 1,
    }
    await expect(clinic.sync.availability.busyOf(asked as never)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      problems: ['from', 'to', 'maxAgeMs', 'titles', 'tenantId', 'userIds'].map((path) => ({ path })),
    })
    const year = { from: '2026-01-01T00:00:00Z', to: '2027-01-03T00:00:00Z' }
    for (const range of [year, { ...day, source: 'guess' }, { ...day, source: 'google', titles: true }]) {
      await expect(clinic.sync.availability.busy(owner, range as never)).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
      })
    }
    const quarter = { from: '2026-05-01T00:00:00Z', to: '2026-07-01T00:00:00Z', source: 'google' } as const
    await expect(clinic.sync.availability.busy(owner, quarter)).rejects.toMatchObject({
      problems: [{ path: 'to', message: 'must be at most 60 days after from' }],
    })
    const crowd = { ...day, tenantId: 'c', userIds: Array.from({ length: 501 }, (_, n) => `u${n}`) }
    await expect(clinic.sync.availability.busyOf(crowd)).rejects.toMatchObject({
      problems: [{ path: 'userIds' }],
    })
  })
})

it('an appointment that was taken over after a reconnect is not busy for long', async () => {
  await using clinic = await openClinic()
  await clinic.push('a1')
  await clinic.sync.integrations.disconnect(owner, { removeEvents: 'none' })
  await clinic.connect()
  await clinic.sync.pullFromGoogle(owner)
  expect(await ask(clinic)).toMatchObject({ busy: [{}] })
  expect(await clinic.sync.syncAppointmentToGoogle(appointment('a1'))).toMatchObject({ status: 'success' })
  expect(clinic.hand.events()).toHaveLength(1)
  expect(await ask(clinic)).toMatchObject({ status: 'known', busy: [] })
})
