import type { IntegrationRef, RemoveEvents } from '../domain/index.ts'
import { AppointmentSyncError } from '../errors/index.ts'
import type { TokenStore } from '../ports/index.ts'
import { disconnect, type DisconnectDependencies } from './disconnect.ts'
import type { Engine } from './engine.ts'
import { underLease } from './held-lease.ts'
import { OWNER_DATA, ofIntegration, type StoredRecord } from './stored-records.ts'

/** What became of an owner's data. */
export interface EraseOwnerResult {
  /**
   * `continuing`: Google could not be reached for all of it, and without the tokens nobody could go on. The periodic
   * tasks do; call again, at the latest a day later.
   */
  readonly status: 'done' | 'continuing'
  readonly eventsRemoved: number
  /** Events that are still on the calendar. */
  readonly eventsLeft: number
  /** Records that were erased, by kind; tokens are not counted. */
  readonly erased: Readonly<Partial<Record<StoredRecord['kind'], number>>>
}

/** What is left after a disconnect, or of connections that never came about. */
export async function* exportOwner(
  engine: Engine,
  ref: IntegrationRef,
  signal: AbortSignal | undefined,
): AsyncGenerator<StoredRecord> {
  signal?.throwIfAborted()
  const integration = await engine.storage.integrations.find(ref)
  if (integration !== null) yield ofIntegration(integration)
  for (const { list } of OWNER_DATA) {
    for await (const record of list(engine.storage, ref)) {
      signal?.throwIfAborted()
      yield record
    }
  }
}

/**
 * Ends the owner's connection if it stands, then removes every record of the owner, the integration last: a run that
 * died is made again. Throws `INTEGRATION_BUSY` when the owner is connecting at this moment.
 */
export async function eraseOwner(
  engine: Engine,
  dependencies: DisconnectDependencies,
  ref: IntegrationRef,
  removeEvents: RemoveEvents,
  signal: AbortSignal | undefined,
): Promise<EraseOwnerResult> {
  const standing = await engine.storage.integrations.find(ref)
  const counts = { eventsRemoved: 0, eventsLeft: 0 }
  if (standing !== null && standing.status !== 'disconnected') {
    const left = await disconnect(engine, dependencies, standing, removeEvents, signal)
    Object.assign(counts, { eventsRemoved: left.eventsRemoved, eventsLeft: left.eventsLeft })
    if (left.status === 'continuing') return { status: 'continuing', ...counts, erased: {} }
  }
  const holding = { leases: engine.storage.leases, clock: engine.clock }
  const gone = await underLease(holding, `connect:${ref.integrationId}`, async (lease) => {
    const row = await engine.storage.integrations.find(ref)
    if (row !== null && row.status !== 'disconnected') throw busy(ref)
    const erased = await removeRecords(engine, dependencies.tokenStore, ref, signal)
    if (!(await lease.stillOurs())) throw busy(ref)
    if (row === null) return erased
    if (!(await engine.storage.integrations.remove(row, row.version))) throw busy(ref)
    return { ...erased, integration: 1 }
  })
  if (gone === null) throw busy(ref)
  await forgetLeases(engine, ref)
  return { status: 'done', ...counts, erased: gone.result }
}

async function removeRecords(
  engine: Engine,
  tokenStore: TokenStore,
  ref: IntegrationRef,
  signal: AbortSignal | undefined,
): Promise<Partial<Record<StoredRecord['kind'], number>>> {
  const erased: Partial<Record<StoredRecord['kind'], number>> = {}
  for (const { list, removeAll } of OWNER_DATA) {
    signal?.throwIfAborted()
    for await (const { kind } of list(engine.storage, ref)) erased[kind] = (erased[kind] ?? 0) + 1
    await removeAll(engine.storage, ref)
  }
  await tokenStore.erase(ref)
  await engine.storage.credentials.erase(ref)
  return erased
}

/** Their keys name tenant and integration. One that a worker still holds stays; it says nothing of a person. */
async function forgetLeases(engine: Engine, { tenantId, integrationId }: IntegrationRef): Promise<void> {
  const own = ['connect', 'refresh'].map((kind) => `${kind}:${integrationId}`)
  const shared = ['calendar', 'pull', 'inbox', 'watch'].map((kind) => `${kind}:${tenantId}:${integrationId}`)
  for (const key of [...own, ...shared]) await engine.storage.leases.forget(key)
}

function busy({ integrationId }: IntegrationRef): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'INTEGRATION_BUSY',
    message: `Integration ${integrationId} is being connected or disconnected at this moment. Not all of it is erased; try again shortly.`,
    retryable: true,
  })
}
