import { type IntegrationRef, lengthPrefixed } from '../domain/index.ts'

/** What a sealed value belongs to. It opens only when the same is named again. */
export interface SealedFor extends IntegrationRef {
  /** What the value is, for example `tokens`. */
  readonly purpose: string
}

/**
 * The associated data of a sealed value: an envelope that is copied to another tenant, user, integration or
 * column does not open there.
 */
export function aadOf({ tenantId, userId, integrationId, purpose }: SealedFor): string {
  return lengthPrefixed([tenantId, userId, integrationId, purpose])
}
