import type { StorageDialect } from './dialect.ts'
import { enqueueStatement, type Intent, ownershipStatement } from './enqueue-statement.ts'
import { executeThrough } from './host-executor.ts'
import { namedWithAnotherUser } from './outbox-job.ts'

/** Stores an intent, or folds it into the standing one, through a transaction or connection of the host's. */
export async function enqueueWith(dialect: StorageDialect, executor: unknown, intent: Intent): Promise<void> {
  const execute = executeThrough(dialect, executor)
  const stored = await execute(enqueueStatement(dialect, intent))
  const ours = dialect === 'mysql' ? await execute(ownershipStatement(dialect, intent)) : stored
  if (ours.length === 0) throw namedWithAnotherUser(intent.ref)
}
