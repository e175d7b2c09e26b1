import { AsyncLocalStorage } from 'node:async_hooks'
import { AppointmentSyncError } from 'appointment-sync'
import type { Storage, StorageSession } from 'appointment-sync/ports'
import { busyStore } from './busy.ts'
import { eventLinkStore, leaseStore, syncCursorStore } from './calendar-state.ts'
import { watchChannelStore } from './channels.ts'
import { copyOf } from './copy.ts'
import { eventOfferStore } from './event-offers.ts'
import type { Gate } from './gate.ts'
import { credentialStore, integrationStore, oauthStateStore } from './grants.ts'
import { inboxStore } from './inbox.ts'
import { outboxStore } from './outbox.ts'
import { conflictStore, syncLogStore } from './records.ts'
import type { Journal } from './table.ts'
import { emptyTables, type Tables } from './tables.ts'

type Method = (...args: unknown[]) => unknown

/** The store with its arguments copied when a call is made: until its turn comes, the caller may change them. */
function copyingArguments<Store extends object>(store: Store): Store {
  const methods = Object.entries(store as Record<string, Method>).map(([name, method]) => [
    name,
    async (...args: unknown[]) => method(...copyOf(args)),
  ])
  return Object.fromEntries(methods) as Store
}

const STORES = {
  integrations: integrationStore,
  credentials: credentialStore,
  oauthStates: oauthStateStore,
  links: eventLinkStore,
  cursors: syncCursorStore,
  outbox: outboxStore,
  inbox: inboxStore,
  conflicts: conflictStore,
  syncLog: syncLogStore,
  leases: leaseStore,
  channels: watchChannelStore,
  eventOffers: eventOfferStore,
  busy: busyStore,
} as const satisfies {
  readonly [Name in keyof StorageSession]: (tables: Tables, gate: Gate) => StorageSession[Name]
}

/** The stores, each made when it is first asked for: a transaction uses two or three of them. */
function sessionOver(tables: Tables, gate: Gate): StorageSession {
  const session = {}
  for (const [name, storeOf] of Object.entries(STORES)) {
    let store: object | undefined
    const get = (): object => (store ??= copyingArguments<object>(storeOf(tables, gate)))
    Object.defineProperty(session, name, { enumerable: true, get })
  }
  return session as StorageSession
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

function noDatabase(): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'INVALID_CONFIGURATION',
    message:
      'The storage in memory has no database to share a transaction of the host in. Use a storage that has one, or sync after the commit.',
  })
}

/**
 * Storage in this process's memory, for tests and demos: everything is gone when the process ends. Transactions
 * run one after the other; what is handed out is a copy.
 */
export function memoryStorage(): Storage {
  const journal: Journal = { steps: null }
  const tables = emptyTables(journal)
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

  const outer = sessionOver(tables, (operation) => inTurn(() => Promise.resolve(copyOf(operation()))))
  const innerOf = (passage: { readonly open: boolean }): StorageSession =>
    sessionOver(tables, async (operation) => {
      // A tick, as any other storage takes at least one: a forgotten await shows here too.
      await Promise.resolve()
      if (!passage.open) throw ended()
      return copyOf(operation())
    })

  return {
    ...outer,
    transaction: (work) =>
      inTurn(async () => {
        const passage = { open: true }
        const steps: (() => void)[] = []
        journal.steps = steps
        try {
          return await inside.run(passage, () => work(innerOf(passage)))
        } catch (error) {
          for (const takeBack of steps.toReversed()) takeBack()
          throw error
        } finally {
          passage.open = false
          journal.steps = null
        }
      }),
    enqueueWith: () => Promise.reject(noDatabase()),
    check: () => Promise.resolve(),
  }
}
