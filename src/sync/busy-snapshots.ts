import { refOf } from '../domain/index.ts'
import { freshId } from '../ports/index.ts'
import { piecesOf } from './busy-blocks.ts'
import { type BusyReadingRequest, standing } from './busy-pass.ts'
import type { Engine } from './engine.ts'
import { mergedSpans, type Span } from './merged-spans.ts'
import type { TimeWindow } from './sync-window.ts'

/** Longest range that is asked of `freebusy.query` at once: Google refuses much longer ones. */
export const MAX_FREE_BUSY_MS: number = 60 * 86_400_000

/** The event that a snapshot's blocks are kept under: no id of Google's has these letters. */
const SNAPSHOT = 'snapshot-of-free-busy'

/**
 * Asks for the busy times of calendars that show no events, and puts the answer in the place of what was known of
 * each. Gives those that Google could not read: of them everything stays as it was.
 */
export async function takeSnapshots(
  engine: Engine,
  { integration, lease, signal }: BusyReadingRequest,
  calendarIds: readonly string[],
  window: TimeWindow,
): Promise<readonly string[]> {
  const ref = refOf(integration)
  const asOfMs = engine.clock.now()
  const generation = freshId(engine.random)
  const failed = new Set<string>()
  const spans = new Map<string, Span[]>()
  for (let fromMs = window.fromMs; fromMs < window.toMs; fromMs += MAX_FREE_BUSY_MS) {
    const toMs = Math.min(window.toMs, fromMs + MAX_FREE_BUSY_MS)
    const answer = await engine.google.queryBusy({ ref, calendarIds, fromMs, toMs }, { signal })
    for (const id of answer.failed) failed.add(id)
    for (const [id, busy] of answer.busy) spans.set(id, [...(spans.get(id) ?? []), ...busy])
  }
  for (const calendarId of calendarIds.filter((id) => !failed.has(id))) {
    const blocks = mergedSpans(spans.get(calendarId) ?? [])
      .flatMap(({ startMs, endMs }) => piecesOf({ fromMs: startMs, toMs: endMs }))
      .map(({ fromMs, toMs }) => ({
        eventId: SNAPSHOT,
        seriesId: null,
        startMs: fromMs,
        endMs: toMs,
        title: null,
      }))
    await engine.storage.transaction(async (session) => {
      await lease.assertIn(session)
      if ((await standing(session, { integration, calendarId })) === null) return
      await session.busy.replaceEvents(ref, calendarId, { eventIds: [SNAPSHOT], blocks, generation })
      await session.busy.sweep(ref, calendarId, generation)
      await session.busy.saveCalendar({
        ...ref,
        calendarId,
        asOfMs,
        coveredFromMs: window.fromMs,
        coveredToMs: window.toMs,
        timeZone: null,
        source: 'freebusy',
        syncToken: null,
        withTitles: false,
        errorCode: null,
      })
    })
  }
  return [...failed]
}
