import { AppointmentSyncError } from '../errors/index.ts'

/** A connection that failed after its state was known: says where the person was to land. */
export class OAuthCallbackError extends AppointmentSyncError {
  /** What the authorization was begun with. */
  readonly returnTo: string | null

  constructor(error: AppointmentSyncError, returnTo: string | null) {
    const { code, message, retryable, retryAfterMs, problems, cause } = error
    super({ code, message, retryable, retryAfterMs, problems, cause })
    this.returnTo = returnTo
  }
}
