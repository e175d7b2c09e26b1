import type { EventLink } from '../domain/index.ts'
import type { StorageSession } from '../ports/index.ts'
import type { Engine } from './engine.ts'
import { jobRefOf } from './job-ref.ts'
import type { SyncResult } from './results.ts'

/**
 * Ends the intent of a call that came late, with an older version than was pushed before. Where a newer version is
 * not known to be in Google yet, the intent it was folded into may have been the one to see to that: another one is
 * stored, which asks the host.
 */
export async function skipStale(
  engine: Engine,
  link: EventLink,
  finish: (session: StorageSession) => Promise<void>,
): Promise<SyncResult> {
  const nowMs = engine.clock.now()
  await engine.storage.transaction(async (session) => {
    await finish(session)
    if (link.fingerprint !== '' || link.state === 'removed') return
    await session.outbox.enqueue({ ref: jobRefOf(link), action: 'push', dueAtMs: nowMs, nowMs })
  })
  return { status: 'skipped', reason: 'stale' }
}
