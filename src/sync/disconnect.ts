import { type EventLink, type Integration, refOf } from '../domain/index.ts'
import { isAppointmentSyncError } from '../errors/index.ts'
import type { TokenStore } from '../ports/index.ts'
import { contended, type Engine } from './engine.ts'
import { removeEvent } from './remove-event.ts'
import type { DisconnectResult, RemoveEvents } from './results.ts'
import { extentOf } from './sync-window.ts'

const PAGE = 100

type RemovalOutcome = 'removed' | 'left' | 'grant_gone'

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
 * died half-way is simply made again; the row turns `disconnected` last.
 */
export async function disconnect(
  engine: Engine,
  dependencies: DisconnectDependencies,
  integration: Integration,
  removeEvents: RemoveEvents,
  signal: AbortSignal | undefined,
): Promise<DisconnectResult> {
  const ref = refOf(integration)
  const startedAtMs = engine.clock.now()
  // Paused first: no push or pull may put an event back meanwhile.
  const paused = await setStatus(engine, integration, 'paused', 'INTEGRATION_INACTIVE')
  const { removed, left } = await removeLinked(engine, paused, removeEvents, signal)
  const tokens = await findTokens(dependencies.tokenStore, ref)
  const revocation = tokens === 'none' ? 'nothing_to_revoke' : await dependencies.revoke(ref, { signal })
  await dependencies.tokenStore.erase(ref)
  await engine.storage.transaction(async (session) => {
    const current = await session.integrations.findById(ref.tenantId, ref.integrationId)
    if (current === null) return
    const ended: Integration = {
      ...current,
      status: 'disconnected',
      statusReason: null,
      googleAccountId: null,
      googleEmail: null,
      grantedScopes: [],
      missingScopes: [],
      updatedAtMs: engine.clock.now(),
      version: current.version + 1,
    }
    if (!(await session.integrations.replace(ended, current.version))) throw contended(ref, '(all)')
    for (const store of ['links', 'cursors', 'outbox', 'inbox', 'conflicts'] as const) {
      await session[store].removeAll(ref)
    }
    await session.credentials.erase(ref)
    const facts = { ref, direction: 'system', action: 'disconnect', status: 'success', startedAtMs } as const
    await session.syncLog.append(engine.logEntry(facts))
  })
  return { eventsRemoved: removed, eventsLeft: left, revocation }
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

async function setStatus(
  engine: Engine,
  integration: Integration,
  status: Integration['status'],
  statusReason: string | null,
): Promise<Integration> {
  const next: Integration = {
    ...integration,
    status,
    statusReason,
    updatedAtMs: engine.clock.now(),
    version: integration.version + 1,
  }
  if (await engine.storage.integrations.replace(next, integration.version)) return next
  throw contended(refOf(integration), '(all)')
}

async function removeLinked(
  engine: Engine,
  integration: Integration,
  removeEvents: RemoveEvents,
  signal: AbortSignal | undefined,
): Promise<{ removed: number; left: number }> {
  const counts = { removed: 0, left: 0 }
  if (removeEvents === 'none') return counts
  const ref = refOf(integration)
  const nowMs = engine.clock.now()
  let afterAppointmentId: string | null = null
  let unreachable = false
  for (;;) {
    const page: EventLink[] = await engine.storage.links.listLive(ref, { afterAppointmentId, limit: PAGE })
    for (const link of page) {
      const { time } = link.base.google
      const over = time !== undefined && extentOf(time, integration.settings.timeZone).toMs <= nowMs
      if (removeEvents === 'future' && over) continue
      signal?.throwIfAborted()
      const outcome: RemovalOutcome = unreachable
        ? 'grant_gone'
        : await removeOne(engine, integration, link, signal)
      if (outcome === 'removed') counts.removed += 1
      else counts.left += 1
      // Without a grant no further call can succeed, and each would cost a refresh.
      unreachable ||= outcome === 'grant_gone'
    }
    if (page.length < PAGE) return counts
    afterAppointmentId = page.at(-1)?.appointmentId ?? null
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
    await engine.calendarQueue(refOf(integration), signal, () => removeEvent(engine, request))
    return 'removed'
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
