/** Where the emulator reads its time; a clock with `advance` is moved instead of being offset. */
export interface EmulatorClock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Moves the clock forward by milliseconds; when present, `emulator.advance` calls it. */
  advance?(ms: number): void
}

/** The clock inside the emulator: a source plus whatever `advance` added. */
export interface VirtualClock {
  now(): number
  advance(ms: number): void
}

/**
 * A clock that reads `source` and can be moved forward.
 * @param source default: the machine's real time.
 */
export function createVirtualClock(source: EmulatorClock = { now: () => Date.now() }): VirtualClock {
  let offsetMs = 0
  return {
    now: () => Math.floor(source.now() + offsetMs),
    advance(ms) {
      if (!Number.isFinite(ms) || ms < 0) throw new RangeError(`advance takes milliseconds >= 0, got ${ms}`)
      // A clock shared with the code under test must move for both, or tokens expire on one side only.
      if (source.advance) source.advance(ms)
      else offsetMs += ms
    },
  }
}
