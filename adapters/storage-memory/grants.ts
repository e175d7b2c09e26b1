import { INTEGRATION_STATUSES, type Integration, type IntegrationStatus, type Owner } from 'appointment-sync'
import type { CredentialStore, IntegrationStore, OAuthStateStore } from 'appointment-sync/ports'
import { byText, keyOf, refKey, type Tables } from './tables.ts'
import type { Gate } from './gate.ts'

function ownerKey(owner: Owner): string {
  return keyOf(owner.tenantId, owner.userId)
}

/** Integrations, by id. */
export function integrationStore(tables: Tables, gate: Gate): IntegrationStore {
  const all = (): MapIterator<Integration> => tables.integrations.values()
  return {
    find: (owner) =>
      gate(() => tables.integrations.get(tables.integrationIds.get(ownerKey(owner)) ?? '') ?? null),
    findById: (tenantId, id) =>
      gate(() => {
        const row = tables.integrations.get(id)
        return row?.tenantId === tenantId ? row : null
      }),
    insert: (integration) =>
      gate(() => {
        const { id } = integration
        if (tables.integrationIds.has(ownerKey(integration)) || tables.integrations.has(id)) return false
        tables.integrations.set(id, integration)
        tables.integrationIds.set(ownerKey(integration), id)
        return true
      }),
    replace: (integration, expectedVersion) =>
      gate(() => {
        const row = tables.integrations.get(integration.id)
        const same = row?.tenantId === integration.tenantId && row.userId === integration.userId
        if (!same || row.version !== expectedVersion) return false
        tables.integrations.set(integration.id, integration)
        return true
      }),
    remove: ({ id, tenantId, userId }, expectedVersion) =>
      gate(() => {
        const row = tables.integrations.get(id)
        if (row?.tenantId !== tenantId || row.userId !== userId || row.version !== expectedVersion)
          return false
        tables.integrations.delete(id)
        tables.integrationIds.delete(ownerKey(row))
        return true
      }),
    scan: ({ status, afterId, limit }) =>
      gate(() =>
        [...all()]
          .filter((row) => row.status === status && (afterId === null || row.id > afterId))
          .sort((a, b) => byText(a.id, b.id))
          .slice(0, limit),
      ),
    count: ({ tenantId }) =>
      gate(() => {
        const counts = Object.fromEntries(INTEGRATION_STATUSES.map((status) => [status, 0]))
        for (const row of all()) {
          if (tenantId === undefined || row.tenantId === tenantId) {
            counts[row.status] = (counts[row.status] ?? 0) + 1
          }
        }
        return counts as Record<IntegrationStatus, number>
      }),
  }
}

/** Sealed tokens, by integration. */
export function credentialStore(tables: Tables, gate: Gate): CredentialStore {
  return {
    find: (ref) =>
      gate(() => {
        const row = tables.credentials.get(refKey(ref))
        return row === undefined ? null : { envelope: row.envelope, keyId: row.keyId, version: row.version }
      }),
    replace: (ref, record, expectedVersion) =>
      gate(() => {
        const key = refKey(ref)
        if ((tables.credentials.get(key)?.version ?? null) !== expectedVersion) return false
        tables.credentials.set(key, { ...record, ref })
        return true
      }),
    erase: (ref) => gate(() => tables.credentials.delete(refKey(ref))),
  }
}

/** Authorizations under way, by the hash of their state. */
export function oauthStateStore(tables: Tables, gate: Gate): OAuthStateStore {
  return {
    insert: (state) => gate(() => tables.oauthStates.set(state.stateHash, state)),
    consume: (stateHash) =>
      gate(() => {
        const row = tables.oauthStates.get(stateHash) ?? null
        tables.oauthStates.delete(stateHash)
        return row
      }),
    list: (owner) =>
      gate(() =>
        [...tables.oauthStates.values()]
          .filter((row) => ownerKey(row) === ownerKey(owner))
          .sort((a, b) => a.createdAtMs - b.createdAtMs || byText(a.stateHash, b.stateHash)),
      ),
    removeOwned: (owner) =>
      gate(() => {
        const owned = [...tables.oauthStates.values()].filter((row) => ownerKey(row) === ownerKey(owner))
        for (const row of owned) tables.oauthStates.delete(row.stateHash)
        return owned.length
      }),
    deleteExpired: (nowMs) =>
      gate(() => {
        const expired = [...tables.oauthStates.values()].filter((row) => row.expiresAtMs <= nowMs)
        for (const row of expired) tables.oauthStates.delete(row.stateHash)
        return expired.length
      }),
  }
}
