import { describe, expect, it } from 'vitest'
import { type AppointmentSync, createAppointmentSync } from 'appointment-sync'
import type { Storage, StorageSession } from 'appointment-sync/ports'
import { appointment, owner } from './clinic.ts'
import { FOURTEEN, type OfferingClinic, openOfferingClinic } from './offering-clinic.ts'

const MINUTE = 60_000

async function settle(clinic: OfferingClinic): Promise<void> {
  for (let round = 0; round < 4; round += 1) {
    clinic.clock.advance(20 * MINUTE)
    await clinic.sync.tasks.run('drain_outbox')
    await clinic.sync.tasks.run('sync_all_calendar_integrations')
  }
}

const ids = (clinic: OfferingClinic): string[] => clinic.hand.events().map((event) => event.id)

/** That the person's event is the only one, and the appointment's, under which it is linked and goes both ways. */
async function expectOne(clinic: OfferingClinic, eventId: string, appointmentId: string): Promise<void> {
  await settle(clinic)
  expect(ids(clinic)).toEqual([eventId])
  expect(clinic.offers.length).toBeGreaterThan(0)
  clinic.hand.patch(eventId, FOURTEEN)
  await settle(clinic)
  expect(clinic.book.told.at(-1)).toMatchObject({ type: 'rescheduled', appointmentId })
  expect(ids(clinic)).toEqual([eventId])
}

const inserts = (clinic: OfferingClinic): number =>
  clinic.calls().filter((method) => method === 'events.insert').length

describe('a host that pushes the appointment it makes of an event', () => {
  it('out of its apply makes no second event', async () => {
    await using clinic = await openOfferingClinic()
    const id = clinic.write()
    const said: unknown[] = []
    clinic.beforeAnswer = async (made) => said.push(await clinic.sync.syncAppointmentToGoogle(made))
    await clinic.pull()
    expect(said).toEqual([{ status: 'skipped', reason: 'change_pending' }])
    await settle(clinic)
    expect(inserts(clinic)).toBe(0)
    await expectOne(clinic, id, 'b1')
  })

  it('out of its apply, by another process, makes no second event', async () => {
    await using clinic = await openOfferingClinic()
    const other = createAppointmentSync(clinic.options)
    const id = clinic.write()
    clinic.beforeAnswer = (made) => other.syncAppointmentToGoogle(made)
    await clinic.pull()
    await other.tasks.run('drain_outbox')
    await settle(clinic)
    expect(inserts(clinic)).toBe(0)
    await expectOne(clinic, id, 'b1')
    await other.close()
  })

  it('right after it answered makes no second event', async () => {
    await using clinic = await openOfferingClinic()
    const id = clinic.write()
    await clinic.pull()
    expect(await clinic.push('b1')).toEqual({ status: 'skipped', reason: 'unchanged' })
    expect(inserts(clinic)).toBe(0)
    await expectOne(clinic, id, 'b1')
  })

  it('under the id that was suggested makes no second event', async () => {
    await using clinic = await openOfferingClinic()
    const id = clinic.write()
    clinic.idFor = ({ appointmentId }) => appointmentId
    clinic.beforeAnswer = (made) => clinic.sync.syncAppointmentToGoogle(made)
    await clinic.pull()
    const suggested = clinic.offers[0]?.appointmentId ?? ''
    expect(suggested).toMatch(/^google-[0-9a-f]{24}$/)
    expect(inserts(clinic)).toBe(0)
    await expectOne(clinic, id, suggested)
  })

  it('so long before it answers that nothing waits for it any more: the fresh event gives way', async () => {
    await using clinic = await openOfferingClinic()
    const id = clinic.write()
    clinic.beforeAnswer = async (made) => {
      clinic.clock.advance(5 * MINUTE)
      await clinic.sync.syncAppointmentToGoogle(made)
      expect(ids(clinic)).toHaveLength(2)
    }
    await clinic.pull()
    expect(ids(clinic)).toEqual([id])
    await expectOne(clinic, id, 'b1')
  })

  it('holds up no other booking for longer than the host takes to answer', async () => {
    await using clinic = await openOfferingClinic()
    clinic.write()
    clinic.beforeAnswer = async () => {
      expect(await clinic.push('a1')).toMatchObject({ reason: 'change_pending' })
    }
    await clinic.pull()
    clinic.clock.advance(6000)
    await clinic.sync.tasks.run('drain_outbox')
    expect(clinic.hand.events()).toHaveLength(2)
  })

  it('holds up no booking after it threw', async () => {
    await using clinic = await openOfferingClinic()
    clinic.write()
    clinic.decide = () => Promise.reject(new Error('not now'))
    await clinic.pull()
    expect(await clinic.push('a1')).toMatchObject({ status: 'success', action: 'created' })
  })
})

