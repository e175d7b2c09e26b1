import { describe, expect, it } from 'vitest'
import { onlyEvent, owner, spanOf, openClinic } from './clinic.ts'
import { asOffering, FOURTEEN, type OfferingClinic, openOfferingClinic, TEN } from './offering-clinic.ts'

const WORK = 'work@group.calendar.google.com'
const MINUTE = 60_000
const DAY = 86_400_000

const linkOf = (clinic: OfferingClinic, id: string): ReturnType<OfferingClinic['storage']['links']['find']> =>
  refOf(clinic).then((ref) => clinic.storage.links.find(ref, id))

async function refOf(
  clinic: OfferingClinic,
): Promise<{ tenantId: string; userId: string; integrationId: string }> {
  const view = await clinic.sync.integrations.get(owner)
  return { ...owner, integrationId: view?.integrationId ?? '' }
}

async function logged(clinic: OfferingClinic): Promise<string[]> {
  const { items } = await clinic.sync.logs.list({ tenantId: owner.tenantId, action: 'offer' })
  return items.map(({ status, errorCode }) => [status, errorCode].filter(Boolean).join(' ')).reverse()
}

/** Everything that comes round by itself, so often that whatever goes on in circles shows. */
async function settle(clinic: OfferingClinic): Promise<void> {
  for (let round = 0; round < 4; round += 1) {
    clinic.clock.advance(20 * MINUTE)
    await clinic.sync.tasks.run('drain_outbox')
    await clinic.sync.tasks.run('sync_all_calendar_integrations')
  }
}

