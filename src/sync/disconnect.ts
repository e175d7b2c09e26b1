import { type Integration, refOf, type RemoveEvents } from '../domain/index.ts'
import { AppointmentSyncError, isAppointmentSyncError } from '../errors/index.ts'
import type { StorageSession, TokenStore } from '../ports/index.ts'
import type { Engine } from './engine.ts'
import { type HeldLease, underLease } from './held-lease.ts'
import { NOT_PARKED } from './parking.ts'
import { removeLinkedEvents } from './remove-linked-events.ts'
import type { DisconnectResult } from './results.ts'
import { updateIntegration } from './update-integration.ts'

/** How long Google is tried for before the owner is let go all the same, in milliseconds. */
const GIVE_UP_AFTER_MS = 86_400_000

/** What a disconnect needs besides the engine. */
export interface DisconnectDependencies {
  readonly tokenStore: TokenStore
  /** Revokes the grant at Google; never throws for Google's side. */
  readonly revoke: (
    ref: ReturnType<typeof refOf>,
    options: { signal?: AbortSignal | undefined },
  ) => Promise<'revoked' | 'already_gone' | 'failed'>
  /** Stops the watch channels, which nobody can do once the grant is gone; how many are still to be stopped. */
  readonly stopChannels: (integration: Integration, signal: AbortSignal | undefined) => Promise<number>
}

/**
 * Begins the end of a connection and carries it out: channels stopped, events removed as asked, grant revoked,
 * tokens erased, links and cursors dropped. The decision is stored first; what cannot be done now, or dies half-way,
 * is gone on with by `drain_outbox`, for at most a day: then the owner is let go and events may stay. It ends at
 * once when Google has forgotten the grant. A connection that is made at the same time waits for its end;
 * `INTEGRATION_BUSY` when one is being made already, or another worker is disconnecting.
 */
export async function disconnect(
  engine: Engine,
  dependencies: DisconnectDependencies,
  integration: Integration,
  removeEvents: RemoveEvents,
  signal: AbortSignal | undefined,
): Promise<DisconnectResult> {
  const ended = await underConnectLease(engine, integration, async (lease) => {
    const begun = await updateIntegration(engine, refOf(integration), (before) =>
      before.status === 'disconnected'
        ? null
        : { status: 'disconnecting', statusReason: null, removeEvents, ...NOT_PARKED },
    )
    return begun?.status === 'disconnecting'
      ? carryOut(engine, dependencies, begun, lease, signal)
      : NOTHING_LEFT
  })
  if (ended === null) throw busy(integration)
  return ended.result
}

/** Goes on with a disconnect that was begun; `null` when another worker is at it, or it has ended. */
export async function resumeDisconnect(
  engine: Engine,
  dependencies: DisconnectDependencies,
  integration: Integration,
  signal: AbortSignal | undefined,
): Promise<DisconnectResult | null> {
  const ended = await underConnectLease(engine, integration, async (lease) => {
    const current = await engine.storage.integrations.findById(integration.tenantId, integration.id)
    if (current?.status !== 'disconnecting') return null
    return carryOut(engine, dependencies, current, lease, signal)
  })
  return ended?.result ?? null
}

/** The answer when there is nothing to end. */
export const NOTHING_LEFT: DisconnectResult = {
  status: 'done',
  eventsRemoved: 0,
  eventsLeft: 0,
  revocation: 'nothing_to_revoke',
}

/** The lease under which accounts are connected too: a new grant's tokens must not be erased with the old one's. */
function underConnectLease<T>(
  engine: Engine,
  integration: Integration,
  work: (lease: HeldLease) => Promise<T>,
): Promise<{ readonly result: T } | null> {
  const holding = { leases: engine.storage.leases, clock: engine.clock }
  return underLease(holding, `connect:${integration.id}`, work)
}

