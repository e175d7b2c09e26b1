import type { Integration, IntegrationRef } from '../domain/index.ts'
import type { StorageSession } from '../ports/index.ts'
import { contended, type Engine } from './engine.ts'

/** How often a change of the row is tried again when somebody else changed it. */
const MAX_TRIES = 5

/**
 * Changes the integration's row, and what goes with it, in one transaction; again when somebody else changed the
 * row meanwhile. `edit` says what changes, `null` for nothing. Returns the row as it is then; `null` when there is
 * none. Throws `WRITE_CONTENDED` when the row kept changing.
 */
export async function updateIntegration(
  engine: Pick<Engine, 'storage' | 'clock'>,
  ref: IntegrationRef,
  edit: (before: Integration) => Partial<Integration> | null,
  besides: (session: StorageSession, row: Integration) => Promise<void> = () => Promise.resolve(),
): Promise<Integration | null> {
  for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
    const outcome = await engine.storage.transaction(async (session) => {
      const before = await session.integrations.findById(ref.tenantId, ref.integrationId)
      const change = before === null ? null : edit(before)
      if (before === null || change === null) return { row: before }
      const row = { ...before, ...change, updatedAtMs: engine.clock.now(), version: before.version + 1 }
      if (!(await session.integrations.replace(row, before.version))) return null
      await besides(session, row)
      return { row }
    })
    if (outcome !== null) return outcome.row
  }
  throw contended(ref, '(all)')
}
