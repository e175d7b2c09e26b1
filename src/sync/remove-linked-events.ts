import {
  type EventLink,
  type Integration,
  type IntegrationRef,
  parseOccurrenceId,
  refOf,
} from '../domain/index.ts'
import { isAppointmentSyncError } from '../errors/index.ts'
import { endSeriesNow } from './end-series.ts'
import type { Engine } from './engine.ts'
import { linkPages } from './link-pages.ts'
import { deletionOf, recordRemovalIn, removeEvent, removingMark, type RemoveRequest } from './remove-event.ts'
import { extentOfFields, isSeriesLink } from './series-link.ts'
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
 * as it is done, so that a run that died is simply made again. Once the grant is found gone nothing more is asked. A
 * series goes with its occurrences; of one that has begun, and of which only what is to come is to go, the rule ends now.
 */
export async function removeLinkedEvents(
  engine: Engine,
  integration: Integration,
  options: RemovalOptions,
): Promise<RemovalCounts> {
  const counts: RemovalCounts = { removed: 0, left: 0, waiting: 0 }
  let grantGone = false
  for await (const page of standingPages(engine, refOf(integration))) {
    const links = page.filter((link) => isToGo(engine, integration, link, options.futureOnly))
    if (grantGone) {
      counts.left += links.length
      continue
    }
    options.signal?.throwIfAborted()
    await options.stillOurs()
    const begun = options.futureOnly ? links.filter((link) => hasBegun(engine, integration, link)) : []
    const whole = links.filter((link) => !begun.includes(link))
    for (const outcome of [
      ...(await endAll(engine, integration, begun, options.signal)),
      ...(await removePage(engine, integration, whole, options.signal)),
    ]) {
      if (outcome === 'grant_gone') {
        grantGone = true
        counts.left += 1
      } else if (outcome !== 'was_not_there') counts[outcome] += 1
    }
  }
  return counts
}

/** Whether an event is to be removed by itself: the occurrences of a series go with it, or with the end of its rule. */
function isToGo(engine: Engine, integration: Integration, link: EventLink, futureOnly: boolean): boolean {
  // What began as a person's own event stays theirs.
  if (link.base.external === true) return false
  const nowMs = engine.clock.now()
  const name = parseOccurrenceId(link.appointmentId)
  if (name !== null) {
    const { timeZone } = integration.settings
    const { originalStart } = name
    const startMs =
      typeof originalStart === 'number'
        ? originalStart
        : extentOf({ allDay: true, startDate: originalStart, endDate: originalStart }, timeZone).fromMs
    if (!futureOnly || startMs >= nowMs) return false
  }
  return !futureOnly || !isOver(engine, integration, link)
}

function isOver(engine: Engine, integration: Integration, link: EventLink): boolean {
  const { google, writing } = link.base
  const time = google.time ?? writing?.time
  if (time === undefined) return false
  const fields = { recurrence: google.recurrence ?? writing?.recurrence ?? [], time }
  return extentOfFields(fields, integration.settings.timeZone).toMs <= engine.clock.now()
}

/** Whether it is a series of which occurrences have taken place, or begun. */
function hasBegun(engine: Engine, integration: Integration, link: EventLink): boolean {
  const { time } = link.base.google
  if (link.state !== 'live' || time === undefined || !isSeriesLink(link)) return false
  return extentOf(time, integration.settings.timeZone).fromMs < engine.clock.now()
}

async function endAll(
  engine: Engine,
  integration: Integration,
  links: readonly EventLink[],
  signal: AbortSignal | undefined,
): Promise<Outcome[]> {
  if (links.length === 0) return []
  return engine.calendarQueue.run(refOf(integration), signal, async () => {
    const outcomes: Outcome[] = []
    for (const link of links) {
      outcomes.push(
        await settled(engine, link, async () =>
          (await endSeriesNow(engine, integration, link, signal)) ? 'removed' : 'was_not_there',
        ),
      )
    }
    return outcomes
  })
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
  return settled(engine, link, async () => {
    const result = await removeEvent(engine, requestOf(integration, link, signal))
    if (result.status === 'success') return 'removed'
    return result.status === 'conflict' ? 'left' : 'was_not_there'
  })
}

/** What became of it, also of a failure. */
async function settled(engine: Engine, link: EventLink, work: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await work()
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
