import type { EventLinkStore, LeaseStore, SyncCursorStore } from 'appointment-sync/ports'
import type { Gate } from './gate.ts'
import { belongs, byText, refKey, removeOwned, type Tables } from './tables.ts'

/** Links, by integration and appointment. */
export function eventLinkStore(tables: Tables, gate: Gate): EventLinkStore {
  return {
    find: (ref, appointmentId) => gate(() => tables.links.get(refKey(ref, appointmentId)) ?? null),
    findByEvents: (ref, calendarId, eventIds) =>
      gate(() => {
        const wanted = new Set(eventIds)
        return [...tables.links.values()].filter(
          (row) => belongs(row, ref) && row.calendarId === calendarId && wanted.has(row.eventId),
        )
      }),
    replace: (link, expectedVersion) =>
      gate(() => {
        const key = refKey(link, link.appointmentId)
        if ((tables.links.get(key)?.version ?? null) !== expectedVersion) return false
        tables.links.set(key, structuredClone(link))
        return true
      }),
    listLive: (ref, { afterAppointmentId, limit }) =>
      gate(() =>
        [...tables.links.values()]
          .filter((row) => belongs(row, ref) && row.state === 'live')
          .filter((row) => afterAppointmentId === null || row.appointmentId > afterAppointmentId)
          .sort((a, b) => byText(a.appointmentId, b.appointmentId))
          .slice(0, limit),
      ),
    removeAll: (ref) => gate(() => removeOwned(tables.links, ref)),
  }
}

/** Cursors, by integration and calendar. */
export function syncCursorStore(tables: Tables, gate: Gate): SyncCursorStore {
  return {
    find: (ref, calendarId) => gate(() => tables.cursors.get(refKey(ref, calendarId)) ?? null),
    advance: (cursor, expectedVersion) =>
      gate(() => {
        const key = refKey(cursor, cursor.calendarId)
        if ((tables.cursors.get(key)?.version ?? null) !== expectedVersion) return false
        tables.cursors.set(key, structuredClone(cursor))
        return true
      }),
    removeAll: (ref) => gate(() => removeOwned(tables.cursors, ref)),
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
  }
}
