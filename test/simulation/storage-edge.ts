import { AppointmentSyncError } from 'appointment-sync'
import type { Storage, StorageSession } from 'appointment-sync/ports'
import type { ConflictBook } from './conflict-book.ts'
import type { Faults } from './faults.ts'
import type { Gates, Life } from './gates.ts'

type Method = (...given: unknown[]) => Promise<unknown>

/** The storage as one process sees it: every call passes a gate; it may fail before or after it was stored. */
export function storageEdge(
  parts: {
    readonly gates: Gates
    readonly faults: Faults
    readonly conflicts: ConflictBook
    readonly note: (line: string) => void
  },
  life: Life,
  storage: Storage,
): Storage {
  const { gates, faults, note } = parts
  const gated = async <T>(label: string, call: () => Promise<T>): Promise<T> => {
    await gates.pass(life, label)
    const fault = faults.takeStorage(life)
    if (fault !== null) note(`  fault: storage, ${fault.committed ? 'after' : 'before'} it was stored`)
    if (fault !== null && !fault.committed) throw failed()
    const result = await gates.survived(life, await call())
    if (fault !== null) throw failed()
    return result
  }
  const storeOf = (name: string, store: object): object =>
    Object.fromEntries(
      Object.entries(store as Record<string, Method>).map(([method, call]) => [
        method,
        (...given: unknown[]) => gated(`${name}.${method}`, () => call(...given)),
      ]),
    )
  const stores = Object.entries(storage as unknown as Record<string, unknown>).flatMap(([name, store]) =>
    typeof store === 'object' && store !== null ? [[name, storeOf(name, store)]] : [],
  )
  return {
    ...storage,
    ...(Object.fromEntries(stores) as StorageSession),
    // Nothing of a transaction is seen before its end, so one gate before it is enough.
    transaction: (work) =>
      gated('transaction', async () => {
        let kept = (): void => undefined
        const result = await storage.transaction((given) => {
          const listening = parts.conflicts.listen(given)
          kept = listening.kept
          return work(listening.session)
        })
        kept()
        return result
      }),
  }
}

function failed(): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'STORAGE_FAILED',
    message: 'The simulated storage failed. Try again.',
    retryable: true,
  })
}
