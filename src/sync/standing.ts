import { type CheckedAppointment, type Integration, refOf } from '../domain/index.ts'
import type { LinkStanding } from '../ports/index.ts'
import { isWanted } from './app-side.ts'
import type { Engine } from './engine.ts'
import { fingerprintOf } from './fingerprint.ts'
import type { SyncResult } from './results.ts'

/**
 * Those of the appointments that need no push, because Google is known to say all of it already. In a sweep also
 * those that have no event and should have none; a call of the host's is remembered, for others that come late.
 * Two look-ups for all of them, no rendering, and no call to Google.
 */
export async function standingAlready(
  engine: Engine,
  integration: Integration,
  appointments: readonly CheckedAppointment[],
  kind: 'call' | 'sweep',
): Promise<Map<string, SyncResult>> {
  const ref = refOf(integration)
  const ids = appointments.map(({ id }) => id)
  const links = await engine.storage.links.listStanding(ref, ids)
  const byId = new Map(links.map((link) => [link.appointmentId, link]))
  const results = new Map<string, SyncResult>()
  for (const appointment of appointments) {
    const link = byId.get(appointment.id)
    const absent = kind === 'sweep' && (link === undefined || link.state === 'removed')
    const result: SyncResult | null =
      absent && !isWanted(appointment, integration)
        ? { status: 'skipped', reason: 'not_on_calendar' }
        : standing(integration, appointment, link)
    if (result !== null) results.set(appointment.id, result)
  }
  if (results.size === 0) return results
  // With an intent of its own something is still to be done, whatever the link says.
  for (const id of await engine.storage.outbox.listStanding(ref, [...results.keys()])) results.delete(id)
  return results
}

function standing(
  integration: Integration,
  appointment: CheckedAppointment,
  link: LinkStanding | undefined,
): SyncResult | null {
  if (link === undefined) return null
  if (link.appointmentUpdatedAtMs > appointment.updatedAtMs) return { status: 'skipped', reason: 'stale' }
  const { settings } = integration
  if (link.state !== 'live' || !isWanted(appointment, integration)) return null
  return link.fingerprint === fingerprintOf(appointment, settings)
    ? { status: 'skipped', reason: 'unchanged' }
    : null
}
