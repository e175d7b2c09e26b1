import { type EventLink, type Integration, type IntegrationRef, refOf } from '../domain/index.ts'
import { AppointmentSyncError, isAppointmentSyncError } from '../errors/index.ts'
import type { StorageSession, TokenStore } from '../ports/index.ts'
import { contended, type Engine } from './engine.ts'
import { type HeldLease, underLease } from './held-lease.ts'
import { removeEvent } from './remove-event.ts'
import type { DisconnectResult, RemoveEvents } from './results.ts'
import { extentOf } from './sync-window.ts'

const PAGE = 100

/** How often a change of the row is tried again when somebody else changed it. */
const MAX_TRIES = 5

type RemovalOutcome = 'removed' | 'was_not_there' | 'left' | 'grant_gone'

interface RemovalChoice {
  readonly removeEvents: RemoveEvents
  readonly lease: HeldLease
  readonly signal: AbortSignal | undefined
}

/** What a disconnect needs besides the engine. */
export interface DisconnectDependencies {
  readonly tokenStore: TokenStore
  /** Revokes the grant at Google; never throws for Google's side. */
  readonly revoke: (
    ref: ReturnType<typeof refOf>,
    options: { signal?: AbortSignal | undefined },
  ) => Promise<'revoked' | 'already_gone' | 'failed'>
}

/**
 * Ends a connection: events removed as asked, grant revoked, tokens erased, links and cursors dropped. It goes
 * through even when Google has forgotten the grant, then events stay. Each step may be repeated, so a call that
 * died half-way is simply made again; the row turns `disconnected` last. A connection that is made at the same time
 * waits for its end; `INTEGRATION_BUSY` when one is being made already.
 */
export async function disconnect(
  engine: Engine,
  dependencies: DisconnectDependencies,
  integration: Integration,
  removeEvents: RemoveEvents,
  signal: AbortSignal | undefined,
): Promise<DisconnectResult> {
  // The lease under which accounts are connected too: tokens of a new grant must not be erased with the old one's.
  const key = `connect:${integration.id}`
  const holding = { leases: engine.storage.leases, clock: engine.clock }
  const ended = await underLease(holding, key, (lease) =>
    disconnectAlone(engine, dependencies, integration, { removeEvents, lease, signal }),
  )
  if (ended === null) throw busy(integration)
  return ended.result
}

async function disconnectAlone(
  engine: Engine,
  dependencies: DisconnectDependencies,
  integration: Integration,
  choice: RemovalChoice,
): Promise<DisconnectResult> {
  const ref = refOf(integration)
  const startedAtMs = engine.clock.now()
  // Paused first: no push or pull may put an event back meanwhile. The queue lets those end that have begun.
  const paused = await change(engine, ref, { status: 'paused', statusReason: 'INTEGRATION_INACTIVE' })
  await engine.calendarQueue(ref, choice.signal, () => Promise.resolve())
  const { removed, left } = await removeLinked(engine, paused, choice)
  const tokens = await findTokens(dependencies.tokenStore, ref)
  const revocation =
    tokens === 'none' ? 'nothing_to_revoke' : await dependencies.revoke(ref, { signal: choice.signal })
  await dependencies.tokenStore.erase(ref)
  await change(engine, ref, FORGOTTEN, async (session) => {
    for (const store of ['links', 'cursors', 'outbox', 'inbox', 'conflicts'] as const) {
      await session[store].removeAll(ref)
    }
    await session.credentials.erase(ref)
    const facts = { ref, direction: 'system', action: 'disconnect', status: 'success', startedAtMs } as const
    await session.syncLog.append(engine.logEntry(facts))
  })
  return { eventsRemoved: removed, eventsLeft: left, revocation }
}

const FORGOTTEN: Partial<Integration> = {
  status: 'disconnected',
  statusReason: null,
  googleAccountId: null,
  googleEmail: null,
  grantedScopes: [],
  missingScopes: [],
}

