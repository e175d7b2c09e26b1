import type { Integration } from '../domain/index.ts'
import { AppointmentSyncError } from '../errors/index.ts'

/** Why nothing is asked of Google for an integration that is not active. */
export function inactiveError(integration: Integration): AppointmentSyncError {
  if (integration.status === 'needs_reconnect') {
    return new AppointmentSyncError({
      code:
        integration.statusReason === 'OAUTH_SCOPE_MISSING' ? 'OAUTH_SCOPE_MISSING' : 'OAUTH_GRANT_REVOKED',
      message: `Integration ${integration.id} waits for its owner to connect again. Send them to the URL of getAuthUrl; what waits goes on after that.`,
    })
  }
  return new AppointmentSyncError({
    code: 'INTEGRATION_INACTIVE',
    message: `Integration ${integration.id} is ${integration.status}. Resume it, or have its owner connect again.`,
  })
}
