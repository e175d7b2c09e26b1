import { describe, expect, it } from 'vitest'
import { type Clinic, onlyEvent, openClinic, owner } from './clinic.ts'
import {
  ALONE,
  calendarIdOf,
  calendarsTitled,
  grantAll,
  openOwnCalendarClinic,
  ownHand,
  scope,
  user,
} from './own-calendar-clinic.ts'

const WORK = 'work@group.calendar.google.com'

/** With one appointment to come and one that is over. */
async function bookedOnPrimary(): Promise<Clinic> {
  const clinic = await openClinic({ settings: { externalEvents: 'ignore' } })
  await clinic.push('a1')
  await clinic.push('past', { start: '2026-05-03T09:00:00-03:00', end: '2026-05-03T09:30:00-03:00' })
  await clinic.sync.pullFromGoogle(owner)
  return clinic
}

async function asked(clinic: Clinic): Promise<string[]> {
  const { url } = await clinic.sync.oauth.getAuthUrl({ owner })
  return new URL(url).searchParams.get('scope')?.split(' ') ?? []
}

async function settle(clinic: Clinic): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    clinic.clock.advance(3_600_000)
    await clinic.sync.tasks.run('drain_outbox')
    await clinic.sync.tasks.run('sync_all_calendar_integrations')
  }
}

async function failures(clinic: Clinic): Promise<(string | null)[]> {
  const { items } = await clinic.sync.logs.list({ tenantId: owner.tenantId, status: 'failed' })
  return items.map(({ errorCode }) => errorCode)
}

describe('an owner who changes to a calendar of their own', () => {
  it('has to connect again, and is asked for leave to take the events along', async () => {
    await using clinic = await bookedOnPrimary()
    expect(await clinic.sync.integrations.updateSettings(owner, ALONE)).toMatchObject({
      status: 'needs_reconnect',
      statusReason: 'OAUTH_SCOPE_MISSING',
      missingScopes: [scope('calendar.app.created')],
    })
    expect(await clinic.push('a2')).toMatchObject({
      status: 'queued',
      error: { code: 'OAUTH_SCOPE_MISSING' },
    })
    expect(await asked(clinic)).toEqual([
      'openid',
      'email',
      scope('calendar.app.created'),
      scope('calendar.events.owned'),
    ])
    await clinic.connect()
    expect(await asked(clinic)).toEqual(['openid', 'email', scope('calendar.app.created')])
    await clinic.sync.tasks.run('drain_outbox')
    const own = await ownHand(clinic)
    expect(own.events()).toHaveLength(2)
    expect(onlyEvent(clinic.hand)).toMatchObject({ start: { dateTime: expect.stringContaining('05-03') } })
    await settle(clinic)
    expect(own.events()).toHaveLength(2)
    expect(clinic.book.told).toEqual([])
    expect(await failures(clinic)).toEqual([])
  })

  it('and does not give that leave has the events to come made anew, and the old ones stay', async () => {
    await using clinic = await bookedOnPrimary()
    await clinic.sync.integrations.updateSettings(owner, ALONE)
    await clinic.connect({ grant: [scope('calendar.app.created')] })
    await settle(clinic)
    const own = await ownHand(clinic)
    expect(onlyEvent(own)).toMatchObject({ start: { dateTime: expect.stringContaining('05-05') } })
    expect(clinic.hand.events()).toHaveLength(2)
    expect(clinic.book.told).toEqual([])
    // Nobody is told what happens to those that are ours no more.
    for (const { id } of clinic.hand.events()) clinic.hand.delete(id)
    clinic.clock.advance(1000)
    await settle(clinic)
    expect(clinic.book.told).toEqual([])
    expect(await clinic.push('past', { notes: 'paid' })).toMatchObject({ action: 'created' })
    expect(own.events()).toHaveLength(2)
    expect(await failures(clinic)).toEqual([null, null])
  })

  it('and cancels what stood on the old calendar has it cancelled, with no call that must fail', async () => {
    await using clinic = await bookedOnPrimary()
    await clinic.sync.integrations.updateSettings(owner, ALONE)
    await clinic.connect({ grant: [scope('calendar.app.created')] })
    const result = await clinic.push('past', { status: 'cancelled' })
    expect(result).toMatchObject({ status: 'skipped', reason: 'not_on_calendar' })
    expect(clinic.calls().filter((call) => call.startsWith('events'))).toEqual([])
    expect((await clinic.sync.integrations.status(owner)).deadLetters).toBe(0)
  })

  it('with a grant for everything has it at once, and back again', async () => {
    await using clinic = await bookedOnPrimary()
    await grantAll(clinic)
    const view = await clinic.sync.integrations.updateSettings(owner, ALONE)
    expect(view).toMatchObject({ status: 'active', missingScopes: [] })
    const first = view.settings.calendarId
    expect(view.dedicatedCalendar).toEqual({ calendarId: first, unansweredSince: null })
    await settle(clinic)
    expect((await ownHand(clinic)).events()).toHaveLength(1)
    await clinic.sync.integrations.updateSettings(owner, { calendarAccess: 'any', calendarId: 'primary' })
    await settle(clinic)
    expect(clinic.hand.events()).toHaveLength(2)
    expect(await clinic.sync.integrations.updateSettings(owner, ALONE)).toMatchObject({
      settings: { calendarId: first },
    })
    await settle(clinic)
    expect((await ownHand(clinic)).events()).toHaveLength(1)
    expect(calendarsTitled(clinic, 'Agendamentos')).toBe(1)
    expect(clinic.book.told).toEqual([])
  })
})

