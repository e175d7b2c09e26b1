import {
  INTEGRATION_STATUSES,
  type Integration,
  type IntegrationRef,
  integrationSchema,
  type IntegrationStatus,
} from 'appointment-sync'
import type {
  CredentialRecord,
  CredentialStore,
  IntegrationStore,
  OAuthState,
  OAuthStateStore,
} from 'appointment-sync/ports'
import { insertIfFree } from './dialect.ts'
import { type RecordCodec, recordCodec } from './record-codec.ts'
import type { Runner } from './runner.ts'
import type { CredentialRow, IntegrationRow, OAuthStateRow } from './schema.ts'

/** Integrations to rows and back. */
export const integrationCodec: RecordCodec<Integration, IntegrationRow> = recordCodec({
  table: 'appointment_sync_integrations',
  ids: ['tenantId', 'id'],
  schema: integrationSchema,
  fields: {
    id: 'value',
    tenantId: 'value',
    userId: 'value',
    status: 'value',
    statusReason: 'value',
    googleAccountId: 'value',
    googleEmail: 'value',
    grantedScopes: 'json',
    missingScopes: 'json',
    settings: 'json',
    parkedUntilMs: 'value',
    parkedReason: 'value',
    removeEvents: 'value',
    dedicatedCalendar: 'json_or_null',
    createdAtMs: 'value',
    updatedAtMs: 'value',
    version: 'value',
  },
})

/** Integrations. */
export function integrationStore({ run }: Runner): IntegrationStore {
  const read = (row: IntegrationRow | undefined): Integration | null =>
    row === undefined ? null : integrationCodec.fromRow(row)
  return {
    find: ({ tenantId, userId }) =>
      run(async (db) =>
        read(
          await db
            .selectFrom('appointment_sync_integrations')
            .selectAll()
            .where('tenant_id', '=', tenantId)
            .where('user_id', '=', userId)
            .executeTakeFirst(),
        ),
      ),
    findById: (tenantId, integrationId) =>
      run(async (db) =>
        read(
          await db
            .selectFrom('appointment_sync_integrations')
            .selectAll()
            .where('id', '=', integrationId)
            .where('tenant_id', '=', tenantId)
            .executeTakeFirst(),
        ),
      ),
    insert: (integration) =>
      run((db) =>
        insertIfFree(
          db.insertInto('appointment_sync_integrations').values(integrationCodec.toRow(integration)),
        ),
      ),
    replace: (integration, expectedVersion) =>
      run(async (db) => {
        const { numUpdatedRows } = await db
          .updateTable('appointment_sync_integrations')
          .set(integrationCodec.toRow(integration))
          .where('id', '=', integration.id)
          .where('tenant_id', '=', integration.tenantId)
          .where('user_id', '=', integration.userId)
          .where('version', '=', expectedVersion)
          .executeTakeFirst()
        return numUpdatedRows > 0n
      }),
    remove: ({ id, tenantId, userId }, expectedVersion) =>
      run(async (db) => {
        const { numDeletedRows } = await db
          .deleteFrom('appointment_sync_integrations')
          .where('id', '=', id)
          .where('tenant_id', '=', tenantId)
          .where('user_id', '=', userId)
          .where('version', '=', expectedVersion)
          .executeTakeFirst()
        return numDeletedRows > 0n
      }),
    scan: ({ status, afterId, limit }) =>
      run(async (db) => {
        const page = db
          .selectFrom('appointment_sync_integrations')
          .selectAll()
          .where('status', '=', status)
          .orderBy('id')
          .limit(limit)
        const rows = await (afterId === null ? page : page.where('id', '>', afterId)).execute()
        return rows.map(integrationCodec.fromRow)
      }),
    count: ({ tenantId }) =>
      run(async (db) => {
        const all = db
          .selectFrom('appointment_sync_integrations')
          .select((eb) => ['status', eb.fn.countAll<number>().as('rows')])
          .groupBy('status')
        const rows = await (tenantId === undefined ? all : all.where('tenant_id', '=', tenantId)).execute()
        const counts = Object.fromEntries(INTEGRATION_STATUSES.map((status) => [status, 0]))
        for (const row of rows) counts[row.status] = row.rows
        return counts as Record<IntegrationStatus, number>
      }),
  }
}

