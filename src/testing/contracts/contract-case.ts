import type { Storage, TokenStore } from 'appointment-sync/ports'

/** One promise of a port: `run` rejects when it is broken. */
export interface ContractCase {
  readonly name: string
  run(): Promise<void>
}

/** A storage to be tested. */
export interface StorageSubject {
  readonly name: string
  /** A usable storage without data; called once per case. */
  open(): Promise<{
    readonly storage: Storage
    /** Another handle on the same data, as another process would hold; races run over both. */
    readonly second?: Storage
    close(): Promise<void>
  }>
}

/** A token store to be tested. */
export interface TokenStoreSubject {
  readonly name: string
  /** A usable token store without data; called once per case. */
  open(): Promise<{ readonly tokenStore: TokenStore; close(): Promise<void> }>
}

/** What a case of a storage works on; `second` is `storage` again where there is no other handle. */
export interface StorageHandles {
  readonly storage: Storage
  readonly second: Storage
}

/** Promises by name. */
export type StoragePromises = Readonly<Record<string, (handles: StorageHandles) => Promise<void>>>

/** Cases out of promises: each opens its own storage and closes it, whatever happens. */
export function toCases(subject: StorageSubject, group: string, promises: StoragePromises): ContractCase[] {
  return Object.entries(promises).map(([promise, check]) => ({
    name: `${subject.name} · ${group} · ${promise}`,
    async run() {
      const opened = await subject.open()
      try {
        await check({ storage: opened.storage, second: opened.second ?? opened.storage })
      } finally {
        await opened.close()
      }
    },
  }))
}
