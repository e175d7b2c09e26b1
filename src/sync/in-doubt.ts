import type { EventLink, InDoubt, MergedFields } from '../domain/index.ts'
import { contended, type Engine } from './engine.ts'

/** So many writes without an answer are remembered under one etag. */
const MAX_WRITES = 8
/** After so many milliseconds a request that never arrived is given up: no connection lives as long. */
const EXPIRES_AFTER_MS = 600_000

/**
 * The requests that may still arrive, or have arrived unseen; `undefined` when there are none, or it is too late for
 * them. An insert has no etag to outlive: what it brought is known for ours whenever it is found.
 */
export function inDoubtAt(link: EventLink, nowMs: number): InDoubt | undefined {
  const { inDoubt } = link.base
  const expired = inDoubt !== undefined && nowMs - inDoubt.sinceMs >= EXPIRES_AFTER_MS
  return expired && link.state === 'live' ? undefined : inDoubt
}

/** The writes among them, the latest last, with one more; no more than are worth remembering. */
export function writesInDoubt(link: EventLink, nowMs: number): readonly Partial<MergedFields>[] {
  const before = inDoubtAt(link, nowMs)?.writing ?? []
  const { writing } = link.base
  return (writing === undefined ? before : [...before, writing]).slice(-MAX_WRITES)
}

/** Remembers the writes whose effect a look at the event did not show; the next write goes by the same etag. */
export async function keepInDoubt(engine: Engine, link: EventLink): Promise<void> {
  const { writing, removing, ...base } = link.base
  if (writing === undefined && removing === undefined) return
  const nowMs = engine.clock.now()
  const inDoubt = {
    writing: writesInDoubt(link, nowMs),
    removing: removing === true || inDoubtAt(link, nowMs)?.removing === true,
    sinceMs: nowMs,
  }
  const next = { ...link, base: { ...base, inDoubt }, fingerprint: '', version: link.version + 1 }
  if (!(await engine.storage.links.replace(next, link.version))) throw contended(link, link.appointmentId)
}