describe('an answer that cannot be carried out', () => {
  const answering = (appointmentId: string) => () =>
    Promise.resolve({ status: 'applied' as const, appointmentId })

  async function expectRefused(clinic: OfferingClinic, own: readonly string[]): Promise<void> {
    const { items } = await clinic.sync.logs.list({ tenantId: owner.tenantId, action: 'offer' })
    expect(items.map(({ status, errorCode }) => [status, errorCode])).toEqual([
      ['failed', 'OFFER_NOT_LINKED'],
    ])
    await settle(clinic)
    expect(ids(clinic)).toEqual(own)
    expect(clinic.offers).toHaveLength(1)
  }

  it('names an appointment that has had its own event: both stay as they are', async () => {
    await using clinic = await openOfferingClinic()
    await clinic.push('a1')
    clinic.clock.advance(MINUTE)
    clinic.decide = answering('a1')
    clinic.write()
    const before = ids(clinic)
    await clinic.pull()
    await expectRefused(clinic, before)
  })

  it('names an appointment that took another event of the owner', async () => {
    await using clinic = await openOfferingClinic()
    const first = clinic.write()
    await clinic.pull()
    clinic.clock.advance(MINUTE)
    clinic.decide = answering('b1')
    const second = clinic.write(FOURTEEN)
    await clinic.pull()
    await settle(clinic)
    expect(ids(clinic)).toEqual([first, second])
    const { items } = await clinic.sync.logs.list({ tenantId: owner.tenantId, action: 'offer' })
    expect(items.map(({ errorCode }) => errorCode)).toEqual(['OFFER_NOT_LINKED', null])
  })

  it('names an appointment that the host does not know', async () => {
    await using clinic = await openOfferingClinic()
    clinic.decide = answering('nobody')
    const id = clinic.write()
    await clinic.pull()
    await expectRefused(clinic, [id])
  })

  it.each([
    ['another user', { userId: 'joana' }],
    ['another tenant', { tenantId: 'clinic-2' }],
  ])('names an appointment of %s', async (_, whose) => {
    await using clinic = await openOfferingClinic()
    clinic.book.appointments.set('x', appointment('x', whose))
    clinic.decide = answering('x')
    const id = clinic.write()
    await clinic.pull()
    await expectRefused(clinic, [id])
  })

  it('names an appointment that is cancelled already: the person keeps the event', async () => {
    await using clinic = await openOfferingClinic()
    clinic.book.appointments.set('x', appointment('x', { status: 'cancelled' }))
    clinic.decide = answering('x')
    const id = clinic.write()
    await clinic.pull()
    await expectRefused(clinic, [id])
  })

  it('waits for a host that cannot be asked now, without telling it again', async () => {
    await using clinic = await openOfferingClinic()
    const { get } = clinic.book
    const id = clinic.write()
    clinic.book.get = () => Promise.reject(new Error('down'))
    await clinic.pull()
    clinic.book.get = get
    await settle(clinic)
    expect(clinic.offers).toHaveLength(1)
    await expectOne(clinic, id, 'b1')
  })

  it('waits for Google, and the appointment gets no event of its own meanwhile', async () => {
    await using clinic = await openOfferingClinic()
    const id = clinic.write()
    clinic.beforeAnswer = () => {
      clinic.google.faults.failNext({ match: { method: 'GET', path: /\/events\/\w/ }, status: 503, times: 8 })
      return Promise.resolve()
    }
    await clinic.pull()
    expect(await clinic.push('b1')).toMatchObject({ status: 'skipped', reason: 'change_pending' })
    await settle(clinic)
    await settle(clinic)
    expect(clinic.offers).toHaveLength(1)
    await expectOne(clinic, id, 'b1')
  })
})