const credentials = recordCodec<IntegrationRef & CredentialRecord, CredentialRow>({
  table: 'appointment_sync_credentials',
  ids: ['tenantId', 'integrationId'],
  fields: {
    tenantId: 'value',
    userId: 'value',
    integrationId: 'value',
    envelope: 'value',
    keyId: 'value',
    version: 'value',
  },
})

/** Sealed tokens. */
export function credentialStore({ run }: Runner): CredentialStore {
  return {
    find: (ref) =>
      run(async (db) => {
        const row = await db
          .selectFrom('appointment_sync_credentials')
          .select(['envelope', 'key_id', 'version'])
          .where('tenant_id', '=', ref.tenantId)
          .where('integration_id', '=', ref.integrationId)
          .where('user_id', '=', ref.userId)
          .executeTakeFirst()
        return row === undefined ? null : { envelope: row.envelope, keyId: row.key_id, version: row.version }
      }),
    replace: (ref, record, expectedVersion) =>
      run(async (db) => {
        const row = credentials.toRow({ ...record, ...ref })
        if (expectedVersion === null) {
          return insertIfFree(db.insertInto('appointment_sync_credentials').values(row))
        }
        const { numUpdatedRows } = await db
          .updateTable('appointment_sync_credentials')
          .set(row)
          .where('tenant_id', '=', ref.tenantId)
          .where('integration_id', '=', ref.integrationId)
          .where('user_id', '=', ref.userId)
          .where('version', '=', expectedVersion)
          .executeTakeFirst()
        return numUpdatedRows > 0n
      }),
    erase: (ref) =>
      run(async (db) => {
        await db
          .deleteFrom('appointment_sync_credentials')
          .where('tenant_id', '=', ref.tenantId)
          .where('integration_id', '=', ref.integrationId)
          .where('user_id', '=', ref.userId)
          .execute()
      }),
  }
}

const oauthStates = recordCodec<OAuthState, OAuthStateRow>({
  table: 'appointment_sync_oauth_states',
  ids: ['tenantId', 'userId'],
  fields: {
    stateHash: 'value',
    tenantId: 'value',
    userId: 'value',
    sealedVerifier: 'value',
    scopes: 'json',
    returnTo: 'value',
    createdAtMs: 'value',
    expiresAtMs: 'value',
  },
})

/** Authorizations under way. */
export function oauthStateStore({ run }: Runner): OAuthStateStore {
  return {
    insert: (state) =>
      run(async (db) => {
        await db.insertInto('appointment_sync_oauth_states').values(oauthStates.toRow(state)).execute()
      }),
    consume: (stateHash) =>
      run(async (db) => {
        const row = await db
          .deleteFrom('appointment_sync_oauth_states')
          .where('state_hash', '=', stateHash)
          .returningAll()
          .executeTakeFirst()
        return row === undefined ? null : oauthStates.fromRow(row)
      }),
    list: ({ tenantId, userId }) =>
      run(async (db) => {
        const rows = await db
          .selectFrom('appointment_sync_oauth_states')
          .selectAll()
          .where('tenant_id', '=', tenantId)
          .where('user_id', '=', userId)
          .orderBy('created_at_ms')
          .orderBy('state_hash')
          .execute()
        return rows.map(oauthStates.fromRow)
      }),
    removeOwned: ({ tenantId, userId }) =>
      run(async (db) => {
        const { numDeletedRows } = await db
          .deleteFrom('appointment_sync_oauth_states')
          .where('tenant_id', '=', tenantId)
          .where('user_id', '=', userId)
          .executeTakeFirst()
        return Number(numDeletedRows)
      }),
    deleteExpired: (nowMs) =>
      run(async (db) => {
        const { numDeletedRows } = await db
          .deleteFrom('appointment_sync_oauth_states')
          .where('expires_at_ms', '<=', nowMs)
          .executeTakeFirst()
        return Number(numDeletedRows)
      }),
  }
}
