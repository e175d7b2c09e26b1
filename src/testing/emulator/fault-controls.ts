import type { Backend } from './backend.ts'
import { createFaultBoard } from './faults.ts'
import { createDataFaultControls, type DataFaultControls } from './faults/data-fault-controls.ts'
import { createGrantFaultControls, type GrantFaultControls } from './faults/grant-fault-controls.ts'
import { createRequestFaultControls, type RequestFaultControls } from './faults/request-fault-controls.ts'
import { createPushFaultControls, type PushFaultControls } from './push/push-faults.ts'
import { readQuota, type QuotaOption } from './quota/quota-limits.ts'

/** The faults a test can arm, one line each. */
export interface FaultControls
  extends RequestFaultControls, GrantFaultControls, DataFaultControls, PushFaultControls {
  /**
   * Quotas from now on, in place of those of the options; null: none. What was spent before does not count.
   * @throws RangeError for a limit that is no whole number >= 0.
   */
  quota(limits: QuotaOption | null): void
  /** Disarms everything armed; what already happened (expired, revoked, purged) stays. */
  clear(): void
}

/** The controls over a backend's fault board and state. */
export function createFaultControls(backend: Backend): FaultControls {
  const { faults } = backend
  return {
    ...createRequestFaultControls(faults),
    ...createGrantFaultControls(backend),
    ...createDataFaultControls(backend),
    ...createPushFaultControls(() => faults.push),
    quota(limits) {
      faults.quota = limits === null ? null : readQuota(limits)
      backend.state.quota.spent.clear()
    },
    clear: () => void Object.assign(faults, createFaultBoard()),
  }
}