describe('an appointment that names the event it was made of', () => {
  const late = {
    googleEventId: '',
    title: 'Ana',
    start: '2026-05-05T10:00:00-03:00',
    end: '2026-05-05T11:00:00-03:00',
  }

  it('becomes its appointment long after the offer was answered without one', async () => {
    await using clinic = await openOfferingClinic()
    clinic.decide = () => Promise.resolve({ status: 'applied' })
    const id = clinic.write()
    await clinic.pull()
    clinic.clock.advance(60 * MINUTE)
    expect(await clinic.push('b1', { ...late, googleEventId: id })).toMatchObject({ status: 'skipped' })
    expect(inserts(clinic)).toBe(0)
    expect(clinic.hand.get(id)['summary']).toBe('Ana, color')
    await expectOne(clinic, id, 'b1')
  })

  it('finds it again after its owner disconnected and connected anew, marked or not', async () => {
    await using clinic = await openOfferingClinic()
    clinic.beforeAnswer = (made) =>
      Promise.resolve(clinic.put(made.id, { googleEventId: clinic.offers.at(-1)?.googleEventId }))
    const id = clinic.write()
    await clinic.pull()
    for (const title of ['Ana', 'Ana B.']) {
      clinic.clock.advance(MINUTE)
      await clinic.push('b1', { title })
      await clinic.sync.integrations.disconnect(owner, { removeEvents: 'all' })
      await clinic.connect()
      await clinic.push('b1')
      expect(ids(clinic)).toEqual([id])
    }
    clinic.beforeAnswer = null
    await expectOne(clinic, id, 'b1')
  })

  it('at another time than the event has is put to review, like any field both sides changed', async () => {
    await using clinic = await openOfferingClinic()
    clinic.decide = () => Promise.resolve({ status: 'applied' })
    const id = clinic.write()
    await clinic.pull()
    clinic.hand.patch(id, FOURTEEN)
    expect(await clinic.push('b1', { ...late, googleEventId: id })).toMatchObject({ status: 'conflict' })
    expect(ids(clinic)).toEqual([id])
  })

  it.each([
    ['is gone', async (clinic: OfferingClinic, id: string) => clinic.hand.delete(id)],
    ['is another appointment', async (clinic: OfferingClinic) => clinic.pull()],
  ])('gets one of its own where that %s', async (_, happens) => {
    await using clinic = await openOfferingClinic()
    const id = clinic.write()
    await happens(clinic, id)
    const before = ids(clinic)
    clinic.clock.advance(MINUTE)
    expect(await clinic.push('z1', { ...late, googleEventId: id })).toMatchObject({ action: 'created' })
    expect(ids(clinic)).toHaveLength(before.length + 1)
    expect(ids(clinic)).toEqual(expect.arrayContaining(before))
  })

  it('gets one of its own where the owner did not opt in', async () => {
    await using clinic = await openOfferingClinic({ settings: { externalEvents: 'busy' } })
    const id = clinic.write()
    expect(await clinic.push('b1', { ...late, googleEventId: id })).toMatchObject({ action: 'created' })
    expect(ids(clinic)).toHaveLength(2)
  })

  it('names something that is no event id: nothing is stored or sent', async () => {
    await using clinic = await openOfferingClinic()
    await expect(clinic.push('b1', { googleEventId: '../calendars' })).rejects.toMatchObject({
      code: 'INVALID_APPOINTMENT',
      problems: [{ path: 'googleEventId' }],
    })
  })
})

