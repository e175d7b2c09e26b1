import { describe, expect, it } from 'vitest'
import { type AppointmentSync, createAppointmentSync } from 'appointment-sync'
import type { Storage, StorageSession } from 'appointment-sync/ports'
import { type Clinic, openClinic, owner, spanOf } from './clinic.ts'

/** Dies at its n-th step, and stays dead: every later step fails too, as in a process that is gone. */
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

/** A storage whose process may die before and after every operation; a transaction then never commits. */
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
    check: () => storage.check(),
  }
}

function mortalFetch(google: typeof fetch, life: Mortal): typeof fetch {
  return async (...given) => {
    life.step()
    const response = await google(...given)
    life.step()
    return response
  }
}

/** The same clinic's SDK in a process that dies at step `last`. */
function mortalSync(clinic: Clinic, life: Mortal): AppointmentSync {
  const { google, appointments } = clinic.options
  return createAppointmentSync({
    ...clinic.options,
    storage: mortalStorage(clinic.storage, life),
    google: { ...google, fetch: mortalFetch(google.fetch ?? fetch, life) },
    appointments: {
      get: async (ref) => {
        life.step()
        return appointments.get(ref)
      },
      list: (query) => appointments.list(query),
      apply: async (change) => {
        life.step()
        const result = await appointments.apply(change)
        life.step()
        return result
      },
    },
  })
}

/** What the next process does: leases have run out, the outbox is due, the periodic tasks come round. */
async function restart(clinic: Clinic): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    clinic.clock.advance(60 * 60_000)
    await clinic.sync.tasks.run('drain_outbox')
    await clinic.sync.tasks.run('sync_all_calendar_integrations')
  }
}

const NINE = '2026-05-05T12:00:00.000Z'
const ELEVEN = { start: '2026-05-05T11:00:00-03:00', end: '2026-05-05T11:30:00-03:00' }
const T11 = '2026-05-05T14:00:00.000Z'
const T16 = '2026-05-05T19:00:00.000Z'
const SIXTEEN = {
  start: { dateTime: '2026-05-05T16:00:00-03:00' },
  end: { dateTime: '2026-05-05T16:30:00-03:00' },
}
const times = (clinic: Clinic): string[] => clinic.hand.events().map((event) => spanOf(event)[0])
const appTime = (clinic: Clinic): string =>
  new Date(clinic.book.appointments.get('a1')?.start ?? 0).toISOString()

interface Scenario {
  readonly name: string
  readonly prepare: (clinic: Clinic) => Promise<void>
  /** What runs in the process that dies. */
  readonly act: (clinic: Clinic, sync: AppointmentSync) => Promise<unknown>
  readonly check: (clinic: Clinic) => void
}

const booked = async (clinic: Clinic): Promise<void> => {
  await clinic.push('a1')
  await clinic.sync.pullFromGoogle(owner)
  clinic.clock.advance(1000)
}

const scenarios: Scenario[] = [
  {
    name: 'booking',
    prepare: () => Promise.resolve(),
    act: (clinic, sync) => sync.syncAppointmentToGoogle(clinic.put('a1')),
    check: (clinic) => {
      expect(times(clinic)).toEqual([NINE])
      expect(clinic.book.told).toEqual([])
    },
  },
  {
    name: 'rescheduling',
    prepare: booked,
    act: (clinic, sync) => sync.syncAppointmentToGoogle(clinic.put('a1', ELEVEN)),
    check: (clinic) => {
      expect(times(clinic)).toEqual([T11])
      expect(clinic.book.told).toEqual([])
    },
  },
  {
    name: 'cancelling',
    prepare: booked,
    act: (clinic, sync) => sync.deleteAppointmentFromGoogle(clinic.put('a1', { status: 'cancelled' })),
    check: (clinic) => {
      expect(times(clinic)).toEqual([])
      expect(clinic.book.told).toEqual([])
    },
  },
  {
    name: 'reading that the event was moved',
    prepare: async (clinic) => {
      await booked(clinic)
      clinic.hand.patch(clinic.hand.events()[0]?.id ?? '', SIXTEEN)
    },
    act: (_, sync) => sync.pullFromGoogle(owner),
    check: (clinic) => {
      expect([times(clinic), appTime(clinic)]).toEqual([[T16], T16])
      expect(new Set(clinic.book.told.map(({ changeId }) => changeId)).size).toBe(1)
    },
  },
  {
    name: 'reading that the event was deleted, after the sync token died',
    prepare: async (clinic) => {
      await booked(clinic)
      clinic.hand.delete(clinic.hand.events()[0]?.id ?? '')
      clinic.google.faults.expireSyncTokens()
    },
    act: (_, sync) => sync.pullFromGoogle(owner),
    check: (clinic) => {
      expect(times(clinic)).toEqual([])
      expect(clinic.book.appointments.get('a1')?.status).toBe('cancelled')
      expect(new Set(clinic.book.told.map(({ changeId }) => changeId)).size).toBe(1)
    },
  },
  {
    name: 'rescheduling what was moved in Google too',
    prepare: async (clinic) => {
      await clinic.sync.integrations.updateSettings(owner, { conflictResolution: 'app_wins' })
      await booked(clinic)
      clinic.hand.patch(clinic.hand.events()[0]?.id ?? '', SIXTEEN)
      clinic.clock.advance(1000)
    },
    act: (clinic, sync) => sync.syncAppointmentToGoogle(clinic.put('a1', ELEVEN)),
    check: (clinic) => expect([times(clinic), appTime(clinic)]).toEqual([[T11], T11]),
  },
]

describe('a process that dies at any step', () => {
  it.each(scenarios)(
    'while $name loses nothing and does nothing twice',
    { timeout: 120_000 },
    async ({ prepare, act, check }) => {
      let last = 1
      for (;;) {
        await using clinic = await openClinic()
        await prepare(clinic)
        const life = new Mortal(last)
        const sync = mortalSync(clinic, life)
        await act(clinic, sync).catch(() => undefined)
        const survived = life.steps < last
        await restart(clinic)
        try {
          check(clinic)
        } catch (error) {
          throw new Error(`died at step ${last}`, { cause: error })
        }
        if (survived) break
        // All of the first steps, and of the later ones every third: the simulation dies at any.
        last += last < 12 ? 1 : 3
      }
      expect(last).toBeGreaterThan(10)
    },
  )
})
