import type { BatchSettings } from './batch/batch-settings.ts'
import type { VirtualClock } from './clock.ts'
import type { FaultBoard } from './faults.ts'
import type { PushSettings } from './push/push-settings.ts'
import type { PushSignals } from './push/push-signals.ts'
import type { QuotaLimits } from './quota/quota-limits.ts'
import type { GoogleState } from './state/state.ts'

/** Knobs fixed when the emulator is made; each stands for a fact that is unsettled or worth shortening. */
export interface EmulatorSettings {
  /** Life of an access token, in milliseconds. */
  readonly accessTokenTtlMs: number
  /** Age at which a sync token answers 410; absent: never. */
  readonly syncTokenTtlMs: number | null
  /** How repeated property filters of one kind combine; Google's pages contradict each other. */
  readonly extendedPropertyMatch: 'all' | 'any'
  /** Whether the first start of a series is an occurrence even when no rule names it; undocumented. */
  readonly seriesStart: 'always' | 'rule'
  /** What a calendar outside `events.owned` or `app.created` answers. */
  readonly offLimitsCalendarStatus: 403 | 404
  /** Whether settings at Google's default are returned; Google says that they might not be. */
  readonly defaultSettings: 'listed' | 'absent'
  /** The form of a 401; the documentation and recorded traffic differ. */
  readonly authErrorEnvelope: 'back-end' | 'front-end'
  /** Quotas that are enforced; null: none. */
  readonly quota: QuotaLimits | null
  readonly batch: BatchSettings
  readonly push: PushSettings
}

/** What every handler works on. `state` is replaced as a whole by restore and reset. */
export interface Backend {
  state: GoogleState
  readonly clock: VirtualClock
  readonly settings: EmulatorSettings
  readonly faults: FaultBoard
  /** The delivery of notifications; silent until the emulator is whole. */
  push: PushSignals
  /** Where this Google lives, without a trailing slash. */
  origin(): string
}
