import { wasCommitted } from './host-records.ts'
import type { Account, Ledger } from './ledger.ts'
import { PROFESSIONALS } from './people.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { Staff } from './staff.ts'
import type { HostEdit } from './worker-messages.ts'
import type { WorkerProcess } from './worker-process.ts'

/** Edits that wait for their commit at the same time. */
const MAX_UNDERWAY = 5

/** What the host's users do: they book, reschedule, cancel, and book again what was cancelled. */
export interface Bookings {
  /** One edit by this worker. */
  edit(worker: WorkerProcess): void
  /** Resolves when of every edit it is known whether it was committed. */
  known(): Promise<void>
  /** Edits whose worker died before it could say so: of those read back, how many were and were not committed. */
  readonly readBack: { committed: number; lost: number }
}

export function openBookings(parts: {
  readonly ledger: Ledger
  readonly staff: Staff
  readonly random: SeededRandom
  readonly databasePath: string
  readonly nextStartMs: () => number
  /** Told when a worker's commit is known. */
  readonly onCommitted: (worker: WorkerProcess) => void
}): Bookings {
  const { ledger, staff, random, databasePath, nextStartMs, onCommitted } = parts
  const readBack = { committed: 0, lost: 0 }
  // One edit of a booking at a time: their order in the database would else not be known.
  const underway = new Map<string, Promise<void>>()
  let lastId = 0

  const draw = (): HostEdit | null => {
    lastId += 1
    const editId = String(lastId)
    const kind = random.weighted<HostEdit['kind']>({ book: 42, reschedule: 40, cancel: 12, reinstate: 6 })
    if (kind === 'book') {
      const { owner } = random.pick(PROFESSIONALS)
      return { kind, editId, bookingId: `b${lastId}`, owner, startMs: nextStartMs() }
    }
    const wanted = (account: Account): boolean => {
      const last = account.hostEdits.at(-1)?.standing ?? account.before[0]
      return (last === 'off') === (kind === 'reinstate') && !underway.has(account.bookingId)
    }
    // Mostly one that nobody moves in Google for now: there the host's word has to be the last one.
    const calmly = random.fraction() < 0.8
    const fitting = [...ledger.accounts.values()]
      .filter(wanted)
      .filter(({ personEdits, titles }) => !calmly || personEdits.length + titles.length === 0)
    if (fitting.length === 0) return null
    const { bookingId } = random.pick(fitting)
    return kind === 'cancel'
      ? { kind, editId, bookingId }
      : { kind, editId, bookingId, startMs: nextStartMs() }
  }

  const edit = (worker: WorkerProcess): void => {
    // More would only queue up, and die unread with the worker.
    if (underway.size >= MAX_UNDERWAY) return
    const drawn = draw()
    if (drawn === null) return
    const { committed } = staff.give(worker, { type: 'edit', edit: drawn })
    underway.set(drawn.bookingId, learn(drawn, worker, committed))
  }

  const learn = async (
    given: HostEdit,
    worker: WorkerProcess,
    committed: Promise<boolean | null>,
  ): Promise<void> => {
    let happened = await committed
    if (happened === null) {
      happened = wasCommitted(databasePath, given.editId)
      readBack[happened ? 'committed' : 'lost'] += 1
    } else onCommitted(worker)
    if (happened) ledger.hostCommitted(given)
    underway.delete(given.bookingId)
  }
  return {
    edit,
    readBack,
    known: async () => {
      while (underway.size > 0) await Promise.all(underway.values())
    },
  }
}
