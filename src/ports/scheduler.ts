/** A periodic task as a scheduler sees it. */
export interface ScheduledTask {
  readonly name: string
  /** Five-field cron expression, read in `timeZone`. */
  readonly cron: string
  /** IANA zone. */
  readonly timeZone: string
  /** The run starts up to this many milliseconds late, at random, so that a fleet does not start at once. */
  readonly jitterMs: number
  /** Runs one pass; rejects when it failed. A run that is still going when the next is due is not doubled. */
  run(options: { signal: AbortSignal }): Promise<void>
}

/** Runs periodic tasks: in this process, or through the host's own queue. */
export interface Scheduler {
  /** Registers and starts the tasks; a second call replaces the first one's tasks. */
  start(tasks: readonly ScheduledTask[]): Promise<void>
  /** Starts no further run, aborts nothing before `timeoutMs`, and resolves once no run is going. */
  stop(options: { timeoutMs: number }): Promise<void>
}