/** Changes the row, and what goes with it, in one transaction; again when somebody else changed the row meanwhile. */
async function change(
  engine: Engine,
  ref: IntegrationRef,
  edit: Partial<Integration>,
  besides: (session: StorageSession) => Promise<void> = () => Promise.resolve(),
): Promise<Integration> {
  for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
    const next = await engine.storage.transaction(async (session) => {
      const before = await session.integrations.findById(ref.tenantId, ref.integrationId)
      if (before === null) throw contended(ref, '(all)')
      const after = { ...before, ...edit, updatedAtMs: engine.clock.now(), version: before.version + 1 }
      if (!(await session.integrations.replace(after, before.version))) return null
      await besides(session)
      return after
    })
    if (next !== null) return next
  }
  throw contended(ref, '(all)')
}

function busy(integration: Integration): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'INTEGRATION_BUSY',
    message: `Integration ${integration.id} is being connected or disconnected at this moment. Try again shortly.`,
    retryable: true,
  })
}

/** A store that cannot open its tokens must not keep an owner from leaving (calcom/cal.diy#1051). */
async function findTokens(tokenStore: TokenStore, ref: ReturnType<typeof refOf>): Promise<'some' | 'none'> {
  try {
    return (await tokenStore.find(ref)) === null ? 'none' : 'some'
  } catch (error) {
    if (isAppointmentSyncError(error, 'TOKEN_UNDECRYPTABLE')) return 'some'
    throw error
  }
}

async function removeLinked(
  engine: Engine,
  integration: Integration,
  choice: RemovalChoice,
): Promise<{ removed: number; left: number }> {
  const { removeEvents, lease, signal } = choice
  const counts = { removed: 0, left: 0 }
  if (removeEvents === 'none') return counts
  const nowMs = engine.clock.now()
  let unreachable = false
  for await (const link of linksOf(engine, refOf(integration))) {
    const time = link.base.google.time ?? link.base.writing?.time
    const over = time !== undefined && extentOf(time, integration.settings.timeZone).toMs <= nowMs
    if (removeEvents === 'future' && over) continue
    signal?.throwIfAborted()
    if (!(await lease.stillOurs())) throw busy(integration)
    const outcome: RemovalOutcome = unreachable
      ? 'grant_gone'
      : await removeOne(engine, integration, link, signal)
    if (outcome === 'removed') counts.removed += 1
    else if (outcome !== 'was_not_there') counts.left += 1
    // Without a grant no further call can succeed, and each would cost a refresh.
    unreachable ||= outcome === 'grant_gone'
  }
  return counts
}

/** Events that stand, and those that may: their insert was begun and never confirmed. */
async function* linksOf(engine: Engine, ref: IntegrationRef): AsyncGenerator<EventLink> {
  for (const state of ['live', 'unconfirmed'] as const) {
    let afterAppointmentId: string | null = null
    for (;;) {
      const page: EventLink[] = await engine.storage.links.listLive(ref, {
        state,
        afterAppointmentId,
        limit: PAGE,
      })
      yield* page
      if (page.length < PAGE) break
      afterAppointmentId = page.at(-1)?.appointmentId ?? null
    }
  }
}

async function removeOne(
  engine: Engine,
  integration: Integration,
  link: EventLink,
  signal: AbortSignal | undefined,
): Promise<RemovalOutcome> {
  const request = {
    integration,
    appointmentId: link.appointmentId,
    updatedAtMs: link.appointmentUpdatedAtMs,
    attempt: 1,
    finish: () => Promise.resolve(),
    signal,
  }
  try {
    const result = await engine.calendarQueue(refOf(integration), signal, () => removeEvent(engine, request))
    return result.status === 'success' ? 'removed' : 'was_not_there'
  } catch (error) {
    if (!isAppointmentSyncError(error) || error.code === 'STORAGE_FAILED') throw error
    const { tenantId, integrationId, appointmentId } = link
    engine.logger.warn(
      { tenantId, integrationId, appointmentId, code: error.code },
      'event left on the calendar',
    )
    return GRANT_GONE.has(error.code) ? 'grant_gone' : 'left'
  }
}

const GRANT_GONE: ReadonlySet<string> = new Set([
  'OAUTH_GRANT_REVOKED',
  'OAUTH_SCOPE_MISSING',
  'OAUTH_CLIENT_REJECTED',
  'TOKEN_UNDECRYPTABLE',
])
