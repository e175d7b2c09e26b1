import { sql } from 'kysely'
import { COLUMN } from './dialect.ts'
import type { Db } from './runner.ts'
import { type Column, index, type Statement, table, unique } from './statements.ts'

const { id, googleId, word, text, integer } = COLUMN

/** Whose a row is. */
export const OWNED: readonly Column[] = [
  ['tenant_id', id],
  ['user_id', id],
  ['integration_id', id],
]

function grants(db: Db): Statement[] {
  const [integrations, states] = ['appointment_sync_integrations', 'appointment_sync_oauth_states']
  return [
    table(
      db,
      'appointment_sync_meta',
      ['name'],
      [
        ['name', word],
        ['value', text],
      ],
    ),
    table(
      db,
      integrations,
      ['id'],
      [
        ['id', id],
        ['tenant_id', id],
        ['user_id', id],
        ['status', word],
        ['status_reason', word, 'nullable'],
        ['google_account_id', id, 'nullable'],
        ['google_email', text, 'nullable'],
        ['granted_scopes', text],
        ['missing_scopes', text],
        ['settings', text],
        ['created_at_ms', integer],
        ['updated_at_ms', integer],
        ['version', integer],
      ],
    ),
    unique(db, integrations, 'owner', ['tenant_id', 'user_id']),
    index(db, integrations, 'scan', ['status', 'id']),
    table(
      db,
      'appointment_sync_credentials',
      ['tenant_id', 'integration_id'],
      [...OWNED, ['envelope', text], ['key_id', id], ['version', integer]],
    ),
    table(
      db,
      states,
      ['state_hash'],
      [
        ['state_hash', id],
        ['tenant_id', id],
        ['user_id', id],
        ['sealed_verifier', text],
        ['scopes', text],
        ['return_to', text, 'nullable'],
        ['created_at_ms', integer],
        ['expires_at_ms', integer],
      ],
    ),
    index(db, states, 'expiry', ['expires_at_ms']),
    table(
      db,
      'appointment_sync_leases',
      ['lease_key'],
      [
        ['lease_key', text],
        ['fence', integer],
        ['held_until_ms', integer, 'nullable'],
      ],
    ),
  ]
}

function calendarState(db: Db): Statement[] {
  const links = 'appointment_sync_links'
  return [
    table(
      db,
      links,
      ['tenant_id', 'integration_id', 'appointment_id'],
      [
        ...OWNED,
        ['appointment_id', id],
        ['calendar_id', googleId],
        ['event_id', googleId],
        ['generation', integer],
        ['state', word],
        ['etag', text],
        ['fingerprint', text],
        ['base', text],
        ['appointment_updated_at_ms', integer],
        ['event_updated_at_ms', integer],
        ['updated_at_ms', integer],
        ['version', integer],
      ],
    ),
    unique(db, links, 'event', ['tenant_id', 'integration_id', 'calendar_id', 'event_id']),
    index(db, links, 'live', ['tenant_id', 'integration_id', 'state', 'appointment_id']),
    table(
      db,
      'appointment_sync_cursors',
      ['tenant_id', 'integration_id', 'calendar_id'],
      [
        ...OWNED,
        ['calendar_id', googleId],
        ['sync_token', text, 'nullable'],
        ['pulled_at_ms', integer, 'nullable'],
        ['swept_at_ms', integer, 'nullable'],
        ['version', integer],
      ],
    ),
  ]
}

const JOB_KEY = ['tenant_id', 'integration_id', 'appointment_id']

/** The tables of the outbox. */
export function outbox(db: Db): Statement[] {
  const name = 'appointment_sync_outbox'
  return [
    table(db, name, JOB_KEY, [
      ...OWNED,
      ['appointment_id', id],
      ['action', word],
      ['revision', integer],
      ['attempts', integer],
      ['due_at_ms', integer],
      ['enqueued_at_ms', integer],
      ['fence', integer],
      ['leased_until_ms', integer, 'nullable'],
      ['dead', integer],
      ['last_error_code', word, 'nullable'],
    ]),
    table(
      db,
      `${name}_fences`,
      ['tenant_id', 'integration_id'],
      [
        ['tenant_id', id],
        ['integration_id', id],
        ['fence', integer],
      ],
    ),
    index(db, name, 'due', ['dead', 'due_at_ms', ...JOB_KEY]),
    index(db, name, 'integration', ['integration_id', 'dead', 'due_at_ms']),
  ]
}

