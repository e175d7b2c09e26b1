import type { Db } from './runner.ts'

/** Goes from tenant to tenant in an index that begins with them, instead of through all rows. */
export async function tenantsOf(
  db: Db,
  table: 'appointment_sync_log' | 'appointment_sync_conflicts',
  { afterTenantId, limit }: { readonly afterTenantId: string | null; readonly limit: number },
): Promise<string[]> {
  // Both tables have the one column that is asked for.
  const name = table as 'appointment_sync_log'
  const first = db
    .selectFrom(name)
    .select((eb) => eb.fn.min<string | null>('tenant_id').as('tenant_id'))
    .where('tenant_id', '>', afterTenantId ?? '')
  const rows = await db
    .withRecursive('tenants(tenant_id)', (cte) =>
      first.unionAll(
        cte
          .selectFrom('tenants')
          .select((eb) =>
            eb
              .selectFrom(`${name} as rows`)
              .select(({ fn }) => fn.min<string | null>('rows.tenant_id').as('tenant_id'))
              .whereRef('rows.tenant_id', '>', 'tenants.tenant_id')
              .as('tenant_id'),
          )
          .where('tenants.tenant_id', 'is not', null),
      ),
    )
    .selectFrom('tenants')
    .select('tenants.tenant_id')
    .where('tenants.tenant_id', 'is not', null)
    .limit(limit)
    .execute()
  return rows.flatMap(({ tenant_id }) => tenant_id ?? [])
}
