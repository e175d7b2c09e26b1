import { describe, expect, it } from 'vitest'
import { ACCOUNT, appointment, type Clinic, onlyEvent, OTHER_ACCOUNT, openClinic, owner } from './clinic.ts'
import { grantAll, ownHand, scope, user } from './own-calendar-clinic.ts'

const [WORK, THIRD] = ['work@group.calendar.google.com', 'third@group.calendar.google.com']

async function booked(scopes: readonly string[] = ['calendar']): Promise<Clinic> {
  const clinic = await openClinic()
  user(clinic).addCalendar({ id: THIRD, summary: 'Third' })
  await grantAll(clinic, scopes)
  await clinic.push('a1')
  await clinic.push('a2', { start: '2026-05-06T09:00:00-03:00', end: '2026-05-06T09:30:00-03:00' })
  await clinic.sync.pullFromGoogle(owner)
  return clinic
}

const switchTo = (clinic: Clinic, calendarId: string): Promise<unknown> =>
  clinic.sync.integrations.updateSettings(owner, { calendarId })

/** How many events stand on each calendar: the primary one, `WORK` and `THIRD` (-1: it is gone). */
function spread(clinic: Clinic): number[] {
  return ['primary', WORK, THIRD].map((id) => {
    try {
      return user(clinic).calendar(id).events().length
    } catch {
      return -1
    }
  })
}

async function settle(clinic: Clinic): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    clinic.clock.advance(1_800_000)
    await clinic.sync.tasks.run('drain_outbox')
    await clinic.sync.pullFromGoogle(owner)
  }
}

describe('several switches in a row', () => {
  it.each([
    [
      [WORK, THIRD],
      [0, 0, 2],
    ],
    [
      [WORK, THIRD, 'primary'],
      [2, 0, 0],
    ],
    [
      [WORK, 'primary', WORK],
      [0, 2, 0],
    ],
    [
      [THIRD, WORK, THIRD, WORK],
      [0, 2, 0],
    ],
  ])('to %j end with one event each on the last', async (targets, expected) => {
    await using clinic = await booked()
    for (const target of targets) await switchTo(clinic, target)
    await settle(clinic)
    expect(spread(clinic)).toEqual(expected)
    expect(clinic.book.told).toEqual([])
  })

  it('with a move that has no answer between them end the same', async () => {
    await using clinic = await booked()
    await switchTo(clinic, WORK)
    clinic.google.faults.dropNext({ match: { path: '/move' }, applied: true })
    await clinic.sync.tasks.run('drain_outbox')
    await switchTo(clinic, THIRD)
    await settle(clinic)
    expect(spread(clinic)).toEqual([0, 0, 2])
    expect(clinic.book.told).toEqual([])
  })

  it('to a calendar of the SDK’s own and away from it takes the events along', async () => {
    await using clinic = await booked()
    await switchTo(clinic, WORK)
    await clinic.sync.integrations.createCalendar(owner)
    await settle(clinic)
    const own = await ownHand(clinic)
    expect([own.events().length, ...spread(clinic)]).toEqual([2, 0, 0, 0])
    await switchTo(clinic, THIRD)
    await settle(clinic)
    expect([own.events().length, ...spread(clinic)]).toEqual([0, 0, 0, 2])
    expect(clinic.book.told).toEqual([])
  })
})

describe('a calendar that cannot hold the events', () => {
  it.each(['reader', 'freeBusyReader'] as const)(
    'because the account is %s of it is refused',
    async (accessRole) => {
      await using clinic = await booked()
      const id = 'foreign@group.calendar.google.com'
      user(clinic).addCalendar({ id, summary: 'Foreign', accessRole })
      await expect(switchTo(clinic, id)).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        problems: [{ path: 'calendarId' }],
      })
      expect((await clinic.sync.integrations.get(owner))?.settings.calendarId).toBe('primary')
    },
  )

  it('because it is shared only as far as to be written to is one, once the scope for it is granted', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1')
    const id = 'salon@group.calendar.google.com'
    user(clinic).addCalendar({ id, summary: 'Salon', accessRole: 'writer' })
    expect(await switchTo(clinic, id)).toMatchObject({
      status: 'needs_reconnect',
      missingScopes: [scope('calendar.events')],
    })
    await clinic.connect()
    await settle(clinic)
    expect(user(clinic).calendar(id).events()).toHaveLength(1)
    expect(clinic.hand.events()).toEqual([])
  })

  it('any more when the events are to be moved parks the owner, and the next choice gets them', async () => {
    await using clinic = await booked()
    await switchTo(clinic, WORK)
    user(clinic).deleteCalendar(WORK)
    await clinic.sync.tasks.run('drain_outbox')
    expect(await clinic.sync.integrations.get(owner)).toMatchObject({ parkedReason: 'GOOGLE_CALENDAR_GONE' })
    expect(spread(clinic)).toEqual([2, -1, 0])
    await switchTo(clinic, THIRD)
    await settle(clinic)
    expect(spread(clinic)).toEqual([0, -1, 2])
    expect(clinic.book.told).toEqual([])
  })

  it('any more, after which the owner goes back, leaves the events where they are', async () => {
    await using clinic = await booked()
    await switchTo(clinic, WORK)
    user(clinic).deleteCalendar(WORK)
    await clinic.sync.tasks.run('drain_outbox')
    await switchTo(clinic, 'primary')
    await settle(clinic)
    expect(spread(clinic)).toEqual([2, -1, 0])
    expect(await clinic.push('a1', { notes: 'window seat' })).toMatchObject({ action: 'updated' })
    expect(clinic.book.told).toEqual([])
  })
})

