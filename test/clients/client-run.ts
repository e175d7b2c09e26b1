/** What a client did. */
export interface ClientRun {
  /** `ok <promise>` or `FAILED <promise>: <why>`, one each. */
  readonly lines: readonly string[]
  readonly failed: boolean
}
