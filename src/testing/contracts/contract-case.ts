import assert from 'node:assert/strict'
import type { RateLimiter, Storage, TokenStore } from 'appointment-sync/ports'

/** One promise of a port: `run` rejects when it is broken. */
export interface ContractCase {
  readonly name: string
  run(): Promise<void>
}

/** Runs work in a transaction of the host's, and gives it the executor. */
export type HostTransaction = (work: (executor: unknown) => Promise<void>) => Promise<void>

/** A storage to be tested. */
export interface StorageSubject {
  readonly name: string
  /** Whether `open` gives a `hostTransaction`; without it the cases of `enqueueWith` that need one are left out. */
  readonly sharesHostTransactions?: boolean | undefined
  /** A usable storage without data; called once per case. */
  open(): Promise<{
    readonly storage: Storage
    /** Another handle on the same data, as another process would hold; races run over both. */
    readonly second?: Storage
    /**
     * Runs the work in a transaction of the host's own on the same database, and gives it what `enqueueWith` takes.
     * Committed when the work resolves; rolled back when it rejects, and the rejection passed on.
     */
    readonly hostTransaction?: HostTransaction | undefined
    close(): Promise<void>
  }>
}

/** A token store to be tested. */
export interface TokenStoreSubject {
  readonly name: string
  /** A usable token store without data; called once per case. */
  open(): Promise<{ readonly tokenStore: TokenStore; close(): Promise<void> }>
}

/** A rate limiter to be tested. */
export interface RateLimiterSubject {
  readonly name: string
  /** A rate limiter that goes by `nowMs` and of which nothing was taken; called once per case. */
  open(): Promise<{
    readonly rateLimiter: RateLimiter
    /** Another handle on the same counts, as another process would hold; races run over both. */
    readonly second?: RateLimiter
    close(): Promise<void>
  }>
}

/** What a case of a storage works on; `second` is `storage` again where there is no other handle. */
export interface StorageHandles {
  readonly storage: Storage
  readonly second: Storage
}

/** The same with a transaction of the host's. */
export interface HostHandles extends StorageHandles {
  readonly hostTransaction: HostTransaction
}

/** Promises by name. */
export type StoragePromises = Readonly<Record<string, (handles: StorageHandles) => Promise<void>>>

/** Promises about transactions of the host's, by name. */
export type HostPromises = Readonly<Record<string, (handles: HostHandles) => Promise<void>>>

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

/** The same with transactions of the host's; none when the subject has got none. */
export function toHostCases(subject: StorageSubject, group: string, promises: HostPromises): ContractCase[] {
  if (subject.sharesHostTransactions !== true) return []
  return Object.entries(promises).map(([promise, check]) => ({
    name: `${subject.name} · ${group} · ${promise}`,
    async run() {
      const opened = await subject.open()
      try {
        const { storage, second = storage, hostTransaction } = opened
        assert.ok(hostTransaction !== undefined, 'a subject that shares transactions gives them')
        await check({ storage, second, hostTransaction })
      } finally {
        await opened.close()
      }
    },
  }))
}
