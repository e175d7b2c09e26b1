import { createHash } from 'node:crypto'
import { base32hex, type IntegrationRef, lengthPrefixed, type Owner } from '../domain/index.ts'

const NAMESPACE = 'appointment-sync/integration/v1'
const ID_LENGTH = 26

/**
 * The id of an owner's integration: 26 characters of lower-case base32hex, the first 130 bits of a SHA-256 over
 * the owner. The same for an owner for ever, so that event ids made from it survive a lost database row.
 */
export function integrationIdOf({ tenantId, userId }: Owner): string {
  const digest = createHash('sha256')
    .update(lengthPrefixed([NAMESPACE, tenantId, userId]))
    .digest()
  return base32hex(digest).slice(0, ID_LENGTH)
}

/** The reference of an owner's integration, whether it exists or not. */
export function integrationRefOf({ tenantId, userId }: Owner): IntegrationRef {
  return { tenantId, userId, integrationId: integrationIdOf({ tenantId, userId }) }
}
