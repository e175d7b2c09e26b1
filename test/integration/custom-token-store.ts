import type { StoredTokens, TokenStore } from 'appointment-sync/ports'

/** Any client with these three calls: a vault, a key-value store, a table of your own. */
export interface Vault {
  read(path: string): Promise<StoredTokens | null>
  writeIf(path: string, value: StoredTokens, version: number | null): Promise<boolean>
  remove(path: string): Promise<void>
}

export function vaultTokenStore(vault: Vault): TokenStore {
  const path = ({ tenantId, integrationId }: { tenantId: string; integrationId: string }): string =>
    `tokens/${encodeURIComponent(tenantId)}/${integrationId}`
  return {
    find: (ref) => vault.read(path(ref)),
    replace: (ref, tokens, expectedVersion) => vault.writeIf(path(ref), tokens, expectedVersion),
    erase: (ref) => vault.remove(path(ref)),
  }
}
