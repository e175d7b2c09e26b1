/** What goes wrong with notifications at the moment. */
export interface PushFaults {
  /** How many messages made next are never sent. */
  drops: number
  /** How many messages made next are sent twice. */
  duplicates: number
  /** How long a message made now waits before it is sent, in milliseconds of the emulator's clock. */
  delayMs: number
  reorder: boolean
  syncBeforeResponse: boolean
}

/** Nothing goes wrong. */
export function createPushFaults(): PushFaults {
  return { drops: 0, duplicates: 0, delayMs: 0, reorder: false, syncBeforeResponse: false }
}

/** The faults of notifications. They are taken when a message is made, before it is sent. */
export interface PushFaultControls {
  /** The next messages, `sync` included, are made and numbered but never sent; default one. */
  dropNotifications(times?: number): void
  /** The next messages, `sync` included, are sent twice with the same number; default one. */
  duplicateNotifications(times?: number): void
  /** Messages made from now on leave so many milliseconds of the emulator's clock later; null: at once. */
  delayNotifications(ms: number | null): void
  /**
   * While on, every second change of a channel overtakes the one before it. The overtaken message leaves right
   * after, or after one second of the emulator's clock when no other follows. `sync` stays first.
   */
  reorderNotifications(on: boolean): void
  /** While on, `sync` is sent and answered before the watch request is. */
  syncBeforeResponse(on: boolean): void
}

function wholeNumber(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 0) return value
  throw new RangeError(`${name} takes a whole number >= 0, got ${value}`)
}

/** The controls over a fault board; `faults` is asked at every use, because clearing replaces what it holds. */
export function createPushFaultControls(faults: () => PushFaults): PushFaultControls {
  return {
    dropNotifications(times = 1) {
      faults().drops = wholeNumber('dropNotifications', times)
    },
    duplicateNotifications(times = 1) {
      faults().duplicates = wholeNumber('duplicateNotifications', times)
    },
    delayNotifications(ms) {
      faults().delayMs = wholeNumber('delayNotifications', ms ?? 0)
    },
    reorderNotifications(on) {
      faults().reorder = on
    },
    syncBeforeResponse(on) {
      faults().syncBeforeResponse = on
    },
  }
}
