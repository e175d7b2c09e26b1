import type { Integration, SyncSettings } from '../domain/index.ts'
import { missingScopes, scopesFor } from '../oauth/index.ts'

/**
 * What settings mean for an integration with the grant it has: which scopes it lacks, and whether it waits for its
 * owner because of one it cannot do without, or need wait no longer.
 */
export function scopeStanding(
  before: Integration,
  settings: SyncSettings,
  ownCalendarId: string | null,
): Partial<Integration> & Pick<Integration, 'missingScopes'> {
  const { essential, optional } = scopesFor(settings, ownCalendarId)
  const lacks = missingScopes(essential, before.grantedScopes).length > 0
  const missing = missingScopes([...essential, ...optional], before.grantedScopes)
  return { missingScopes: missing, ...statusAfter(before, lacks) }
}

/** Other settings can call for a scope that was not granted, or do without one that is missing. */
function statusAfter(before: Integration, lacksScope: boolean): Partial<Integration> {
  if (lacksScope && before.status === 'active') {
    return { status: 'needs_reconnect', statusReason: 'OAUTH_SCOPE_MISSING' }
  }
  const waited = before.status === 'needs_reconnect' && before.statusReason === 'OAUTH_SCOPE_MISSING'
  return waited && !lacksScope ? { status: 'active', statusReason: null } : {}
}