async function carryOut(
  engine: Engine,
  dependencies: DisconnectDependencies,
  integration: Integration,
  lease: HeldLease,
  signal: AbortSignal | undefined,
): Promise<DisconnectResult> {
  const ref = refOf(integration)
  const startedAtMs = engine.clock.now()
  // Nobody changes the row of an integration that is disconnecting: it was last changed when that was decided.
  const lastTry = startedAtMs - integration.updatedAtMs >= GIVE_UP_AFTER_MS
  // No push or pull begins any more; the queue lets those end that have begun.
  await engine.calendarQueue.run(ref, signal, () => Promise.resolve())
  const channelsLeft = await dependencies.stopChannels(integration, signal)
  const events = await removeEvents(engine, integration, lease, signal)
  const counts = { eventsRemoved: events.removed, eventsLeft: events.left + events.waiting }
  if (!lastTry && (events.waiting > 0 || channelsLeft > 0)) {
    return { status: 'continuing', ...counts, revocation: 'pending' }
  }
  // Whoever took over may have connected anew: that grant is not to be revoked.
  if (!(await lease.stillOurs())) throw busy(integration)
  const tokens = await findTokens(dependencies.tokenStore, ref)
  const revocation = tokens === 'none' ? 'nothing_to_revoke' : await dependencies.revoke(ref, { signal })
  if (!lastTry && tokens === 'readable' && revocation === 'failed') {
    return { status: 'continuing', ...counts, revocation: 'pending' }
  }
  if (!(await lease.stillOurs())) throw busy(integration)
  await dependencies.tokenStore.erase(ref)
  await updateIntegration(
    engine,
    ref,
    (before) => (before.status === 'disconnecting' ? FORGOTTEN : null),
    (session) => forget(engine, session, integration, startedAtMs),
  )
  return { status: 'done', ...counts, revocation }
}

async function removeEvents(
  engine: Engine,
  integration: Integration,
  lease: HeldLease,
  signal: AbortSignal | undefined,
): ReturnType<typeof removeLinkedEvents> {
  const choice = integration.removeEvents ?? 'none'
  if (choice === 'none') return { removed: 0, left: 0, waiting: 0 }
  const stillOurs = async (): Promise<void> => {
    if (!(await lease.stillOurs())) throw busy(integration)
  }
  return removeLinkedEvents(engine, integration, { futureOnly: choice === 'future', stillOurs, signal })
}

const FORGOTTEN: Partial<Integration> = {
  status: 'disconnected',
  statusReason: null,
  googleAccountId: null,
  googleEmail: null,
  grantedScopes: [],
  missingScopes: [],
  removeEvents: null,
}

async function forget(
  engine: Engine,
  session: StorageSession,
  integration: Integration,
  startedAtMs: number,
): Promise<void> {
  const ref = refOf(integration)
  for (const store of [
    'links',
    'cursors',
    'outbox',
    'inbox',
    'conflicts',
    'channels',
    'eventOffers',
    'busy',
  ] as const) {
    await session[store].removeAll(ref)
  }
  await session.credentials.erase(ref)
  const facts = { ref, direction: 'system', action: 'disconnect', status: 'success', startedAtMs } as const
  await session.syncLog.append(engine.logEntry(facts))
}

function busy(integration: Integration): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'INTEGRATION_BUSY',
    message: `Integration ${integration.id} is being connected or disconnected at this moment. Try again shortly.`,
    retryable: true,
  })
}

/** A store that cannot open its tokens must not keep an owner from leaving (calcom/cal.diy#1051). */
async function findTokens(
  tokenStore: TokenStore,
  ref: ReturnType<typeof refOf>,
): Promise<'readable' | 'sealed' | 'none'> {
  try {
    return (await tokenStore.find(ref)) === null ? 'none' : 'readable'
  } catch (error) {
    if (isAppointmentSyncError(error, 'TOKEN_UNDECRYPTABLE')) return 'sealed'
    throw error
  }
}
