import type { Backend } from './backend.ts'
import {
  createFaultBoard,
  tokenFailure,
  type DelayNext,
  type DropNext,
  type FailNext,
  type TokenError,
} from './faults.ts'
import { revokeAccount } from './oauth/tokens.ts'

/** The faults a test can arm, one line each. Faults that hit requests are taken in the order they were armed. */
export interface FaultControls {
  /** The next matching request(s) fail with this status. */
  failNext(fault: FailNext): void
  /** The next matching request(s) lose their connection: `fetch` rejects, a socket is destroyed. */
  dropNext(fault?: DropNext): void
  /** The next matching request's answer is held until a promise resolves; an abort is honoured meanwhile. */
  delayNext(fault: DelayNext): void
  /** Pages hold at most this many items, whatever `maxResults` says; null removes the cap. */
  maxPageSize(size: number | null): void
  /** Every page with items is preceded by an empty one that carries a `nextPageToken`. */
  emptyPages(on: boolean): void
  /** Every sync token issued so far answers 410 `fullSyncRequired`. */
  expireSyncTokens(): void
  /** The token endpoint refuses. */
  tokenError(error: TokenError): void
  /** Every access token issued so far is expired; refresh tokens live on. */
  expireAccessTokens(): void
  /** The account (default: every account) takes back all it granted: its tokens are dead. */
  revokeGrants(email?: string): void
  /** Deleted events leave the trash: no list shows them, their ids stay taken, they cannot be revived. */
  purgeTombstones(): void
  /** Every answer takes at least this long, in real milliseconds. */
  latencyMs(ms: number): void
  /** Disarms everything armed; what already happened (expired, revoked, purged) stays. */
  clear(): void
}

/** The controls over a backend's fault board and state. */
export function createFaultControls(backend: Backend): FaultControls {
  const { faults } = backend
  const fail = (fault: FailNext): void =>
    void faults.armed.push({ kind: 'fail', fault, left: fault.times ?? 1, passing: fault.after ?? 0 })
  return {
    failNext: fail,
    dropNext: (fault = {}) =>
      void faults.armed.push({ kind: 'drop', fault, left: fault.times ?? 1, passing: fault.after ?? 0 }),
    delayNext: (fault) => void faults.delays.push(fault),
    maxPageSize(size) {
      if (size !== null && (!Number.isInteger(size) || size < 1)) {
        throw new RangeError(`maxPageSize takes a whole number >= 1 or null, got ${size}`)
      }
      faults.pageSizeCap = size
    },
    emptyPages(on) {
      faults.emptyPagesOn = on
    },
    expireSyncTokens() {
      for (const calendar of backend.state.calendars.values()) calendar.syncEpoch += 1
    },
    tokenError: (error) => fail(tokenFailure(error)),
    expireAccessTokens() {
      for (const token of backend.state.accessTokens.values()) token.expiresAt = 0
    },
    revokeGrants(email) {
      for (const address of email === undefined ? backend.state.users.keys() : [email]) {
        revokeAccount(backend.state, address)
      }
    },
    purgeTombstones() {
      for (const calendar of backend.state.calendars.values()) {
        for (const event of calendar.events.values()) {
          if (event.deleted) calendar.events.set(event.id, { ...event, purged: true })
        }
      }
    },
    latencyMs(ms) {
      faults.latencyMs = ms
    },
    clear: () => void Object.assign(faults, createFaultBoard()),
  }
}
