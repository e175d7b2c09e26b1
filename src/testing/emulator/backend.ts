import type { VirtualClock } from './clock.ts'
import type { FaultBoard } from './faults.ts'
import type { GoogleState } from './state/state.ts'

/** Knobs fixed when the emulator is made; each stands for a fact that is unsettled or worth shortening. */
export interface EmulatorSettings {
  /** Life of an access token, in milliseconds. */
  readonly accessTokenTtlMs: number
  /** Age at which a sync token answers 410; absent: never. */
  readonly syncTokenTtlMs: number | null
  /** How repeated property filters of one kind combine; Google's pages contradict each other. */
  readonly extendedPropertyMatch: 'all' | 'any'
  /** What a calendar outside `events.owned` or `app.created` answers. */
  readonly offLimitsCalendarStatus: 403 | 404
}

/** What every handler works on. `state` is replaced as a whole by restore and reset. */
export interface Backend {
  state: GoogleState
  readonly clock: VirtualClock
  readonly settings: EmulatorSettings
  readonly faults: FaultBoard
  /** Where this Google lives, without a trailing slash. */
  origin(): string
}
