import { createHash } from 'node:crypto'
import type { IntegrationRef, Owner } from '../domain/index.ts'
import { lengthPrefixed } from './length-prefixed.ts'

/** RFC 4648, section 7, in lower case: the alphabet that Google's event ids are made of too. */
const BASE32HEX = '0123456789abcdefghijklmnopqrstuv'
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

function base32hex(bytes: Uint8Array): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('')
  const groups = bits.match(/.{5}/g) ?? []
  return groups.map((group) => BASE32HEX.charAt(Number.parseInt(group, 2))).join('')
}
