import { type EventLink, type Integration, type IntegrationRef, refOf } from '../domain/index.ts'
import { isAppointmentSyncError } from '../errors/index.ts'
import type { Engine } from './engine.ts'
import { linkPages } from './link-pages.ts'
import { deletionOf, recordRemovalIn, removeEvent, removingMark, type RemoveRequest } from './remove-event.ts'
import { extentOf } from './sync-window.ts'

/** Deletions that go out together: as many as one batch request takes. */
const TOGETHER = 50

/** What became of the events of an integration. */
export interface RemovalCounts {
  removed: number
  /** Google refuses these for good, or the grant is gone: they stay on the calendar. */
  left: number
  /** Not this time; trying again may help. */
  waiting: number
}

/** What is to be removed, and under which right. */
export interface RemovalOptions {
  /** Only events that are not over yet. */
  readonly futureOnly: boolean
  /** Asked before each group; throws when the work is no longer ours. */
  readonly stillOurs: () => Promise<void>
  readonly signal?: AbortSignal | undefined
}

type Outcome = keyof RemovalCounts | 'was_not_there' | 'grant_gone'

/**
 * Takes the integration's events off the calendar, as many together as one request takes. What is done is recorded
 * as it is done, so that a run that died is simply made again. Once the grant is found gone nothing more is asked.
 */
export async function removeLinkedEvents(
  engine: Engine,
  integration: Integration,
  options: RemovalOptions,
): Promise<RemovalCounts> {
  const counts: RemovalCounts = { removed: 0, left: 0, waiting: 0 }
  let grantGone = false
  for await (const page of standingPages(engine, refOf(integration))) {
    const links = page.filter(
      // What began as a person's own event stays theirs.
      (link) => link.base.external !== true && (!options.futureOnly || !isOver(engine, integration, link)),
    )
    if (grantGone) {
      counts.left += links.length
      continue
    }
    options.signal?.throwIfAborted()
    await options.stillOurs()
    for (const outcome of await removePage(engine, integration, links, options.signal)) {
      if (outcome === 'grant_gone') {
        grantGone = true
        counts.left += 1
      } else if (outcome !== 'was_not_there') counts[outcome] += 1
    }
  }
  return counts
}

function isOver(engine: Engine, integration: Integration, link: EventLink): boolean {
  const time = link.base.google.time ?? link.base.writing?.time
  return time !== undefined && extentOf(time, integration.settings.timeZone).toMs <= engine.clock.now()
}

/** Events that stand, and those that may: their insert was begun and never confirmed. */
async function* standingPages(engine: Engine, ref: IntegrationRef): AsyncGenerator<EventLink[]> {
  for (const state of ['live', 'unconfirmed'] as const) yield* linkPages(engine.storage, ref, state, TOGETHER)
}

async function removePage(
  engine: Engine,
  integration: Integration,
  links: readonly EventLink[],
  signal: AbortSignal | undefined,
): Promise<Outcome[]> {
  if (links.length === 0) return []
  const ref = refOf(integration)
  return engine.calendarQueue.run(ref, signal, async () => {
    const steady = await markAll(engine, links)
    const calls = steady.map((link) => deletionOf(ref, link, link.etag, engine.clock.now(), signal))
    const answers = await engine.google.together(ref, calls, { signal })
    const done = steady.filter((_, index) => answers[index]?.status === 'fulfilled')
    await engine.storage.transaction(async (session) => {
      for (const link of done) {
        await recordRemovalIn(engine, session, requestOf(integration, link, signal), link, 'removed')
      }
    })
    const gone = new Set(done.map(({ appointmentId }) => appointmentId))
    const outcomes: Outcome[] = done.map(() => 'removed')
    // The others are looked at by themselves: edited or moved meanwhile, unconfirmed, or refused.
    for (const link of links) {
      if (!gone.has(link.appointmentId)) outcomes.push(await removeOne(engine, integration, link, signal))
      if (outcomes.at(-1) === 'grant_gone') {
        const rest = links.length - outcomes.length
        return [...outcomes, ...Array.from({ length: rest }, (): Outcome => 'left')]
      }
    }
    return outcomes
  })
}

/** Marks those whose state is known, before they are deleted: what is found deleted later is then known for ours. */
async function markAll(engine: Engine, links: readonly EventLink[]): Promise<EventLink[]> {
  const steady = links.filter(
    ({ state, base }) => state === 'live' && base.writing === undefined && base.removing === undefined,
  )
  return engine.storage.transaction(async (session) => {
    const marked: EventLink[] = []
    for (const link of steady) {
      const mark = removingMark(link)
      if (await session.links.replace(mark, link.version)) marked.push(mark)
    }
    return marked
  })
}

function requestOf(
  integration: Integration,
  link: EventLink,
  signal: AbortSignal | undefined,
): RemoveRequest {
  return {
    integration,
    appointmentId: link.appointmentId,
    updatedAtMs: link.appointmentUpdatedAtMs,
    attempt: 1,
    finish: () => Promise.resolve(),
    signal,
  }
}

async function removeOne(
  engine: Engine,
  integration: Integration,
  link: EventLink,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  try {
    const result = await removeEvent(engine, requestOf(integration, link, signal))
    if (result.status === 'success') return 'removed'
    return result.status === 'conflict' ? 'left' : 'was_not_there'
  } catch (error) {
    if (!isAppointmentSyncError(error) || error.code === 'STORAGE_FAILED') throw error
    const { tenantId, integrationId, appointmentId } = link
    engine.logger.warn(
      { tenantId, integrationId, appointmentId, code: error.code },
      'event left on the calendar',
    )
    if (GRANT_GONE.has(error.code)) return 'grant_gone'
    return error.retryable && error.code !== 'GOOGLE_QUOTA_EXCEEDED' ? 'waiting' : 'left'
  }
}

/** Without a grant no further call can succeed, and each would cost a refresh. */
export const GRANT_GONE: ReadonlySet<string> = new Set([
  'OAUTH_GRANT_REVOKED',
  'OAUTH_SCOPE_MISSING',
  'OAUTH_CLIENT_REJECTED',
  'TOKEN_UNDECRYPTABLE',
])