describe('an event of the owner own', () => {
  it('is offered with what it says, and becomes the appointment that the host names', async () => {
    await using clinic = await openOfferingClinic()
    const id = clinic.write({ description: 'first time', location: 'Sala 2' })
    expect(await clinic.pull()).toMatchObject({ status: 'success', applied: 1 })
    expect(clinic.offers).toMatchObject([
      {
        type: 'created',
        googleEventId: id,
        owner,
        event: {
          googleEventId: id,
          calendarId: 'primary',
          title: 'Ana, color',
          description: 'first time',
          location: 'Sala 2',
          start: new Date('2026-05-05T13:00:00Z'),
          end: new Date('2026-05-05T14:00:00Z'),
          allDay: false,
        },
      },
    ])
    expect(await linkOf(clinic, 'b1')).toMatchObject({ state: 'live', eventId: id, base: { external: true } })
    expect(await logged(clinic)).toEqual(['success'])
  })

  it('is offered by its days where it takes whole ones', async () => {
    await using clinic = await openOfferingClinic()
    clinic.write({ start: { date: '2026-05-06' }, end: { date: '2026-05-07' } })
    await clinic.pull()
    expect(clinic.offers[0]?.event).toMatchObject({ allDay: true, start: '2026-05-06', end: '2026-05-07' })
  })

  it('stays word for word as the person wrote it when the host pushes the appointment', async () => {
    await using clinic = await openOfferingClinic()
    clinic.write()
    await clinic.pull()
    const before = onlyEvent(clinic.hand)
    expect(await clinic.push('b1')).toMatchObject({ status: 'skipped', reason: 'unchanged' })
    await settle(clinic)
    expect(onlyEvent(clinic.hand)).toEqual(before)
    expect(clinic.calls().filter((method) => /insert|patch|delete/.test(method))).toEqual([])
  })

  it('is moved by the app, and gets the mark of ours with that write alone', async () => {
    await using clinic = await openOfferingClinic()
    const id = clinic.write()
    await clinic.pull()
    const fields = { start: '2026-05-05T14:00:00-03:00', end: '2026-05-05T15:00:00-03:00' }
    clinic.clock.advance(MINUTE)
    expect(await clinic.push('b1', fields)).toMatchObject({ status: 'success', action: 'updated' })
    const event = onlyEvent(clinic.hand)
    expect(event.id).toBe(id)
    expect(spanOf(event)[0]).toBe('2026-05-05T17:00:00.000Z')
    expect(event['summary']).toBe('Ana, color')
    expect(event['extendedProperties']).toMatchObject({ private: { appointmentSync: expect.any(String) } })
  })

  it('tells the host of later edits and of its deletion, as any event of an appointment', async () => {
    await using clinic = await openOfferingClinic()
    const id = clinic.write()
    await clinic.pull()
    clinic.clock.advance(MINUTE)
    clinic.hand.patch(id, FOURTEEN)
    await clinic.pull()
    expect(clinic.book.told.at(-1)).toMatchObject({ type: 'rescheduled', appointmentId: 'b1' })
    clinic.clock.advance(MINUTE)
    clinic.hand.delete(id)
    await clinic.pull()
    expect(clinic.book.told.at(-1)).toMatchObject({ type: 'cancelled', appointmentId: 'b1' })
    expect(clinic.offers).toHaveLength(1)
  })

  it('leaves the calendar when the app cancels the appointment that it became', async () => {
    await using clinic = await openOfferingClinic()
    clinic.write()
    await clinic.pull()
    clinic.clock.advance(MINUTE)
    await clinic.push('b1', { status: 'cancelled' })
    expect(clinic.hand.events()).toEqual([])
  })

  it('stays on the calendar when its owner disconnects, whatever is to be removed', async () => {
    await using clinic = await openOfferingClinic()
    const id = clinic.write()
    await clinic.pull()
    await clinic.push('a1')
    expect(clinic.hand.events()).toHaveLength(2)
    await clinic.sync.integrations.disconnect(owner, { removeEvents: 'all' })
    expect(clinic.hand.events().map((event) => event.id)).toEqual([id])
  })

  it('that the host decided another time for is moved there by the next push', async () => {
    await using clinic = await openOfferingClinic()
    clinic.write()
    clinic.beforeAnswer = (made) => Promise.resolve(clinic.put(made.id, { end: '2026-05-05T11:30:00-03:00' }))
    await clinic.pull()
    await settle(clinic)
    expect(spanOf(onlyEvent(clinic.hand))[1]).toBe('2026-05-05T14:30:00.000Z')
  })

  it('that was edited while the host made up its mind is told once more, as a change', async () => {
    await using clinic = await openOfferingClinic()
    const id = clinic.write()
    clinic.beforeAnswer = () => {
      clinic.clock.advance(1000)
      clinic.hand.patch(id, { ...FOURTEEN, summary: 'Ana and mother' })
      return Promise.resolve()
    }
    await clinic.pull()
    await settle(clinic)
    expect(clinic.book.told).toMatchObject([
      { type: 'rescheduled', appointmentId: 'b1' },
      { type: 'edited', fields: { title: 'Ana and mother' } },
    ])
    expect(spanOf(onlyEvent(clinic.hand))[0]).toBe('2026-05-05T17:00:00.000Z')
  })

  it('that was deleted while the host made up its mind cancels the appointment', async () => {
    await using clinic = await openOfferingClinic()
    const id = clinic.write()
    clinic.beforeAnswer = () => {
      clinic.clock.advance(1000)
      clinic.hand.delete(id)
      return Promise.resolve()
    }
    await clinic.pull()
    await settle(clinic)
    expect(clinic.book.told.map(({ type }) => type)).toEqual(['cancelled'])
    expect(clinic.book.appointments.get('b1')?.status).toBe('cancelled')
    expect(clinic.hand.events()).toEqual([])
  })
})

