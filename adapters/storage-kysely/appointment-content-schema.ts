import { sql } from 'kysely'
import { COLUMN } from './dialect.ts'
import { busyTimes } from './busy-schema.ts'
import type { Db } from './runner.ts'
import { newColumn, type Statement } from './statements.ts'

const { text } = COLUMN

function newColumns(db: Db): Statement[] {
  return [
    newColumn(db, 'appointment_sync_inbox', ['details', text, 'nullable']),
    newColumn(db, 'appointment_sync_conflicts', ['decisions', text, 'nullable']),
  ]
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
  return [...newColumns(db), ...busyTimes(db), thirdVersion(db)]
}
