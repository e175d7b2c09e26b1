import { sql } from 'kysely'
import { COLUMN } from './dialect.ts'
import { busyTimes } from './busy-schema.ts'
import { privacyIndexes } from './privacy-schema.ts'
import type { Db } from './runner.ts'
import { OWNED } from './initial-schema.ts'
import { index, newColumn, type Statement, table } from './statements.ts'

const { id, googleId, word, text, integer } = COLUMN

function newColumns(db: Db): Statement[] {
  return [
    newColumn(db, 'appointment_sync_inbox', ['details', text, 'nullable']),
    newColumn(db, 'appointment_sync_conflicts', ['decisions', text, 'nullable']),
  ]
}

function eventOffers(db: Db): Statement[] {
  const name = 'appointment_sync_offers'
  const owner = ['tenant_id', 'integration_id'] as const
  return [
    table(
      db,
      name,
      [...owner, 'id'],
      [
        ...OWNED,
        ['id', id],
        ['calendar_id', googleId],
        ['event_id', googleId],
        ['i_cal_uid', text, 'nullable'],
        ['state', word],
        ['appointment_id', id],
        ['event_updated_at_ms', integer],
        ['offered_at_ms', integer],
        ['asked_at_ms', integer, 'nullable'],
        ['asked_until_ms', integer, 'nullable'],
        ['keep_until_ms', integer, 'nullable'],
        ['version', integer],
      ],
    ),
    index(db, name, 'event', [...owner, 'calendar_id', 'event_id']),
    index(db, name, 'appointment', [...owner, 'appointment_id']),
    index(db, name, 'asked', [...owner, 'asked_until_ms']),
    index(db, name, 'age', ['keep_until_ms']),
    newColumn(db, 'appointment_sync_cursors', ['offering', integer], 0),
  ]
}

function dedicatedCalendar(db: Db): Statement[] {
  return [newColumn(db, 'appointment_sync_integrations', ['dedicated_calendar', text, 'nullable'])]
}

/** Leaves a newer version alone. */
function thirdVersion(db: Db): Statement {
  return db
    .updateTable('appointment_sync_meta')
    .set({ value: sql.lit('3') })
    .where('name', '=', sql.lit('schema_version'))
    .where('value', '=', sql.lit('2'))
}

/** The statements of the third version: answers of guests, conferences and events that are offered, and who decided. */
export function appointmentContent(db: Db): Statement[] {
  return [
    ...newColumns(db),
    ...eventOffers(db),
    ...dedicatedCalendar(db),
    ...busyTimes(db),
    ...privacyIndexes(db),
    thirdVersion(db),
  ]
}