describe('not offered', () => {
  const self = (responseStatus: string): object => ({
    attendees: [{ email: 'maria@example.com', responseStatus }, { email: 'ana@example.com' }],
  })
  it.each<[string, object]>([
    ['one that leaves the time free', { transparency: 'transparent' }],
    ['a tentative one', { status: 'tentative' }],
    ['a private one', { visibility: 'private' }],
    ['an invitation that the owner declined', self('declined')],
    [
      'a time out of office',
      { eventType: 'outOfOffice', outOfOfficeProperties: { autoDeclineMode: 'declineNone' } },
    ],
    [
      'one that is over',
      {
        start: { dateTime: '2026-05-03T10:00:00-03:00' },
        end: { dateTime: '2026-05-03T11:00:00-03:00' },
      },
    ],
    [
      'one beyond the window',
      {
        start: { dateTime: '2026-09-03T10:00:00-03:00' },
        end: { dateTime: '2026-09-03T11:00:00-03:00' },
      },
    ],
    [
      'a series that has ended',
      {
        start: { dateTime: '2026-03-03T10:00:00-03:00', timeZone: 'America/Sao_Paulo' },
        end: { dateTime: '2026-03-03T11:00:00-03:00', timeZone: 'America/Sao_Paulo' },
        recurrence: ['RRULE:FREQ=WEEKLY;UNTIL=20260410T000000Z'],
      },
    ],
    [
      'a series that has had its count',
      {
        start: { dateTime: '2026-03-03T10:00:00-03:00', timeZone: 'America/Sao_Paulo' },
        end: { dateTime: '2026-03-03T11:00:00-03:00', timeZone: 'America/Sao_Paulo' },
        recurrence: ['RRULE:FREQ=WEEKLY;COUNT=4'],
      },
    ],
    [
      'one with the mark of another integration',
      { extendedProperties: { private: { appointmentSync: 'x' } } },
    ],
  ])('is %s', async (_, body) => {
    await using clinic = await openOfferingClinic()
    await clinic.pull()
    clinic.write(body)
    await clinic.pull()
    await settle(clinic)
    expect(clinic.offers).toEqual([])
    expect(await logged(clinic)).toEqual([])
  })

  it.each(['busy', 'ignore'] as const)('is anything under %s', async (externalEvents) => {
    await using clinic = await openOfferingClinic({ settings: { externalEvents } })
    clinic.write()
    await settle(clinic)
    expect(clinic.offers).toEqual([])
  })

  it('is anything under to_google', async () => {
    await using clinic = await openOfferingClinic({ settings: { syncDirection: 'to_google' } })
    clinic.write()
    await settle(clinic)
    expect(clinic.offers).toEqual([])
  })

  it('is an event of ours, nor the copy of it that a guest has', async () => {
    await using clinic = await openOfferingClinic()
    const second = { tenantId: owner.tenantId, userId: 'second' }
    await clinic.connect({ account: 'second@example.com', as: second })
    await clinic.push('a1', { attendees: [{ email: 'second@example.com' }] })
    const copies = clinic.google.user('second@example.com').calendar().events()
    expect(copies).toHaveLength(1)
    await clinic.sync.pullFromGoogle(second)
    await settle(clinic)
    expect(clinic.offers).toEqual([])
  })

  it('are the occurrences of a series one by one: it is offered as a whole, with its rule', async () => {
    await using clinic = await openOfferingClinic()
    const zone = { timeZone: 'America/Sao_Paulo' }
    const id = clinic.write({
      start: { ...TEN.start, ...zone },
      end: { ...TEN.end, ...zone },
      recurrence: ['RRULE:FREQ=WEEKLY;COUNT=6'],
    })
    const instance = clinic.hand.instances(id)[1]?.id ?? ''
    clinic.hand.patch(instance, { summary: 'another word' })
    await settle(clinic)
    expect(clinic.offers).toHaveLength(1)
    expect(clinic.offers[0]?.event).toMatchObject({
      googleEventId: id,
      recurrence: ['RRULE:FREQ=WEEKLY;COUNT=6'],
    })
  })
})

