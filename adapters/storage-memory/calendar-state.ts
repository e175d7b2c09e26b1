import { AppointmentSyncError, type EventLink, type IntegrationRef } from 'appointment-sync'
import type { EventLinkStore, LeaseStore, SyncCursorStore } from 'appointment-sync/ports'
import type { Gate } from './gate.ts'
import { belongs, byText, isOf, refKey, removeOwned, type Tables } from './tables.ts'

function eventTaken(link: EventLink): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'STORAGE_FAILED',
    message: `Event ${link.eventId} of integration ${link.integrationId} is linked to another appointment than ${link.appointmentId}. Nothing was stored; remove that link first.`,
  })
}

/** Links, by integration and appointment. */
export function eventLinkStore(tables: Tables, gate: Gate): EventLinkStore {
  const linksOf = (ref: IntegrationRef, appointmentIds: readonly string[]): EventLink[] =>
    [...new Set(appointmentIds)].flatMap((id) => tables.links.get(refKey(ref, id)) ?? [])
  const linkPage = (
    ref: IntegrationRef,
    state: EventLink['state'],
    { afterAppointmentId, limit }: { readonly afterAppointmentId: string | null; readonly limit: number },
  ): EventLink[] =>
    [...tables.links.values()]
      .filter((row) => belongs(row, ref) && row.state === state)
      .filter((row) => afterAppointmentId === null || row.appointmentId > afterAppointmentId)
      .sort((a, b) => byText(a.appointmentId, b.appointmentId))
      .slice(0, limit)
  const eventKey = (link: EventLink): string => refKey(link, link.calendarId, link.eventId)
  return {
    find: (ref, appointmentId) => gate(() => tables.links.get(refKey(ref, appointmentId)) ?? null),
    findMany: (ref, appointmentIds) => gate(() => linksOf(ref, appointmentIds)),
    listStanding: (ref, appointmentIds) =>
      gate(() =>
        linksOf(ref, appointmentIds).map(
          ({ appointmentId, calendarId, state, fingerprint, appointmentUpdatedAtMs }) => ({
            appointmentId,
            calendarId,
            state,
            fingerprint,
            appointmentUpdatedAtMs,
          }),
        ),
      ),
    listCalendars: (ref) =>
      gate(() => {
        const standing = [...tables.links.values()].filter(
          (row) => belongs(row, ref) && row.state !== 'removed',
        )
        return [...new Set(standing.map((row) => row.calendarId))].sort(byText)
      }),
    findByEvents: (ref, calendarId, eventIds) =>
      gate(() =>
        linksOf(
          ref,
          eventIds.flatMap((eventId) => tables.linkedEvents.get(refKey(ref, calendarId, eventId)) ?? []),
        ),
      ),
    replace: (link, expectedVersion) =>
      gate(() => {
        const key = refKey(link, link.appointmentId)
        const before = tables.links.get(key)
        if ((before?.version ?? null) !== expectedVersion) return false
        const linked = tables.linkedEvents.get(eventKey(link))
        if (linked !== undefined && linked !== link.appointmentId) throw eventTaken(link)
        if (before !== undefined) tables.linkedEvents.delete(eventKey(before))
        tables.linkedEvents.set(eventKey(link), link.appointmentId)
        tables.links.set(key, link)
        return true
      }),
    listByState: (ref, { state, ...page }) => gate(() => linkPage(ref, state, page)),
    listLiveIds: (ref, page) =>
      gate(() => linkPage(ref, 'live', page).map(({ appointmentId }) => appointmentId)),
    listOfAppointment: (tenantId, appointmentId) =>
      gate(() => [...tables.links.values()].filter((row) => isOf(row, tenantId, appointmentId))),
    removeAll: (ref) =>
      gate(() => {
        for (const link of removeOwned(tables.links, ref)) tables.linkedEvents.delete(eventKey(link))
      }),
  }
}

/** Cursors, by integration and calendar. */
export function syncCursorStore(tables: Tables, gate: Gate): SyncCursorStore {
  return {
    find: (ref, calendarId) => gate(() => tables.cursors.get(refKey(ref, calendarId)) ?? null),
    list: (ref) =>
      gate(() =>
        [...tables.cursors.values()]
          .filter((row) => belongs(row, ref))
          .sort((a, b) => byText(a.calendarId, b.calendarId)),
      ),
    advance: (cursor, expectedVersion) =>
      gate(() => {
        const key = refKey(cursor, cursor.calendarId)
        if ((tables.cursors.get(key)?.version ?? null) !== expectedVersion) return false
        tables.cursors.set(key, cursor)
        return true
      }),
    removeAll: (ref) => gate(() => void removeOwned(tables.cursors, ref)),
  }
}

/** Leases, by key. */
export function leaseStore(tables: Tables, gate: Gate): LeaseStore {
  const held = (key: string, fence: number, nowMs: number): boolean => {
    const row = tables.leases.get(key)
    return row !== undefined && row.fence === fence && row.heldUntilMs !== null && row.heldUntilMs > nowMs
  }
  return {
    acquire: ({ key, nowMs, ttlMs }) =>
      gate(() => {
        const row = tables.leases.get(key)
        if (row !== undefined && row.heldUntilMs !== null && row.heldUntilMs > nowMs) return null
        const fence = (row?.fence ?? 0) + 1
        tables.leases.set(key, { key, fence, heldUntilMs: nowMs + ttlMs })
        return { key, fence }
      }),
    renew: ({ key, fence }, nowMs, ttlMs) =>
      gate(() => {
        if (!held(key, fence, nowMs)) return false
        tables.leases.set(key, { key, fence, heldUntilMs: nowMs + ttlMs })
        return true
      }),
    holds: ({ key, fence }, nowMs) => gate(() => held(key, fence, nowMs)),
    release: ({ key, fence }) =>
      gate(() => {
        if (tables.leases.get(key)?.fence === fence) tables.leases.set(key, { key, fence, heldUntilMs: null })
      }),
    forget: (key) =>
      gate(() => {
        if (tables.leases.get(key)?.heldUntilMs !== null) return false
        tables.leases.delete(key)
        return true
      }),
  }
}