function inbox(db: Db): Statement[] {
  const name = 'appointment_sync_inbox'
  return [
    table(
      db,
      name,
      ['tenant_id', 'integration_id', 'change_id'],
      [
        ...OWNED,
        ['change_id', id],
        ['appointment_id', id],
        ['calendar_id', googleId],
        ['event_id', googleId],
        ['type', word],
        ['fields', text],
        ['observed_at_ms', integer],
        ['attempts', integer],
        ['due_at_ms', integer],
        ['last_error_code', word, 'nullable'],
      ],
    ),
    index(db, name, 'due', ['due_at_ms', 'tenant_id', 'user_id', 'integration_id']),
    index(db, name, 'order', ['tenant_id', 'integration_id', 'observed_at_ms', 'change_id']),
    index(db, name, 'appointment', [...JOB_KEY, 'observed_at_ms', 'change_id']),
    index(db, name, 'integration', ['integration_id']),
  ]
}

function conflicts(db: Db): Statement[] {
  const name = 'appointment_sync_conflicts'
  return [
    table(
      db,
      name,
      ['tenant_id', 'id'],
      [
        ...OWNED,
        ['id', id],
        ['appointment_id', id],
        ['calendar_id', googleId],
        ['event_id', googleId],
        ['reason', word],
        ['host_reason', text, 'nullable'],
        ['fields', text],
        ['base', text],
        ['app', text],
        ['google', text],
        ['status', word],
        ['resolution', word, 'nullable'],
        ['opened_at_ms', integer],
        ['resolved_at_ms', integer, 'nullable'],
        ['version', integer],
      ],
    ),
    db.schema
      .createIndex(`${name}_open`)
      .ifNotExists()
      .unique()
      .on(name)
      .columns(JOB_KEY)
      .where(sql.ref('status'), '=', sql.lit('open')),
    index(db, name, 'list', ['tenant_id', 'status', 'opened_at_ms', 'id']),
    index(db, name, 'owner', ['tenant_id', 'user_id', 'status', 'opened_at_ms', 'id']),
    index(db, name, 'integration', ['integration_id', 'status']),
  ]
}

function log(db: Db): Statement[] {
  const name = 'appointment_sync_log'
  return [
    table(
      db,
      name,
      ['tenant_id', 'id'],
      [
        ...OWNED,
        ['id', id],
        ['at_ms', integer],
        ['direction', word],
        ['action', word],
        ['status', word],
        ['appointment_id', id, 'nullable'],
        ['google_event_id', googleId, 'nullable'],
        ['error_code', word, 'nullable'],
        ['error_message', text, 'nullable'],
        ['attempt', integer],
        ['duration_ms', integer],
        ['fields', text],
      ],
    ),
    index(db, name, 'list', ['tenant_id', 'at_ms', 'id']),
    index(db, name, 'owner', ['tenant_id', 'user_id', 'at_ms', 'id']),
    index(db, name, 'appointment', ['tenant_id', 'appointment_id', 'at_ms', 'id']),
    index(db, name, 'integration', ['integration_id', 'status', 'at_ms', 'id']),
    index(db, name, 'age', ['at_ms']),
  ]
}

/** The last statement of a migration: `check()` goes by it, however the statements were run. */
function firstVersion(db: Db): Statement {
  const row = { name: sql.lit('schema_version'), value: sql.lit('1') }
  return db
    .insertInto('appointment_sync_meta')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
}

/** The statements of the first version. */
export function initialSchema(db: Db): Statement[] {
  return [
    ...grants(db),
    ...calendarState(db),
    ...outbox(db),
    ...inbox(db),
    ...conflicts(db),
    ...log(db),
    firstVersion(db),
  ]
}