describe('an owner who leaves the calendar of their own', () => {
  it('has the events moved to the one they choose, once they have granted it', async () => {
    await using clinic = await openOwnCalendarClinic()
    await clinic.push('a1')
    const own = await ownHand(clinic)
    const patch = { calendarAccess: 'any', calendarId: 'primary' } as const
    expect(await clinic.sync.integrations.updateSettings(owner, patch)).toMatchObject({
      status: 'needs_reconnect',
      missingScopes: [scope('calendar.events.owned'), scope('calendar.calendarlist.readonly')],
    })
    await clinic.connect()
    await settle(clinic)
    expect([own.events().length, clinic.hand.events().length]).toEqual([0, 1])
    expect(clinic.book.told).toEqual([])
  })

  it('may keep it, with no more than the scope for calendars they own', async () => {
    await using clinic = await openOwnCalendarClinic()
    await clinic.push('a1')
    const { settings } = await clinic.sync.integrations.updateSettings(owner, { calendarAccess: 'any' })
    expect(settings.calendarId).toBe(await calendarIdOf(clinic))
    expect(await asked(clinic)).toContain(scope('calendar.events.owned'))
    await clinic.connect()
    expect(await clinic.push('a1', { notes: 'window seat' })).toMatchObject({ action: 'updated' })
    expect((await ownHand(clinic)).events()).toHaveLength(1)
  })
})

describe('a calendar of the SDK’s own that the person deletes', () => {
  it('parks the owner; a new one is made on request, and has the appointments to come', async () => {
    await using clinic = await openOwnCalendarClinic()
    await clinic.push('a1')
    await clinic.push('a2')
    await clinic.sync.pullFromGoogle(owner)
    const first = await calendarIdOf(clinic)
    user(clinic).deleteCalendar(first)
    await expect(clinic.sync.pullFromGoogle(owner)).rejects.toMatchObject({ code: 'GOOGLE_CALENDAR_GONE' })
    expect(await clinic.push('a3')).toMatchObject({ error: { code: 'GOOGLE_CALENDAR_GONE' } })
    expect(await clinic.sync.integrations.listCalendars(owner)).toEqual([])
    const made = await clinic.sync.integrations.createCalendar(owner, {
      title: 'Salão da Maria',
      timeZone: 'America/Recife',
    })
    expect(made).toMatchObject({ created: true, integration: { parkedReason: null } })
    expect(await clinic.sync.integrations.listCalendars(owner)).toMatchObject([
      { id: made.calendarId, title: 'Salão da Maria', timeZone: 'America/Recife' },
    ])
    await settle(clinic)
    const own = await ownHand(clinic)
    expect(own.events()).toHaveLength(3)
    expect(new Set(own.events().map(({ id }) => id)).size).toBe(3)
    expect(clinic.hand.events()).toEqual([])
    expect(clinic.book.told).toEqual([])
    own.delete(own.events()[0]?.id ?? '')
    clinic.clock.advance(1000)
    await clinic.sync.pullFromGoogle(owner)
    expect(clinic.book.told).toMatchObject([{ type: 'cancelled' }])
  })

  it('with an insert on it that has no answer still leads to one event', async () => {
    await using clinic = await openOwnCalendarClinic()
    clinic.google.faults.dropNext({ match: { method: 'POST', path: '/events' }, applied: true })
    await clinic.push('a1')
    user(clinic).deleteCalendar(await calendarIdOf(clinic))
    clinic.clock.advance(60_000)
    await clinic.sync.tasks.run('drain_outbox')
    await clinic.sync.integrations.createCalendar(owner)
    await settle(clinic)
    expect((await ownHand(clinic)).events()).toHaveLength(1)
    expect(clinic.book.told).toEqual([])
  })

  it.each([403, 404] as const)(
    'is replaced where Google answers %d for what is out of reach',
    async (status) => {
      await using clinic = await openOwnCalendarClinic({
        emulator: { offLimitsCalendarStatus: status },
      })
      await clinic.push('a1')
      const own = await ownHand(clinic)
      own.delete(onlyEvent(own).id)
      clinic.clock.advance(1000)
      expect(await clinic.sync.pullFromGoogle(owner)).toMatchObject({ status: 'success', applied: 1 })
      user(clinic).deleteCalendar(await calendarIdOf(clinic))
      expect(await clinic.sync.integrations.createCalendar(owner)).toMatchObject({ created: true })
    },
  )
})

