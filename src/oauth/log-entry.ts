import type { IntegrationRef, SyncLogEntry } from '../domain/index.ts'
import type { ErrorCode } from '../errors/index.ts'
import { freshId } from '../ports/index.ts'
import type { OAuthOptions } from './oauth-options.ts'

/** A sync log entry about a grant. */
export function grantLogEntry(
  { clock, random }: Pick<OAuthOptions, 'clock' | 'random'>,
  ref: IntegrationRef,
  what: {
    readonly action: 'connect' | 'refresh'
    readonly startedAtMs: number
    readonly failure: { readonly code: ErrorCode; readonly message: string } | null
  },
): SyncLogEntry {
  const atMs = clock.now()
  return {
    ...ref,
    id: freshId(random),
    atMs,
    direction: 'system',
    action: what.action,
    status: what.failure === null ? 'success' : 'failed',
    appointmentId: null,
    googleEventId: null,
    errorCode: what.failure?.code ?? null,
    errorMessage: what.failure?.message ?? null,
    attempt: 1,
    // A clock that was set back must not make a negative duration.
    durationMs: Math.max(0, atMs - what.startedAtMs),
    fields: [],
  }
}
