/** What a command has of the world outside. */
export interface Terminal {
  /** Writes lines to standard output. */
  out(text: string): void
  /** Writes lines to standard error. */
  err(text: string): void
  /** Resolves when the person (or the system) asks the command to end. */
  untilStopped(): Promise<void>
}

/** A command of the command line. */
export interface Command {
  /** How it is called and what its options mean. */
  readonly usage: string
  /**
   * Does the work.
   * @throws UsageError for arguments it does not understand.
   * @throws Error whose message is for the person.
   */
  run(args: readonly string[], terminal: Terminal): Promise<void>
}

/** A command was asked for wrongly. */
export class UsageError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'UsageError'
  }
}
