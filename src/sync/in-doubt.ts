import type { EventLink, InDoubt, MergedFields } from '../domain/index.ts'
import { contended, type Engine } from './engine.ts'

/** So many writes without an answer are remembered under one etag. */
const MAX_WRITES = 8
/** A request that has not arrived after so many milliseconds never will: no connection lives that long. */
export const REQUEST_LIFE_MS = 600_000

/**
 * The requests by which a change of `changedMs` (Google's clock; `null` where it is not known) may have come about;
 * `undefined` when there are none, or it came too late for them. An insert has no etag to outlive: what it brought is
 * known for ours whenever it is found.
 */
export function inDoubtAt(link: EventLink, changedMs: number | null): InDoubt | undefined {
  const { inDoubt } = link.base
  const tooLate = changedMs !== null && isOverdue(link, changedMs)
  return tooLate && link.state === 'live' ? undefined : inDoubt
}

/** The writes among them, the latest last; each once, and no more than are worth remembering. */
export function writesInDoubt(link: EventLink, changedMs: number | null): readonly Partial<MergedFields>[] {
  const before = inDoubtAt(link, changedMs)?.writing ?? []
  const { writing } = link.base
  const all = writing === undefined ? before : [...before, writing]
  const texts = all.map((one) => JSON.stringify(one))
  return all.filter((_, index) => texts.lastIndexOf(texts[index] ?? '') === index).slice(-MAX_WRITES)
}

/** Whether a request about the event was begun that has no answer: an insert, or a write or deletion in doubt. */
export function isUnanswered(link: EventLink): boolean {
  return link.state === 'unconfirmed' || link.base.inDoubt !== undefined
}

/** What stays in doubt from `nowMs` on: every write without an answer, and a deletion where `removing` says so. */
export function doubtFrom(link: EventLink, nowMs: number, removing: boolean): InDoubt {
  return { writing: writesInDoubt(link, null), removing, sinceMs: nowMs }
}

/** Whether what was in doubt can arrive no more, so that a look at the event tells what became of it. */
export function isOverdue({ base: { inDoubt } }: EventLink, nowMs: number): boolean {
  return inDoubt !== undefined && nowMs - inDoubt.sinceMs >= REQUEST_LIFE_MS
}

/**
 * Stores what follows from a look that showed the event as the link has it: a write without an answer stays in doubt,
 * for the next one goes by the same etag; one that can arrive no more is forgotten.
 */
export async function settleDoubt(engine: Engine, link: EventLink): Promise<void> {
  const { writing, removing, inDoubt, ...base } = link.base
  const nowMs = engine.clock.now()
  const begun = writing !== undefined || removing !== undefined
  if (!begun && !isOverdue(link, nowMs)) return
  const doubt = doubtFrom(link, nowMs, removing === true || inDoubt?.removing === true)
  const next = {
    ...link,
    base: begun ? { ...base, inDoubt: doubt } : base,
    fingerprint: '',
    version: link.version + 1,
  }
  if (!(await engine.storage.links.replace(next, link.version))) throw contended(link, link.appointmentId)
}
