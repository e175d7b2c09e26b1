import { type EventLink, parseOccurrenceId } from '../domain/index.ts'
import type { StorageSession } from '../ports/index.ts'
import type { InboxEntry, IntegrationRef } from '../domain/index.ts'
import { contended, type Engine } from './engine.ts'
import type { InboundPlan } from './inbound-plan.ts'
import { jobRefOf } from './job-ref.ts'
import { dropOccurrences, isSeriesLink } from './series-link.ts'

/** Stores a plan inside a transaction of the caller's. Throws `WRITE_CONTENDED` when a row changed meanwhile. */
export async function commitInbound(
  engine: Pick<Engine, 'logEntry' | 'clock'>,
  session: StorageSession,
  plan: InboundPlan,
): Promise<void> {
  const { link, inbox, conflict, enqueue, log } = plan
  const before = link.version === 1 ? null : link.version - 1
  if (!(await session.links.replace(link, before))) {
    if (await wentWithSeries(session, link)) return
    throw contended(link, link.appointmentId)
  }
  if (link.state === 'removed' && isSeriesLink(link)) await dropOccurrences(session, link, engine.clock.now())
  await putInOrder(session, link, inbox)
  if (conflict !== null) {
    const expected = conflict.version === 1 ? null : conflict.version - 1
    if (!(await session.conflicts.replace(conflict, expected))) throw contended(link, link.appointmentId)
  }
  const nowMs = engine.clock.now()
  if (enqueue !== null) {
    await session.outbox.enqueue({ ref: jobRefOf(link), action: enqueue, dueAtMs: nowMs, nowMs })
  }
  // What was given up before this was known is worth another try, and may have nothing left to do.
  else await session.outbox.revive(jobRefOf(link), nowMs)
  for (const facts of log) await session.syncLog.append(engine.logEntry(facts))
}

/** Adds entries about one appointment, after those that wait already. */
export async function putInOrder(
  session: StorageSession,
  ref: IntegrationRef & { readonly appointmentId: string },
  inbox: readonly InboxEntry[],
): Promise<void> {
  if (inbox.length === 0) return
  // Clocks stand still for a millisecond or go back: what was seen later must still be told later.
  const waiting = await session.inbox.listForAppointment(ref, ref.appointmentId)
  let afterMs = waiting.at(-1)?.observedAtMs ?? 0
  for (const entry of inbox) {
    const observedAtMs = Math.max(entry.observedAtMs, afterMs + 1)
    await session.inbox.put({ ...entry, observedAtMs })
    afterMs = observedAtMs
  }
}

/** Whether an occurrence was dropped with its series by a plan of the same transaction: nothing else follows then. */
async function wentWithSeries(
  session: StorageSession,
  { appointmentId, ...ref }: EventLink,
): Promise<boolean> {
  const name = parseOccurrenceId(appointmentId)
  if (name === null) return false
  const series = await session.links.find(ref, name.seriesId)
  const stored = await session.links.find(ref, appointmentId)
  return series?.state === 'removed' && stored?.base.series?.dropped === true
}
