import { AsyncLocalStorage } from 'node:async_hooks'
import { AppointmentSyncError } from 'appointment-sync'
import type { Storage, StorageSession } from 'appointment-sync/ports'
import { eventLinkStore, leaseStore, syncCursorStore } from './calendar-state.ts'
import type { Gate } from './gate.ts'
import { credentialStore, integrationStore, oauthStateStore } from './grants.ts'
import { inboxStore, outboxStore } from './queues.ts'
import { conflictStore, syncLogStore } from './records.ts'
import { emptyTables, type Tables } from './tables.ts'

type Method = (...args: unknown[]) => unknown

/** The store with its arguments copied when a call is made: until its turn comes, the caller may change them. */
function copyingArguments<Store extends object>(store: Store): Store {
  const methods = Object.entries(store as Record<string, Method>).map(([name, method]) => [
    name,
    async (...args: unknown[]) => method(...structuredClone(args)),
  ])
  return Object.fromEntries(methods) as Store
}

function sessionOver(tables: Tables, gate: Gate): StorageSession {
  return {
    integrations: copyingArguments(integrationStore(tables, gate)),
    credentials: copyingArguments(credentialStore(tables, gate)),
    oauthStates: copyingArguments(oauthStateStore(tables, gate)),
    links: copyingArguments(eventLinkStore(tables, gate)),
    cursors: copyingArguments(syncCursorStore(tables, gate)),
    outbox: copyingArguments(outboxStore(tables, gate)),
    inbox: copyingArguments(inboxStore(tables, gate)),
    conflicts: copyingArguments(conflictStore(tables, gate)),
    syncLog: copyingArguments(syncLogStore(tables, gate)),
    leases: copyingArguments(leaseStore(tables, gate)),
  }
}

/** Puts the tables back to what they were; rows are never changed in place, so shallow copies are enough. */
function restore(tables: Tables, before: Tables): void {
  for (const name of Object.keys(tables) as (keyof Tables)[]) {
    const table = tables[name] as Map<string, unknown>
    table.clear()
    for (const [key, row] of before[name]) table.set(key, row)
  }
}

function copyOf(tables: Tables): Tables {
  return Object.fromEntries(
    Object.entries(tables).map(([name, table]) => [name, new Map(table)]),
  ) as unknown as Tables
}

function nested(): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'INTERNAL',
    message:
      'The storage was used inside a transaction instead of the session the transaction gave. Use the session: the storage waits for the transaction to end.',
  })
}

function ended(): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'INTERNAL',
    message: 'The session was used after its transaction had ended. Await every call inside the transaction.',
  })
}

/**
 * Storage in this process's memory, for tests and demos: everything is gone when the process ends. Transactions
 * run one after the other; what is handed out is a copy.
 */
export function memoryStorage(): Storage {
  const tables = emptyTables()
  const inside = new AsyncLocalStorage<{ open: boolean }>()
  let last: Promise<unknown> = Promise.resolve()

  /** Runs after everything that was asked before has ended. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    if (inside.getStore()?.open === true) return Promise.reject(nested())
    const turn = last.then(work)
    last = turn.then(
      () => undefined,
      () => undefined,
    )
    return turn
  }

  const outer = sessionOver(tables, (operation) =>
    inTurn(() => Promise.resolve(structuredClone(operation()))),
  )
  const innerOf = (passage: { readonly open: boolean }): StorageSession =>
    sessionOver(tables, async (operation) => {
      // A tick, as any other storage takes at least one: a forgotten await shows here too.
      await Promise.resolve()
      if (!passage.open) throw ended()
      return structuredClone(operation())
    })

  return {
    ...outer,
    transaction: (work) =>
      inTurn(async () => {
        const before = copyOf(tables)
        const passage = { open: true }
        try {
          return await inside.run(passage, () => work(innerOf(passage)))
        } catch (error) {
          restore(tables, before)
          throw error
        } finally {
          passage.open = false
        }
      }),
    check: () => Promise.resolve(),
  }
}
