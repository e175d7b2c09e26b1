import { describe, expect, it } from 'vitest'
import type { AppointmentChange, ApplyResult } from 'appointment-sync'
import { ACCOUNT, type Clinic, onlyEvent, openClinic, OTHER_ACCOUNT, owner, spanOf } from './clinic.ts'

/** Nine o'clock is where every appointment begins. */
function at(hour: number): { start: string; end: string } {
  const clock = `2026-05-05T${String(hour).padStart(2, '0')}`
  return { start: `${clock}:00:00-03:00`, end: `${clock}:30:00-03:00` }
}
const inGoogle = (hour: number): { start: object; end: object } => ({
  start: { dateTime: at(hour).start },
  end: { dateTime: at(hour).end },
})
const iso = (hour: number): string => new Date(at(hour).start).toISOString()
const appTime = (clinic: Clinic, id = 'a1'): string =>
  new Date(clinic.book.appointments.get(id)?.start ?? 0).toISOString()
/** What the app and the calendar say, in this order. */
const bothSides = (clinic: Clinic): [string, string] => [appTime(clinic), spanOf(onlyEvent(clinic.hand))[0]]
const hostIsDown = (): Promise<ApplyResult> => Promise.reject(new Error('the host is down'))

/** A booked, read appointment, a second later. */
async function booked(settings: Parameters<typeof openClinic>[0] = {}): Promise<Clinic> {
  const clinic = await openClinic(settings)
  await clinic.push('a1')
  await clinic.sync.pullFromGoogle(owner)
  clinic.clock.advance(1000)
  return clinic
}

/** A person changes the event, and it is read. */
async function personPatches(clinic: Clinic, id: string, body: object): Promise<void> {
  clinic.hand.patch(id, body)
  await clinic.sync.pullFromGoogle(owner)
  clinic.clock.advance(1000)
}

async function settle(clinic: Clinic): Promise<void> {
  for (let round = 0; round < 4; round += 1) {
    clinic.clock.advance(3_600_000)
    await clinic.sync.tasks.run('drain_outbox')
    await clinic.sync.pullFromGoogle(owner)
  }
}

/** Does what the change says, then dies before it can answer. */
function followsThenDies(clinic: Clinic): (change: AppointmentChange) => Promise<ApplyResult> {
  return (change) => {
    clinic.put('a1', change)
    return Promise.reject(new Error('killed after the commit'))
  }
}

describe('a tombstone of an earlier connection', () => {
  it('does not cancel the booking when the first insert after a reconnect fails', async () => {
    await using clinic = await booked()
    await clinic.sync.integrations.disconnect(owner, { removeEvents: 'all' })
    clinic.clock.advance(1000)
    await clinic.connect()
    clinic.google.faults.failNext({ match: { method: 'POST', path: '/events' }, status: 503 })
    expect(await clinic.sync.syncAllAppointmentsForUser(owner)).toMatchObject({ queued: 1 })
    await settle(clinic)
    expect(clinic.book.told).toEqual([])
    onlyEvent(clinic.hand)
  })

  it('does not cancel it either after a detour over another account', async () => {
    await using clinic = await booked()
    await clinic.push('a1', { status: 'cancelled' })
    await clinic.connect({ account: OTHER_ACCOUNT })
    await clinic.connect({ account: ACCOUNT })
    clinic.clock.advance(1000)
    clinic.google.faults.dropNext({ match: { method: 'POST', path: '/events' } })
    await clinic.push('a1', { status: 'confirmed' })
    await settle(clinic)
    expect(clinic.book.appointments.get('a1')?.status).toBe('confirmed')
    onlyEvent(clinic.hand)
  })
})