describe('createCalendar', () => {
  it('asked twice makes one, also at the same time', async () => {
    await using clinic = await openClinic()
    await grantAll(clinic)
    await clinic.push('a1')
    const asking = [1, 2].map(() => clinic.sync.integrations.createCalendar(owner))
    const first = await asking[0]
    clinic.clock.advance(200)
    const second = await asking[1]
    expect([first?.created, second?.created]).toEqual([true, false])
    expect(first?.calendarId).toBe(second?.calendarId)
    expect(first?.integration).toMatchObject({ status: 'active', settings: { calendarAccess: 'any' } })
    await settle(clinic)
    expect([clinic.hand.events().length, (await ownHand(clinic)).events().length]).toEqual([0, 1])
    expect(calendarsTitled(clinic, 'Agendamentos')).toBe(1)
  })

  it('works with the scope for own calendars beside the one for own events', async () => {
    await using clinic = await openClinic()
    await grantAll(clinic, ['calendar.events.owned', 'calendar.app.created'])
    await clinic.push('a1')
    const made = await clinic.sync.integrations.createCalendar(owner)
    expect(made.integration).toMatchObject({ status: 'active' })
    await settle(clinic)
    expect((await ownHand(clinic)).events()).toHaveLength(1)
  })

  it('says which scope is missing, and changes nothing', async () => {
    await using clinic = await openClinic()
    await expect(clinic.sync.integrations.createCalendar(owner)).rejects.toMatchObject({
      code: 'OAUTH_SCOPE_MISSING',
      message: expect.stringContaining(scope('calendar.app.created')),
    })
    expect(clinic.calls()).toEqual([])
    expect(await clinic.sync.integrations.get(owner)).toMatchObject({
      status: 'active',
      settings: { calendarId: 'primary' },
      dedicatedCalendar: null,
    })
  })

  it('refuses what it cannot make, naming every problem, before anything is asked', async () => {
    await using clinic = await openOwnCalendarClinic()
    const wish = { title: ' ', timeZone: 'Mars/Olympus', again: 'yes', colour: 'red' } as never
    await expect(clinic.sync.integrations.createCalendar(owner, wish)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      problems: expect.arrayContaining(
        ['title', 'timeZone', 'again', ''].map((path) => expect.objectContaining({ path })),
      ),
    })
    await expect(
      clinic.sync.integrations.createCalendar(owner, { title: 'two\nlines' }),
    ).rejects.toMatchObject({ problems: [{ path: 'title' }] })
    expect(clinic.calls()).toEqual([])
  })

  it('is for connected owners', async () => {
    await using clinic = await openOwnCalendarClinic({ connected: false })
    const create = (): Promise<unknown> => clinic.sync.integrations.createCalendar(owner)
    await expect(create()).rejects.toMatchObject({ code: 'INTEGRATION_NOT_FOUND' })
    await clinic.connect()
    user(clinic).revokeAccess()
    await clinic.push('a1')
    await expect(create()).rejects.toMatchObject({ code: 'OAUTH_GRANT_REVOKED' })
  })

  it('for a paused owner prepares the calendar and pushes nothing', async () => {
    await using clinic = await openClinic()
    await grantAll(clinic)
    await clinic.push('a1')
    await clinic.sync.integrations.setActive(owner, false)
    expect(await clinic.sync.integrations.createCalendar(owner)).toMatchObject({
      created: true,
      integration: { status: 'paused' },
    })
    await clinic.sync.tasks.run('drain_outbox')
    expect(clinic.hand.events()).toHaveLength(1)
    await clinic.sync.integrations.setActive(owner, true)
    await settle(clinic)
    expect(clinic.hand.events()).toHaveLength(0)
  })

  it('a calendar of another kind stays what it was', async () => {
    await using clinic = await openClinic()
    await grantAll(clinic)
    await clinic.sync.integrations.updateSettings(owner, { calendarId: WORK })
    await clinic.push('a1')
    await clinic.sync.integrations.createCalendar(owner)
    await settle(clinic)
    expect(user(clinic).calendar(WORK).events()).toEqual([])
    expect((await ownHand(clinic)).events()).toHaveLength(1)
  })
})
