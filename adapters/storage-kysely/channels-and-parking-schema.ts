import { sql } from 'kysely'
import { COLUMN } from './dialect.ts'
import { OWNED } from './initial-schema.ts'
import type { Db } from './runner.ts'
import { index, newColumn, type Statement, table } from './statements.ts'

const { id, googleId, word, text, integer } = COLUMN

function channels(db: Db): Statement[] {
  const name = 'appointment_sync_channels'
  return [
    table(
      db,
      name,
      ['id'],
      [
        ...OWNED,
        ['id', id],
        ['calendar_id', googleId],
        ['state', word],
        ['token_hash', word],
        ['resource_id', text, 'nullable'],
        ['expires_at_ms', integer],
        ['created_at_ms', integer],
        ['version', integer],
      ],
    ),
    index(db, name, 'integration', ['integration_id', 'id']),
    index(db, name, 'expiry', ['expires_at_ms', 'id']),
  ]
}

function newColumns(db: Db): Statement[] {
  const [integrations, links] = ['appointment_sync_integrations', 'appointment_sync_links'] as const
  const cursors = 'appointment_sync_cursors'
  return [
    newColumn(db, integrations, ['parked_until_ms', integer, 'nullable']),
    newColumn(db, integrations, ['parked_reason', word, 'nullable']),
    newColumn(db, integrations, ['remove_events', word, 'nullable']),
    newColumn(db, links, ['i_cal_uid', text, 'nullable']),
    newColumn(db, links, ['overwrites', integer], 0),
    newColumn(db, links, ['overwrites_since_ms', integer], 0),
    newColumn(db, cursors, ['full_pass_at_ms', integer, 'nullable']),
    newColumn(db, cursors, ['watch_refused_at_ms', integer, 'nullable']),
  ]
}

/** Leaves a newer version alone. */
function secondVersion(db: Db): Statement {
  return db
    .updateTable('appointment_sync_meta')
    .set({ value: sql.lit('2') })
    .where('name', '=', sql.lit('schema_version'))
    .where('value', '=', sql.lit('1'))
}

/** The statements of the second version: watch channels, parked integrations, and what links and cursors learned. */
export function channelsAndParking(db: Db): Statement[] {
  const outbox = 'appointment_sync_outbox'
  return [
    ...channels(db),
    ...newColumns(db),
    index(db, outbox, 'dead', ['tenant_id', 'dead', 'integration_id', 'appointment_id']),
    secondVersion(db),
  ]
}