describe('once means once', () => {
  it('over increments, full passes, an expired token, edits and moves between calendars', async () => {
    await using clinic = await openOfferingClinic()
    clinic.decide = () => Promise.resolve({ status: 'rejected', reason: 'no appointment' })
    const id = clinic.write()
    await clinic.pull()
    for (let round = 0; round < 6; round += 1) {
      clinic.clock.advance(DAY)
      clinic.hand.patch(id, { summary: `again ${round}`, ...FOURTEEN })
      if (round % 2 === 1) clinic.google.faults.expireSyncTokens()
      if (round === 2) clinic.hand.move(id, WORK)
      await clinic.sync.tasks.run('sync_all_calendar_integrations')
      if (round === 2) clinic.google.user('maria@example.com').calendar(WORK).move(id, 'maria@example.com')
      await settle(clinic)
    }
    expect(clinic.offers).toHaveLength(1)
    expect(await logged(clinic)).toEqual(['rejected'])
    expect(clinic.hand.events()).toHaveLength(1)
  })

  it.each([
    ['rejects', { status: 'rejected', reason: 'not for us' } as const],
    ['takes note without an appointment', { status: 'applied' } as const],
  ])('also where the host %s, and the event stays busy time', async (_, answer) => {
    await using clinic = await openOfferingClinic()
    clinic.decide = () => Promise.resolve(answer)
    clinic.write()
    await settle(clinic)
    expect(clinic.offers).toHaveLength(1)
    const range = { from: '2026-05-05T00:00:00Z', to: '2026-05-06T00:00:00Z' }
    expect(await clinic.sync.availability.busy(owner, range)).toMatchObject({
      busy: [{ start: new Date('2026-05-05T13:00:00Z') }],
    })
  })

  it('also when it was declined, deleted and taken out of the bin again', async () => {
    await using clinic = await openOfferingClinic()
    clinic.decide = () => Promise.resolve({ status: 'rejected', reason: 'no' })
    const id = clinic.write({
      start: { dateTime: '2026-05-30T10:00:00-03:00' },
      end: { dateTime: '2026-05-30T11:00:00-03:00' },
    })
    await settle(clinic)
    clinic.hand.delete(id)
    await settle(clinic)
    clinic.clock.advance(10 * DAY)
    clinic.hand.patch(id, { status: 'confirmed' })
    await settle(clinic)
    expect(clinic.offers).toHaveLength(1)
  })

  it('a host that fails is asked again under the same change, and is told the same', async () => {
    await using clinic = await openOfferingClinic()
    const id = clinic.write()
    clinic.decide = () => Promise.reject(new Error('the host is down'))
    await clinic.pull()
    clinic.hand.patch(id, { summary: 'rewritten meanwhile' })
    clinic.decide = null
    await settle(clinic)
    const [first, second] = clinic.offers
    expect(clinic.offers).toHaveLength(2)
    expect(second).toEqual(first)
    expect(clinic.book.told).toMatchObject([{ type: 'edited', fields: { title: 'rewritten meanwhile' } }])
    expect(clinic.hand.events()).toHaveLength(1)
  })

  it('what was changed before the host was told is told as it is', async () => {
    await using clinic = await openOfferingClinic()
    const id = clinic.write()
    await clinic.pull()
    const other = clinic.write(FOURTEEN)
    expect(clinic.offers).toHaveLength(1)
    // Read, and not told yet: the host's turn comes later.
    const busy = await clinic.storage.leases.acquire({
      key: `inbox:${owner.tenantId}:${(await refOf(clinic)).integrationId}`,
      nowMs: clinic.clock.now(),
      ttlMs: MINUTE,
    })
    expect(busy).not.toBeNull()
    await clinic.pull()
    clinic.hand.patch(other, { summary: 'the newest words' })
    clinic.clock.advance(2 * MINUTE)
    await clinic.sync.tasks.run('drain_outbox')
    expect(clinic.offers.map(({ event }) => event.title)).toEqual(['Ana, color', 'the newest words'])
    expect(clinic.hand.get(id)['summary']).toBe('Ana, color')
  })

  it('a deletion before the host was told withdraws the offer', async () => {
    await using clinic = await openOfferingClinic()
    await clinic.pull()
    const id = clinic.write()
    const lease = await clinic.storage.leases.acquire({
      key: `inbox:${owner.tenantId}:${(await refOf(clinic)).integrationId}`,
      nowMs: clinic.clock.now(),
      ttlMs: MINUTE,
    })
    await clinic.pull()
    clinic.hand.delete(id)
    expect(lease).not.toBeNull()
    clinic.clock.advance(2 * MINUTE)
    await settle(clinic)
    expect(clinic.offers).toEqual([])
    expect(await logged(clinic)).toEqual(['skipped'])
    clinic.hand.patch(id, { status: 'confirmed' })
    await settle(clinic)
    expect(clinic.offers).toHaveLength(1)
  })
})