describe('the app edits while a change from Google waits for the host', () => {
  async function editedMeanwhile(conflictResolution: 'manual' | 'app_wins' | 'google_wins'): Promise<Clinic> {
    const clinic = await booked({ settings: { conflictResolution } })
    clinic.book.answers.push(hostIsDown)
    await personPatches(clinic, onlyEvent(clinic.hand).id, inGoogle(16))
    expect(await clinic.push('a1', at(11))).toEqual({ status: 'skipped', reason: 'change_pending' })
    await settle(clinic)
    return clinic
  }

  it('manual opens a conflict and overruns neither side', async () => {
    await using clinic = await editedMeanwhile('manual')
    expect(bothSides(clinic)).toEqual([iso(11), iso(16)])
    const { items } = await clinic.sync.conflicts.list({ tenantId: owner.tenantId })
    expect(items).toMatchObject([{ fields: ['time'], reason: 'both_changed' }])
  })

  it.each([
    ['app_wins', 11],
    ['google_wins', 16],
  ] as const)('%s ends at %i on both sides', async (policy, hour) => {
    await using clinic = await editedMeanwhile(policy)
    expect(bothSides(clinic)).toEqual([iso(hour), iso(hour)])
  })

  it('a deletion that waits does not cancel what the app has edited since', async () => {
    await using clinic = await booked({ settings: { conflictResolution: 'app_wins' } })
    clinic.book.answers.push(hostIsDown)
    clinic.hand.delete(onlyEvent(clinic.hand).id)
    await clinic.sync.pullFromGoogle(owner)
    clinic.clock.advance(1000)
    await clinic.push('a1', at(11))
    await settle(clinic)
    expect(clinic.book.appointments.get('a1')?.status).toBe('confirmed')
    expect(bothSides(clinic)).toEqual([iso(11), iso(11)])
  })
})

describe('a person takes a change back while the host is down', () => {
  it('an event deleted and restored stays booked', async () => {
    await using clinic = await booked()
    const { id } = onlyEvent(clinic.hand)
    clinic.book.answers.push(hostIsDown)
    clinic.hand.delete(id)
    await clinic.sync.pullFromGoogle(owner)
    clinic.clock.advance(1000)
    await personPatches(clinic, id, { status: 'confirmed' })
    await settle(clinic)
    expect(clinic.book.appointments.get('a1')?.status).toBe('confirmed')
    onlyEvent(clinic.hand)
  })

  it('a move and its way back leave the time as it was', async () => {
    await using clinic = await booked()
    const { id } = onlyEvent(clinic.hand)
    clinic.book.answers.push(hostIsDown)
    await personPatches(clinic, id, inGoogle(16))
    await personPatches(clinic, id, inGoogle(9))
    await settle(clinic)
    expect(bothSides(clinic)).toEqual([iso(9), iso(9)])
  })
})

describe('a host that took a change and could not say so', () => {
  it.each(['app_wins', 'manual'] as const)('%s follows the next move without a conflict', async (policy) => {
    await using clinic = await booked({ settings: { conflictResolution: policy } })
    const { id } = onlyEvent(clinic.hand)
    clinic.book.answers.push(followsThenDies(clinic))
    await personPatches(clinic, id, inGoogle(16))
    await personPatches(clinic, id, inGoogle(17))
    await settle(clinic)
    expect(bothSides(clinic)).toEqual([iso(17), iso(17)])
    expect((await clinic.sync.conflicts.list({ tenantId: owner.tenantId })).items).toEqual([])
  })

  it('one appointment the host cannot give does not stop the others of the calendar', async () => {
    await using clinic = await booked()
    await clinic.push('a2', at(10))
    const get = clinic.book.get
    clinic.book.get = (ref) =>
      ref.appointmentId === 'a1' ? Promise.reject(new Error('broken row')) : get(ref)
    clinic.clock.advance(1000)
    for (const event of clinic.hand.events()) clinic.hand.patch(event.id, inGoogle(16))
    await clinic.sync.pullFromGoogle(owner)
    expect(appTime(clinic, 'a2')).toBe(iso(16))
    expect(clinic.book.told.map(({ appointmentId }) => appointmentId)).toEqual(['a2'])
    clinic.book.get = get
    await settle(clinic)
    expect(appTime(clinic)).toBe(iso(16))
  })
})

