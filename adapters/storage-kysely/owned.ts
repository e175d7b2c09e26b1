import type { IntegrationRef } from 'appointment-sync'
import { type Expression, expressionBuilder, type SqlBool } from 'kysely'

interface OwnedColumns {
  tenant_id: string
  user_id: string
  integration_id: string
}

/** The condition that a row belongs to the integration: of its tenant and its user. */
export function owned(ref: IntegrationRef): () => Expression<SqlBool> {
  const eb = expressionBuilder<{ owned: OwnedColumns }, 'owned'>()
  return () =>
    eb.and([
      eb('tenant_id', '=', ref.tenantId),
      eb('integration_id', '=', ref.integrationId),
      eb('user_id', '=', ref.userId),
    ])
}
