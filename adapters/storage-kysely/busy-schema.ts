import { COLUMN } from './dialect.ts'
import { OWNED } from './initial-schema.ts'
import type { Db } from './runner.ts'
import { index, type Statement, table } from './statements.ts'

const { googleId, word, text, integer } = COLUMN

/** The tables of busy times: what is known of each calendar, and its blocks. */
export function busyTimes(db: Db): Statement[] {
  const blocks = 'appointment_sync_busy_blocks'
  const calendar = ['tenant_id', 'integration_id', 'calendar_id']
  return [
    table(db, 'appointment_sync_busy_calendars', calendar, [
      ...OWNED,
      ['calendar_id', googleId],
      ['as_of_ms', integer, 'nullable'],
      ['covered_from_ms', integer, 'nullable'],
      ['covered_to_ms', integer, 'nullable'],
      ['time_zone', text, 'nullable'],
      ['source', word],
      ['sync_token', text, 'nullable'],
      ['with_titles', integer],
      ['error_code', word, 'nullable'],
    ]),
    table(
      db,
      blocks,
      [...calendar, 'event_id', 'start_ms'],
      [
        ...OWNED,
        ['calendar_id', googleId],
        ['event_id', googleId],
        ['series_id', googleId, 'nullable'],
        ['start_ms', integer],
        ['end_ms', integer],
        ['title', text, 'nullable'],
        ['generation', word],
      ],
    ),
    index(db, blocks, 'range', ['tenant_id', 'integration_id', 'start_ms', 'end_ms']),
    index(db, blocks, 'series', [...calendar, 'series_id']),
  ]
}
