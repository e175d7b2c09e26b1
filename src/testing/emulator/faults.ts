import { drawRandomFault, type RandomFaultState } from './faults/random-faults.ts'
import type { FaultTarget } from './faults/fault-match.ts'
import type { ArmedFault, DelayNext, FaultPlan } from './faults/request-faults.ts'
import { takeArmed } from './faults/take-fault.ts'
import type { BlockedConsent } from './oauth/blocked-consent.ts'
import { createPushFaults, type PushFaults } from './push/push-faults.ts'
import type { QuotaLimits } from './quota/quota-limits.ts'

/** The faults armed at the moment, read by the handlers and set through `emulator.faults`. */
export interface FaultBoard {
  /** In the order they were armed. */
  armed: ArmedFault[]
  delays: DelayNext[]
  /** Faults by chance; null: none. */
  random: RandomFaultState | null
  pageSizeCap: number | null
  emptyPagesOn: boolean
  latencyMs: number
  /** The Calendar API is switched off in the project. */
  apiDisabled: boolean
  /** Limits set after the emulator was made; null: none, undefined: those of the options. */
  quota: QuotaLimits | null | undefined
  /** Life of access tokens issued from now on, in milliseconds; null: as the options say. */
  accessTokenTtlMs: number | null
  /** What Google's page refuses every authorization with; null: nothing. */
  blockedConsent: BlockedConsent | null
  /** Scopes the person unticks on the consent page, in Google's long form. */
  untickedScopes: Set<string>
  /** Readers do not see changes younger than this, in milliseconds of the emulator's clock. */
  readLagMs: number
  /** How many conferences asked for next will fail. */
  conferenceFailures: number
  push: PushFaults
}

/** A board with nothing armed. */
export function createFaultBoard(): FaultBoard {
  return {
    armed: [],
    delays: [],
    random: null,
    pageSizeCap: null,
    emptyPagesOn: false,
    latencyMs: 0,
    apiDisabled: false,
    quota: undefined,
    accessTokenTtlMs: null,
    blockedConsent: null,
    untickedScopes: new Set(),
    readLagMs: 0,
    conferenceFailures: 0,
    push: createPushFaults(),
  }
}

/** Takes what goes wrong with this request, if anything: first what was armed for it, then what chance brings. */
export function takeFault(board: FaultBoard, target: FaultTarget): FaultPlan | null {
  // Chance is asked in any case, so that an armed fault does not shift the rest of a replayed run.
  const chance = board.random ? drawRandomFault(board.random, target) : null
  return takeArmed(board.armed, target) ?? chance
}
