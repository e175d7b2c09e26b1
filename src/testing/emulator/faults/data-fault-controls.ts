import type { Backend } from '../backend.ts'
import type { EventRecord } from '../state/event-records.ts'

/** Faults of lists and of what Google keeps. */
export interface DataFaultControls {
  /** Pages hold at most this many items, whatever `maxResults` says; null removes the cap. */
  maxPageSize(size: number | null): void
  /** Every page with items is preceded by an empty one that carries a `nextPageToken`. */
  emptyPages(on: boolean): void
  /** Every sync token issued so far, of any list, answers 410 `fullSyncRequired`. */
  expireSyncTokens(): void
  /** Deleted events leave the trash: no list shows them, their ids stay taken, they cannot be revived. */
  purgeTombstones(): void
  /** The trash is emptied: deleted events are still listed as tombstones, but can never be revived. */
  emptyTrash(): void
  /** Reads (get, list, instances, free/busy) do not see changes younger than this, in ms of the emulator's clock. */
  readLag(ms: number): void
  /** The next conferences asked for end in `failure` instead of `success`; default one. */
  failConferences(times?: number): void
}

/** Changes what was deleted; what an instance cancelled in a living series says is part of that series. */
function changeDeleted(backend: Backend, change: Partial<EventRecord>, keepCancelled: boolean = false): void {
  for (const calendar of backend.state.calendars.values()) {
    for (const event of calendar.events.values()) {
      const series = event.orphan ? undefined : calendar.events.get(event.recurringEventId ?? '')
      const kept = keepCancelled && series !== undefined && !series.deleted
      if (event.deleted && !kept) calendar.events.set(event.id, { ...event, ...change })
    }
  }
}

/** The controls over a backend's fault board and state. */
export function createDataFaultControls(backend: Backend): DataFaultControls {
  const { faults } = backend
  return {
    maxPageSize(size) {
      if (size !== null && (!Number.isInteger(size) || size < 1)) {
        throw new RangeError(`maxPageSize takes a whole number >= 1 or null, got ${size}`)
      }
      faults.pageSizeCap = size
    },
    emptyPages(on) {
      faults.emptyPagesOn = on
    },
    expireSyncTokens() {
      for (const calendar of backend.state.calendars.values()) {
        calendar.syncEpoch += 1
        calendar.aclEpoch += 1
      }
      for (const user of backend.state.users.values()) {
        user.listEpoch += 1
        user.settingsEpoch += 1
      }
    },
    purgeTombstones: () => changeDeleted(backend, { purged: true }, true),
    // A cancelled instance is part of its series, and in no bin.
    emptyTrash: () => changeDeleted(backend, { beyondRevival: true }, true),
    readLag(ms) {
      if (!Number.isFinite(ms) || ms < 0) throw new RangeError(`readLag takes milliseconds >= 0, got ${ms}`)
      faults.readLagMs = ms
    },
    failConferences(times = 1) {
      faults.conferenceFailures += times
    },
  }
}