describe('what Google shows late', () => {
  it('a list older than our own last write is no edit', async () => {
    await using clinic = await booked()
    const stale = structuredClone(onlyEvent(clinic.hand))
    clinic.clock.advance(60_000)
    await clinic.push('a1', at(11))
    const body = {
      kind: 'calendar#events',
      timeZone: 'America/Sao_Paulo',
      items: [stale],
      nextSyncToken: 'later',
    }
    clinic.google.faults.failNext({ match: { method: 'GET', path: '/events' }, status: 200, body })
    expect(await clinic.sync.pullFromGoogle(owner)).toMatchObject({ echoes: 1 })
    expect(clinic.book.told).toEqual([])
  })

  it('an event restored at another time brings the app to that time', async () => {
    await using clinic = await booked()
    const { id } = onlyEvent(clinic.hand)
    clinic.hand.delete(id)
    await clinic.sync.pullFromGoogle(owner)
    clinic.clock.advance(1000)
    await personPatches(clinic, id, { status: 'confirmed', ...inGoogle(16) })
    await settle(clinic)
    expect(clinic.book.appointments.get('a1')?.status).toBe('confirmed')
    expect(bothSides(clinic)).toEqual([iso(16), iso(16)])
  })
})

describe('a restored event whose host is down', () => {
  it('is not deleted again by the next edit, and its restoration is told', async () => {
    await using clinic = await booked()
    const { id } = onlyEvent(clinic.hand)
    await clinic.push('a1', { status: 'cancelled' })
    await clinic.sync.pullFromGoogle(owner)
    clinic.clock.advance(1000)
    clinic.book.answers.push(hostIsDown)
    await personPatches(clinic, id, { status: 'confirmed' })
    await personPatches(clinic, id, inGoogle(16))
    await settle(clinic)
    expect(clinic.book.appointments.get('a1')?.status).toBe('confirmed')
    expect(bothSides(clinic)).toEqual([iso(16), iso(16)])
  })

  it('brings the app to its time also when the host confirmed and could not say so', async () => {
    await using clinic = await booked()
    const { id } = onlyEvent(clinic.hand)
    clinic.hand.delete(id)
    await clinic.sync.pullFromGoogle(owner)
    clinic.clock.advance(1000)
    clinic.book.answers.push(() => {
      clinic.put('a1', { status: 'confirmed' })
      return Promise.reject(new Error('killed after the commit'))
    })
    await personPatches(clinic, id, { status: 'confirmed', ...inGoogle(16) })
    await settle(clinic)
    expect(bothSides(clinic)).toEqual([iso(16), iso(16)])
  })
})

describe('a deletion while a conflict is open', () => {
  it('under to_google the next change makes the event again', async () => {
    await using clinic = await booked()
    const { id } = onlyEvent(clinic.hand)
    clinic.put('a1', at(11))
    await personPatches(clinic, id, inGoogle(16))
    await clinic.sync.integrations.updateSettings(owner, { syncDirection: 'to_google' })
    clinic.hand.delete(id)
    await clinic.push('a1', { ...at(12), service: { name: 'Barba' } })
    await settle(clinic)
    expect(bothSides(clinic)).toEqual([iso(12), iso(12)])
  })

  it('under from_google it settles the conflict that has no object any more', async () => {
    await using clinic = await booked()
    await clinic.sync.integrations.updateSettings(owner, { syncDirection: 'from_google' })
    const { id } = onlyEvent(clinic.hand)
    clinic.book.answers.push(() => Promise.resolve({ status: 'rejected', reason: 'no' }))
    await personPatches(clinic, id, inGoogle(16))
    clinic.hand.delete(id)
    await settle(clinic)
    expect((await clinic.sync.conflicts.list({ tenantId: owner.tenantId })).items).toEqual([])
  })
})

describe('one direction', () => {
  it('from_google writes nothing, by no sweep and by no intent from before', async () => {
    await using clinic = await openClinic()
    clinic.google.faults.failNext({ status: 503 })
    await clinic.push('a1')
    await clinic.sync.integrations.updateSettings(owner, { syncDirection: 'from_google' })
    await clinic.sync.syncAllAppointmentsForUser(owner)
    await settle(clinic)
    expect(clinic.hand.events()).toEqual([])
    expect(await clinic.storage.outbox.count({})).toMatchObject({ pending: 0, dead: 0 })
  })

  it('to_google puts a moved event back when the app next pushes', async () => {
    await using clinic = await booked({ settings: { syncDirection: 'to_google' } })
    clinic.hand.patch(onlyEvent(clinic.hand).id, inGoogle(16))
    clinic.clock.advance(1000)
    await clinic.push('a1', { service: { name: 'Barba' } })
    expect(bothSides(clinic)).toEqual([iso(9), iso(9)])
    expect(clinic.book.told).toEqual([])
  })
})