/** Dies at its n-th step, and stays dead. */
class Mortal {
  steps = 0
  readonly #last: number
  constructor(last: number) {
    this.#last = last
  }
  step(): void {
    this.steps += 1
    if (this.steps >= this.#last) throw new Error('the process is gone')
  }
}

function mortalSession<S extends StorageSession>(session: S, life: Mortal): S {
  const stores = Object.entries(session).map(([name, store]) => {
    if (typeof store !== 'object' || store === null) return [name, store]
    const methods = Object.entries(store as Record<string, (...given: unknown[]) => Promise<unknown>>)
    const mortal = methods.map(([method, call]) => [
      method,
      async (...given: unknown[]) => {
        life.step()
        const result = await call(...given)
        life.step()
        return result
      },
    ])
    return [name, Object.fromEntries(mortal)]
  })
  return Object.fromEntries(stores) as S
}

function mortalStorage(storage: Storage, life: Mortal): Storage {
  return {
    ...mortalSession(storage, life),
    transaction: async (work) => {
      life.step()
      const result = await storage.transaction(async (session) => {
        const done = await work(mortalSession(session, life))
        life.step()
        return done
      })
      life.step()
      return result
    },
    enqueueWith: storage.enqueueWith,
    check: () => storage.check(),
  }
}

function mortalSync(clinic: OfferingClinic, life: Mortal): AppointmentSync {
  const { google, appointments } = clinic.options
  const fetchGoogle = google.fetch ?? fetch
  return createAppointmentSync({
    ...clinic.options,
    storage: mortalStorage(clinic.storage, life),
    google: {
      ...google,
      fetch: async (...given) => {
        life.step()
        const response = await fetchGoogle(...given)
        life.step()
        return response
      },
    },
    appointments: {
      get: (ref) => {
        life.step()
        return appointments.get(ref)
      },
      list: (query) => appointments.list(query),
      apply: async (change) => {
        life.step()
        const answer = await appointments.apply(change)
        life.step()
        return answer
      },
    },
  })
}

describe('a process that dies', () => {
  /** The pull runs in a process that dies at step `last`; whether it died. */
  async function dyingAt(last: number, hooked: boolean): Promise<boolean> {
    await using clinic = await openOfferingClinic()
    await clinic.pull()
    const id = clinic.write()
    const life = new Mortal(last)
    const dying = mortalSync(clinic, life)
    if (hooked) clinic.beforeAnswer = (made) => dying.syncAppointmentToGoogle(made).catch(() => undefined)
    const died = await dying.pullFromGoogle(owner).then(
      ({ status }) => status !== 'success' || life.steps >= last,
      () => true,
    )
    clinic.beforeAnswer = null
    await settle(clinic)
    const step = `died at step ${last}`
    expect(ids(clinic), step).toEqual([id])
    expect(new Set(clinic.offers.map(({ changeId }) => changeId)).size, step).toBe(1)
    expect([...clinic.book.appointments.keys()], step).toEqual(['b1'])
    const told = clinic.offers.length
    await settle(clinic)
    expect(clinic.offers.length, step).toBe(told)
    expect(clinic.hand.get(id)['summary'], step).toBe('Ana, color')
    await dying.close().catch(() => undefined)
    return died
  }

  it.each([false, true])(
    'at any step leaves one event and one appointment (hook inside apply: %s)',
    async (hooked) => {
      let last = 1
      while (await dyingAt(last, hooked)) last += hooked ? 3 : 2
      expect(last).toBeGreaterThan(40)
    },
    120_000,
  )
})

describe('two workers', () => {
  it('that read and deliver at the same time offer each event once', async () => {
    await using clinic = await openOfferingClinic()
    const other = createAppointmentSync(clinic.options)
    const written = Array.from({ length: 30 }, (_, at) =>
      clinic.write({
        summary: `client ${at}`,
        start: { dateTime: new Date(Date.parse('2026-05-06T11:00:00Z') + at * 30 * MINUTE).toISOString() },
        end: { dateTime: new Date(Date.parse('2026-05-06T11:30:00Z') + at * 30 * MINUTE).toISOString() },
      }),
    )
    clinic.beforeAnswer = (made) => other.syncAppointmentToGoogle(made)
    const pulls = [clinic.sync, other, clinic.sync, other].map((sync) => sync.pullFromGoogle(owner))
    await Promise.all(pulls)
    clinic.google.faults.expireSyncTokens()
    await Promise.all([clinic.sync, other].map((sync) => sync.tasks.run('drain_outbox')))
    await settle(clinic)
    expect(clinic.offers).toHaveLength(30)
    expect(ids(clinic).toSorted()).toEqual(written.toSorted())
    await other.close()
  })

  it('a page that is refused half-way, and the full pass after it, offer nothing twice', async () => {
    await using clinic = await openOfferingClinic()
    await clinic.pull()
    clinic.decide = () => Promise.resolve({ status: 'rejected', reason: 'no' })
    for (let at = 0; at < 12; at += 1) clinic.write({ summary: `client ${at}` })
    clinic.google.faults.maxPageSize(5)
    for (let round = 0; round < 3; round += 1) {
      clinic.google.faults.expireSyncTokens()
      await settle(clinic)
    }
    expect(clinic.offers).toHaveLength(12)
  })
})

describe('the work is bounded', () => {
  it('an event that was answered costs no further look, and none of the owner calendar is read twice', async () => {
    await using clinic = await openOfferingClinic()
    for (let at = 0; at < 20; at += 1) clinic.write({ summary: `client ${at}` })
    clinic.decide = () => Promise.resolve({ status: 'rejected', reason: 'no' })
    await clinic.pull()
    const first = clinic.calls()
    expect(first.filter((method) => method === 'events.get')).toHaveLength(20)
    for (const event of clinic.hand.events()) clinic.hand.patch(event.id, { summary: 'edited' })
    await clinic.pull()
    expect(clinic.calls()).toEqual(['events.list'])
  })
})
