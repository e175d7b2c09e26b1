import type { CheckedAppointment, Integration } from '../domain/index.ts'
import type { StorageSession } from '../ports/index.ts'
import type { SyncResult } from './results.ts'

/** What one push works on. */
export interface PushTask {
  readonly integration: Integration
  readonly appointment: CheckedAppointment
  /** 1 for the first try of the intent. */
  readonly attempt: number
  /** Ends the outbox job; called in the transaction that records the write. */
  readonly finish: (session: StorageSession) => Promise<void>
  readonly signal?: AbortSignal | undefined
}

/** A round ends the push, or found something that has to be looked at anew. */
export type RoundResult = SyncResult | 'again' | { readonly adopted: string }
