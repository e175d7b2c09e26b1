/** A right to be the only one at something, for a while. */
export interface Lease {
  readonly key: string
  /** Higher than that of every earlier lease on the key. */
  readonly fence: number
}

/** Leases between workers and processes. */
export interface LeaseStore {
  /** Takes the key if nobody holds it at `nowMs`: exactly one of concurrent callers gets a lease. */
  acquire(query: {
    readonly key: string
    readonly nowMs: number
    readonly ttlMs: number
  }): Promise<Lease | null>
  /** Extends it to `nowMs + ttlMs`; `false` when it is no longer ours, which it is not once it ran out. */
  renew(lease: Lease, nowMs: number, ttlMs: number): Promise<boolean>
  /** Whether the lease is still ours at `nowMs`; asked inside the transaction that relies on it. */
  holds(lease: Lease, nowMs: number): Promise<boolean>
  /** Gives it back; nothing happens when it is no longer ours. The fence is remembered. */
  release(lease: Lease): Promise<void>
  /**
   * Forgets a key that nobody holds, with its fence: fences then begin anew, so only for keys whose workers have
   * ended. Nothing happens while it is held, also by somebody whose time is over. Returns whether it did.
   */
  forget(key: string): Promise<boolean>
}