describe('two owners on one Google calendar', () => {
  const SALON = 'salon@group.calendar.google.com'
  const second = { tenantId: owner.tenantId, userId: 'bruno' }

  async function shared(as: string): Promise<Clinic> {
    const clinic = await openClinic({ settings: { calendarId: SALON } })
    user(clinic).addCalendar({ id: SALON, summary: 'Salon' })
    if (as !== ACCOUNT) {
      user(clinic).share(SALON, { with: as, role: 'writer' })
      clinic.google.user(as).subscribe(SALON)
    }
    await clinic.connect({ account: as, as: second })
    await clinic.push('maria-1')
    const his = appointment('bruno-1', second)
    clinic.book.appointments.set(his.id, his)
    await clinic.sync.syncAppointmentToGoogle(his)
    for (const each of [owner, second]) await clinic.sync.pullFromGoogle(each)
    return clinic
  }

  it.each([
    ['of one account', ACCOUNT],
    ['of two accounts', OTHER_ACCOUNT],
  ])('%s are told of their own events alone, and touch no others', async (_, account) => {
    await using clinic = await shared(account)
    const salon = user(clinic).calendar(SALON)
    expect(salon.events()).toHaveLength(2)
    const [first] = salon.events()
    if (first === undefined) throw new Error('no event')
    clinic.clock.advance(1000)
    salon.patch(first.id, {
      start: { dateTime: '2026-05-05T19:00:00Z' },
      end: { dateTime: '2026-05-05T19:30:00Z' },
    })
    salon.insert({
      summary: 'Lunch of all',
      start: { dateTime: '2026-05-05T15:00:00Z' },
      end: { dateTime: '2026-05-05T16:00:00Z' },
    })
    for (const each of [owner, second]) await clinic.sync.pullFromGoogle(each)
    expect(clinic.book.told).toHaveLength(1)
    const [change] = clinic.book.told
    expect([change?.owner.userId, change?.appointmentId]).toEqual(['maria', 'maria-1'])
    const etags = (): unknown[] => salon.events().map(({ etag }) => etag)
    const before = etags()
    await clinic.sync.tasks.run('sync_all_calendar_integrations')
    await clinic.sync.tasks.run('drain_outbox')
    expect(etags()).toEqual(before)
  })

  it.each([
    ['of one account', ACCOUNT],
    ['of two accounts', OTHER_ACCOUNT],
  ])('%s: one who leaves, with every event, leaves those of the other', async (_, account) => {
    await using clinic = await shared(account)
    const salon = user(clinic).calendar(SALON)
    await clinic.sync.integrations.disconnect(second, { removeEvents: 'all' })
    expect(onlyEvent(salon).summary).toBeDefined()
    await clinic.sync.pullFromGoogle(owner)
    expect(clinic.book.told).toEqual([])
    expect(await clinic.push('maria-1', { notes: 'stays' })).toMatchObject({ action: 'updated' })
  })

  it('and one who switches takes only their own along', async () => {
    await using clinic = await shared(ACCOUNT)
    await clinic.sync.integrations.updateSettings(second, { calendarId: WORK })
    await settle(clinic)
    await clinic.sync.pullFromGoogle(second)
    expect(user(clinic).calendar(SALON).events()).toHaveLength(1)
    expect(user(clinic).calendar(WORK).events()).toHaveLength(1)
    expect(clinic.book.told).toEqual([])
  })
})