describe('opting in', () => {
  it('offers what is on the calendar from now on, although no increment names it', async () => {
    await using clinic = asOffering(await openClinic())
    const id = clinic.write()
    clinic.write({
      start: { dateTime: '2026-05-03T10:00:00-03:00' },
      end: { dateTime: '2026-05-03T11:00:00-03:00' },
    })
    await clinic.pull()
    await clinic.pull()
    await clinic.sync.integrations.updateSettings(owner, { externalEvents: 'appointment' })
    expect(await clinic.pull()).toMatchObject({ mode: 'full' })
    expect(clinic.offers.map(({ googleEventId }) => googleEventId)).toEqual([id])
    expect(await clinic.pull()).toMatchObject({ mode: 'incremental' })
  })

  it('is not lost to a pass that began before it', async () => {
    await using clinic = asOffering(await openClinic())
    await clinic.pull()
    const id = clinic.write()
    await clinic.pull()
    let switched = false
    // The switch comes between the look at the settings and the end of the pass.
    const { transaction } = clinic.storage
    Object.assign(clinic.storage, {
      transaction: async (work: Parameters<typeof transaction>[0]) => {
        if (!switched) {
          switched = true
          await clinic.sync.integrations.updateSettings(owner, { externalEvents: 'appointment' })
        }
        return transaction(work)
      },
    })
    await clinic.pull()
    Object.assign(clinic.storage, { transaction })
    await clinic.pull()
    expect(clinic.offers.map(({ googleEventId }) => googleEventId)).toEqual([id])
  })

  it('is not lost to a full pass that fails after the increment went well', async () => {
    await using clinic = asOffering(await openClinic())
    const id = clinic.write()
    await clinic.pull()
    await clinic.sync.integrations.updateSettings(owner, { externalEvents: 'appointment' })
    const lists = { method: 'GET', path: '/events' }
    clinic.google.faults.failNext({ match: lists, status: 503, times: 20, after: 1 })
    await expect(clinic.pull()).rejects.toMatchObject({ code: 'GOOGLE_UNAVAILABLE' })
    clinic.google.faults.clear()
    await clinic.pull()
    expect(clinic.offers.map(({ googleEventId }) => googleEventId)).toEqual([id])
  })

  it('that is taken back withdraws what the host was not told', async () => {
    await using clinic = await openOfferingClinic()
    clinic.write()
    const lease = await clinic.storage.leases.acquire({
      key: `inbox:${owner.tenantId}:${(await refOf(clinic)).integrationId}`,
      nowMs: clinic.clock.now(),
      ttlMs: MINUTE,
    })
    expect(lease).not.toBeNull()
    await clinic.pull()
    await clinic.sync.integrations.updateSettings(owner, { externalEvents: 'busy' })
    await settle(clinic)
    expect(clinic.offers).toEqual([])
    await clinic.sync.integrations.updateSettings(owner, { externalEvents: 'appointment' })
    await settle(clinic)
    expect(clinic.offers).toHaveLength(1)
  })
})

describe('an owner for whom Google cannot be asked', () => {
  it('costs one look, whatever waits, and is told all of it once that is over', async () => {
    await using clinic = await openOfferingClinic()
    await clinic.pull()
    for (let at = 0; at < 10; at += 1) clinic.write({ summary: `client ${at}` })
    const gets = { method: 'GET', path: /\/events\/\w/ }
    const fault = { match: gets, status: 403, reason: 'quotaExceeded', times: 1 }
    clinic.google.faults.failNext(fault)
    await clinic.pull()
    clinic.calls()
    for (let hour = 0; hour < 5; hour += 1) {
      clinic.clock.advance(60 * MINUTE)
      await clinic.sync.tasks.run('drain_outbox')
    }
    expect(clinic.calls()).toEqual([])
    expect(clinic.offers).toEqual([])
    expect(await logged(clinic)).toEqual(['failed GOOGLE_QUOTA_EXCEEDED'])
    clinic.clock.advance(120 * MINUTE)
    await settle(clinic)
    expect(clinic.offers).toHaveLength(10)
  })

  it.each(['paused', 'needs_reconnect'] as const)('while %s is offered nothing', async (status) => {
    await using clinic = await openOfferingClinic()
    clinic.write()
    const lease = await clinic.storage.leases.acquire({
      key: `inbox:${owner.tenantId}:${(await refOf(clinic)).integrationId}`,
      nowMs: clinic.clock.now(),
      ttlMs: MINUTE,
    })
    expect(lease).not.toBeNull()
    await clinic.pull()
    if (status === 'paused') await clinic.sync.integrations.setActive(owner, false)
    else clinic.google.faults.revokeGrants()
    for (let round = 0; round < 3; round += 1) await settle(clinic)
    expect(clinic.offers).toEqual([])
    if (status === 'paused') await clinic.sync.integrations.setActive(owner, true)
    else await clinic.connect()
    await settle(clinic)
    expect(clinic.offers).toHaveLength(1)
  })
})
