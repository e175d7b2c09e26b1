import { expect, it } from 'vitest'
import { createAppointmentSync } from 'appointment-sync'
import { createHttpHandler } from 'appointment-sync/http'
import { owner, spanOf } from './clinic.ts'
import { HOUR_MS, openWatchedClinic, type WatchedClinic } from './watched-clinic.ts'

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
const STEPS = 120
const IDS = ['a', 'b', 'c', 'd', 'e', 'f']
/** The first free half hour of the calendar. */
const MORNING = Date.parse('2026-05-05T11:00:00Z')

/** Numbers in [0, 1) from a seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Two processes behind one address, and everything that can happen to them. */
async function chaos(clinic: WatchedClinic, seed: number): Promise<void> {
  const random = seeded(seed)
  const upTo = (n: number): number => Math.floor(random() * n)
  const other = createAppointmentSync(clinic.options)
  const handlers = [clinic.handle, createHttpHandler(other, { authenticate: () => null })]
  clinic.handle = (request) => handlers[upTo(2)]?.(request) ?? Promise.resolve({ status: 500 })
  /** Lets time pass until the call has ended: it may wait for the other process. */
  const during = async (call: Promise<unknown>): Promise<void> => {
    let ended = false
    const end = call.finally(() => (ended = true))
    while (!ended) await clinic.pass(100)
    await end
  }
  const slot = (): { start: string; end: string } => {
    const startMs = MORNING + upTo(400) * 1_800_000
    return {
      start: new Date(startMs).toISOString(),
      end: new Date(startMs + 1_800_000).toISOString(),
    }
  }
  const anEvent = (): string | undefined => {
    const events = clinic.hand.events()
    return events[upTo(events.length)]?.id
  }
  const { faults } = clinic.google
  const book = (): Promise<void> => during(clinic.push(IDS[upTo(IDS.length)] ?? 'a', slot()))
  const move = (): void => {
    const { start, end } = slot()
    const id = anEvent()
    if (id !== undefined) clinic.hand.patch(id, { start: { dateTime: start }, end: { dateTime: end } })
  }
  const remove = (): void => {
    const id = anEvent()
    if (id !== undefined && random() < 0.2) clinic.hand.delete(id)
  }
  const soon = (): Promise<void> => clinic.pass(upTo(3000))
  const often: (() => unknown)[] = [book, book, book, move, move, move, move, move, remove, soon, soon, soon]
  const actions: (() => unknown)[] = [
    ...often,
    () => faults.dropNotifications(upTo(4)),
    () => faults.duplicateNotifications(upTo(4)),
    () => faults.delayNotifications(upTo(5) * 1000),
    () => faults.reorderNotifications(random() < 0.5),
    () => faults.syncBeforeResponse(random() < 0.5),
    () => faults.failNext({ status: 503, match: { path: '/events/watch' } }),
    () => faults.failNext({ status: 503, match: { path: '/channels/stop' } }),
    () => faults.dropNext({ match: { path: '/events/watch' }, applied: random() < 0.5 }),
    () => clinic.pass(upTo(3) * HOUR_MS),
    () => during([clinic.sync, other][upTo(2)]?.tasks.run('renew_watch_channels') ?? Promise.resolve()),
  ]
  for (let step = 0; step < STEPS; step += 1) await actions[upTo(actions.length)]?.()
  faults.clear()
  await clinic.pass(10_000)
  await during(clinic.sync.tasks.run('drain_outbox'))
  await during(clinic.sync.tasks.run('sync_recent_appointments'))
  await during(other.close())
}

/** Start times by appointment, of what stands. */
function standing(clinic: WatchedClinic): { host: string[]; google: string[] } {
  const host = [...clinic.book.appointments.values()]
    .filter(({ status }) => status !== 'cancelled')
    .map(({ start }) => new Date(start).toISOString())
  const google = clinic.hand.events().map((event) => spanOf(event)[0])
  return { host: host.sort(), google: google.sort() }
}

it.each(SEEDS)(
  'after notifications were lost, doubled, late and out of order, one poll makes both sides agree (seed %i)',
  async (seed) => {
    await using clinic = await openWatchedClinic({
      emulator: { maxChannelTtlMs: 5 * HOUR_MS, messagesPerChange: 2, stoppedChannelLagMs: 60_000 },
      settings: { conflictResolution: 'google_wins' },
    })
    await chaos(clinic, seed)
    const { host, google } = standing(clinic)
    expect(google).toEqual(host)
    expect(clinic.book.told).not.toEqual([])
    // At most one read for each message, and the poll's.
    const reads = clinic.google.requests.filter(
      ({ calendarMethod, path }) => calendarMethod === 'calendar.events.list' && path.includes('/primary/'),
    )
    expect(reads.length).toBeLessThanOrEqual(clinic.answered.length + 1)
    expect(clinic.answered.every((status) => status === 204)).toBe(true)

    // The channels come to rest too: one is open, and nothing else is left after the others' end.
    clinic.google.advance(10 * 60_000)
    for (let hour = 0; hour < 8; hour += 1) {
      await clinic.sync.tasks.run('renew_watch_channels')
      clinic.google.advance(HOUR_MS)
    }
    await clinic.quiet()
    await clinic.sync.tasks.run('renew_watch_channels')
    const states = (await clinic.channels())
      .filter(({ resourceId }) => resourceId !== null)
      .map(({ state }) => state)
    expect(states).toEqual(['open'])
    expect(await clinic.sync.integrations.status(owner)).toMatchObject({ watch: { state: 'open' } })
  },
)
