import { type CheckedAppointment, type Integration, refOf, type SyncSettings } from '../domain/index.ts'
import { isAppointmentSyncError } from '../errors/index.ts'
import type { LinkStanding } from '../ports/index.ts'
import { isWanted, templatesFor } from './app-side.ts'
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
  const settings = renderedFrom(engine, integration)
  for (const appointment of appointments) {
    const link = byId.get(appointment.id)
    const absent = kind === 'sweep' && (link === undefined || link.state === 'removed')
    const result: SyncResult | null =
      absent && !isWanted(appointment, integration)
        ? { status: 'skipped', reason: 'not_on_calendar' }
        : standing(integration, settings, appointment, link)
    if (result !== null) results.set(appointment.id, result)
  }
  if (results.size === 0) return results
  // With an intent of its own something is still to be done, whatever the link says.
  for (const id of await engine.storage.outbox.listStanding(ref, [...results.keys()])) results.delete(id)
  return results
}

/** `null` when the tenant's templates cannot be used: each push then says so by itself, and waits. */
function renderedFrom(engine: Engine, integration: Integration): SyncSettings | null {
  try {
    return templatesFor(engine, integration).settings
  } catch (error) {
    if (isAppointmentSyncError(error, 'INVALID_TEMPLATE')) return null
    throw error
  }
}

function standing(
  integration: Integration,
  settings: SyncSettings | null,
  appointment: CheckedAppointment,
  link: LinkStanding | undefined,
): SyncResult | null {
  if (link === undefined) return null
  if (link.appointmentUpdatedAtMs > appointment.updatedAtMs) return { status: 'skipped', reason: 'stale' }
  if (settings === null || link.state !== 'live' || !isWanted(appointment, integration)) return null
  return link.fingerprint === fingerprintOf(appointment, settings)
    ? { status: 'skipped', reason: 'unchanged' }
    : null
}
