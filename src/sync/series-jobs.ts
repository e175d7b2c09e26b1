import {
  type CheckedAppointment,
  type EventLink,
  type Integration,
  occurrenceIdOf,
  type OriginalStart,
  parseOccurrenceId,
  refOf,
} from '../domain/index.ts'
import { isBeyondEnd, seriesOf } from '../recurrence/index.ts'
import type { OutboxJob, StorageSession } from '../ports/index.ts'
import { isWanted } from './app-side.ts'
import type { Engine } from './engine.ts'
import { fingerprintOf } from './fingerprint.ts'
import { occurrenceOf } from './occurrences.ts'
import type { SyncResult } from './results.ts'
import { belongsTo, isSeriesLink, occurrenceLinks } from './series-link.ts'

/** How long an occurrence's job belongs to the push of its series, in milliseconds. */
const LEASE_MS = 180_000

type Finish = (session: StorageSession) => Promise<void>

/** Whether the end of a push has occurrences to see to. */
export function hasOccurrences(appointment: CheckedAppointment, link: EventLink | null): boolean {
  return appointment.recurrence.length > 0 || (link !== null && isSeriesLink(link))
}

/**
 * The end of a series' push: in the transaction that records it, the pushes of the occurrences that differ from what
 * was last in step are stored. A process that dies before they are made leaves them to the outbox.
 */
export function finishingSeries(
  engine: Engine,
  integration: Integration,
  appointment: CheckedAppointment,
  finish: Finish,
): Finish {
  return async (session) => {
    await finish(session)
    const ref = refOf(integration)
    const series = await session.links.find(ref, appointment.id)
    if (series === null || series.state !== 'live') return
    const nowMs = engine.clock.now()
    for (const appointmentId of await unsettledOccurrences(session, integration, appointment, series)) {
      await session.outbox.enqueue({ ref: { ...ref, appointmentId }, action: 'push', dueAtMs: nowMs, nowMs })
    }
  }
}

/** The ids of the occurrences that have to be looked at: changed, taken back, or gone from the rule. */
async function unsettledOccurrences(
  session: StorageSession,
  integration: Integration,
  appointment: CheckedAppointment,
  series: EventLink,
): Promise<string[]> {
  const { settings } = integration
  const links = await occurrenceLinks(session, series, series.appointmentId)
  const linked = new Map(
    links.filter((link) => belongsTo(link, series)).map((link) => [link.appointmentId, link]),
  )
  const rule = seriesOf(appointment, settings.timeZone)
  const named =
    rule === null ? [] : appointment.exceptions.filter((one) => !isBeyondEnd(rule, one.originalStart))
  const starts = new Set<OriginalStart>(named.map(({ originalStart }) => originalStart))
  for (const id of linked.keys()) {
    const name = parseOccurrenceId(id)
    if (name !== null) starts.add(name.originalStart)
  }
  const unsettled: string[] = []
  for (const originalStart of starts) {
    const occurrence = occurrenceOf(appointment, originalStart, settings.timeZone)
    const link = linked.get(occurrence.id)
    if (!isSettled(integration, occurrence, link)) unsettled.push(occurrence.id)
  }
  return unsettled
}

function isSettled(
  integration: Integration,
  occurrence: CheckedAppointment,
  link: EventLink | undefined,
): boolean {
  if (link === undefined) return false
  const wanted = isWanted(occurrence, integration)
  if (link.state === 'removed' && !wanted) return true
  if (link.state === 'live' && !wanted) return false
  const same = link.fingerprint === fingerprintOf(occurrence, integration.settings)
  return link.state === 'live' ? same : same && occurrence.updatedAtMs <= link.appointmentUpdatedAtMs
}

/** The jobs that the push of a series has stored, claimed, with the occurrences as the appointment has them. */
export async function claimOccurrences(
  engine: Engine,
  integration: Integration,
  appointment: CheckedAppointment,
): Promise<{ readonly jobs: OutboxJob[]; readonly given: Map<string, CheckedAppointment> }> {
  const { storage, clock } = engine
  const ref = refOf(integration)
  const links = await occurrenceLinks(storage, ref, appointment.id)
  const starts = new Set(appointment.exceptions.map(({ originalStart }) => originalStart))
  for (const { appointmentId } of links) {
    const name = parseOccurrenceId(appointmentId)
    if (name !== null) starts.add(name.originalStart)
  }
  const given = new Map<string, CheckedAppointment>()
  for (const originalStart of starts) {
    given.set(
      occurrenceIdOf(appointment.id, originalStart),
      occurrenceOf(appointment, originalStart, integration.settings.timeZone),
    )
  }
  const jobs: OutboxJob[] = []
  const ids = [...given.keys()]
  for (let at = 0; at < ids.length; at += 1000) {
    for (const appointmentId of await storage.outbox.listStanding(ref, ids.slice(at, at + 1000))) {
      const query = { nowMs: clock.now(), leaseMs: LEASE_MS, limit: 1, ref: { ...ref, appointmentId } }
      jobs.push(...(await storage.outbox.claim(query)))
    }
  }
  return { jobs, given }
}

/** What is said of a series and of the occurrences that were pushed with it: the worst that happened. */
export function togetherWith(series: SyncResult, occurrences: readonly SyncResult[]): SyncResult {
  const queued = occurrences.find(({ status }) => status === 'queued')
  const conflict = occurrences.find(({ status }) => status === 'conflict')
  if (series.status === 'queued' || queued === undefined) {
    if (series.status !== 'success' && series.status !== 'skipped') return series
    if (conflict !== undefined) return conflict
    const done = occurrences.find(({ status }) => status === 'success')
    return series.status === 'skipped' && done !== undefined ? done : series
  }
  return queued
}