describe('disconnecting while work is under way', () => {
  const insert = { method: 'POST', path: '/events' }

  it('takes off an event whose insert was never answered', async () => {
    await using clinic = await openClinic()
    clinic.google.faults.failNext({ match: insert, status: 503, applied: true })
    await clinic.push('a1')
    onlyEvent(clinic.hand)
    expect(await clinic.sync.integrations.disconnect(owner, { removeEvents: 'all' })).toMatchObject({
      eventsRemoved: 1,
      eventsLeft: 0,
    })
    expect(clinic.hand.events()).toEqual([])
  })

  it('waits for an insert that is being made, and takes its event off', async () => {
    await using clinic = await openClinic()
    const { promise, resolve } = Promise.withResolvers<void>()
    clinic.google.faults.delayNext({ match: insert, until: promise })
    const pushing = clinic.push('a1')
    while (clinic.hand.events().length === 0) await new Promise((next) => setImmediate(next))
    const ending = clinic.sync.integrations.disconnect(owner, { removeEvents: 'all' })
    resolve()
    await Promise.all([pushing, ending])
    expect(clinic.hand.events()).toEqual([])
  })

  it('is not thrown off by a change of settings at the same time', async () => {
    await using clinic = await booked()
    const ending = clinic.sync.integrations.disconnect(owner, { removeEvents: 'all' })
    await clinic.sync.integrations.updateSettings(owner, { eventPrefix: 'X' })
    expect(await ending).toMatchObject({ eventsLeft: 0, revocation: 'revoked' })
  })

  it('stops telling the host, and so does a pause', async () => {
    await using clinic = await booked()
    await clinic.push('a2', at(10))
    for (const event of clinic.hand.events()) clinic.hand.patch(event.id, inGoogle(16))
    clinic.book.answers.push(async () => {
      await clinic.sync.integrations.setActive(owner, false)
      return { status: 'applied' }
    })
    await clinic.sync.pullFromGoogle(owner)
    expect(clinic.book.told).toHaveLength(1)
    await clinic.sync.integrations.setActive(owner, true)
    await settle(clinic)
    expect(clinic.book.told).toHaveLength(2)
  })
})

describe('what waits is not left waiting', () => {
  it('two refused tokens in a row are a hiccup, not a dead letter', async () => {
    await using clinic = await openClinic()
    clinic.google.faults.failNext({ match: { path: '/events' }, status: 401, times: 2 })
    expect(await clinic.push('a1')).toMatchObject({
      status: 'queued',
      error: { code: 'GOOGLE_UNAUTHORIZED' },
    })
    await settle(clinic)
    onlyEvent(clinic.hand)
  })

  it('settings that do without a missing scope wake what waited for it', async () => {
    await using clinic = await openClinic()
    const { updateSettings, status } = clinic.sync.integrations
    await updateSettings(owner, { calendarId: 'work@group.calendar.google.com' })
    expect(await status(owner)).toMatchObject({
      status: 'needs_reconnect',
      statusReason: 'OAUTH_SCOPE_MISSING',
    })
    expect(await clinic.push('a1')).toMatchObject({ status: 'queued', retryAt: null })
    await updateSettings(owner, { calendarId: 'primary' })
    await clinic.sync.tasks.run('drain_outbox')
    onlyEvent(clinic.hand)
  })

  it('a conflict that a push settles has its end', async () => {
    await using clinic = await booked()
    clinic.put('a1', at(11))
    await personPatches(clinic, onlyEvent(clinic.hand).id, inGoogle(16))
    await clinic.push('a1', at(16))
    const { items } = await clinic.sync.conflicts.list({ tenantId: owner.tenantId, status: 'resolved' })
    expect(items).toMatchObject([{ resolution: 'sides_agree' }])
    expect(items[0]?.resolvedAtMs).toBeGreaterThan(0)
  })
})
