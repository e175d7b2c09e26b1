import type { AppointmentSync } from 'appointment-sync'
import { memoryStorage } from 'appointment-sync/adapters/storage-memory'
import { createGoogleEmulator, DEFAULT_USER, type LoggedRequest } from 'appointment-sync/testing/emulator'
import type { Scale, Table } from './measure.ts'
import { booking, createBook, openSalon, owner } from './salon.ts'
import { type VirtualClock, virtualClock } from './virtual-clock.ts'

const MINUTE_MS = 60_000

/**
 * How much of an enforced quota a backlog uses, and how often it is refused. SDK and emulator share a clock that
 * jumps over waiting, so that minutes of quota take seconds.
 */
export async function quotaUse(scale: Scale, report: (table: Table) => void): Promise<void> {
  const unitsPerMinutePerUser = scale.smoke ? 60 : 600
  const minutes = scale.smoke ? 2 : 4
  const clock = virtualClock(Date.now())
  await using google = await createGoogleEmulator({
    clock,
    quota: { unitsPerMinutePerUser },
    accessTokenTtlMs: 40 * 86_400_000,
  })
  const book = createBook()
  // More than the minutes can hold: the backlog must not end before they do.
  const backlog = unitsPerMinutePerUser * (minutes + 2)
  for (let index = 0; index < backlog; index += 1) {
    book.appointments.set(`a${index}`, booking(`a${index}`, index, clock.now()))
  }
  await using sync = await openSalon({
    book,
    storage: memoryStorage(),
    endpoints: google.endpoints,
    fetch: clock.watch(google.fetch),
    consent: (authUrl) => google.authorize(authUrl, { email: DEFAULT_USER.email, grant: 'all' }),
    clock,
    quota: { unitsPerMinutePerUser },
  })
  google.requests.length = 0
  const untilMs = clock.now() + (minutes + 0.5) * MINUTE_MS
  const startedMs = performance.now()
  await workOff(sync, clock, untilMs)
  const seconds = (performance.now() - startedMs) / 1000
  const { spent, calls, refused } = countOf(google.requests, minutes)
  const used = (100 * spent) / (unitsPerMinutePerUser * minutes)
  report({
    title: `sync: a backlog of ${backlog} under ${unitsPerMinutePerUser} units a minute, for ${minutes} minutes`,
    rows: [],
    notes: [
      `${used.toFixed(1)} % of the quota used (goal: 95 %), ${((100 * refused) / calls).toFixed(2)} % of ${calls} calls refused (goal: at most 1 %)`,
      `the ${minutes} minutes were jumped over in ${seconds.toFixed(1)} s`,
    ],
  })
}

/** What a deployment runs: the first sync, and the outbox every second of the clock. */
async function workOff(sync: AppointmentSync, clock: VirtualClock, untilMs: number): Promise<void> {
  const end = new AbortController()
  const { signal } = end
  const bounded = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }
  const first = bounded(() => sync.syncAllAppointmentsForUser(owner, { signal }))
  const draining = bounded(async () => {
    for (;;) {
      await sync.tasks.run('drain_outbox', { signal })
      await clock.sleep(1000, { signal })
    }
  })
  await clock.sleep(untilMs - clock.now())
  end.abort(new Error('the minutes are over'))
  await Promise.all([first, draining])
}

/** Units spent and calls refused in whole minutes from the first call on. */
function countOf(
  requests: readonly LoggedRequest[],
  minutes: number,
): { spent: number; calls: number; refused: number } {
  const calls = requests.filter(({ units }) => units > 0)
  const firstMs = calls[0]?.at ?? 0
  const inside = calls.filter(({ at }) => at < firstMs + minutes * MINUTE_MS)
  const refused = inside.filter(({ status }) => status === 403 || status === 429)
  const units = (of: readonly LoggedRequest[]): number => of.reduce((sum, call) => sum + call.units, 0)
  return { spent: units(inside) - units(refused), calls: inside.length, refused: refused.length }
}
