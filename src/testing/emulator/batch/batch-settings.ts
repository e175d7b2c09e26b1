/** Options of `createGoogleEmulator` about batches. */
export interface BatchOptions {
  /** How many calls one batch may hold; more are 400. Default 1000; older pages of Google's say 50. */
  readonly maxBatchCalls?: number | undefined
  /**
   * The order in which the calls of a batch are carried out: any (default; drawn from the seed, as Google promises
   * none) or the one they were sent in.
   */
  readonly batchOrder?: 'any' | 'as-sent' | undefined
}

/** The settled form of the options. */
export interface BatchSettings {
  readonly maxCalls: number
  readonly order: 'any' | 'as-sent'
}

/** Reads the options. @throws RangeError for a limit that is no whole number >= 1. */
export function readBatchSettings({ maxBatchCalls = 1000, batchOrder = 'any' }: BatchOptions): BatchSettings {
  if (!Number.isInteger(maxBatchCalls) || maxBatchCalls < 1) {
    throw new RangeError(`maxBatchCalls takes a whole number >= 1, got ${maxBatchCalls}`)
  }
  return { maxCalls: maxBatchCalls, order: batchOrder }
}
