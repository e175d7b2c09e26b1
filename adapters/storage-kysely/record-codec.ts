import { AppointmentSyncError } from 'appointment-sync'
import type { TableName } from './schema.ts'

/** What of a zod schema is needed here. */
interface Schema<T> {
  safeParse(input: unknown):
    | { readonly success: true; readonly data: T }
    | {
        readonly success: false
        readonly error: { readonly issues: readonly { readonly path: readonly PropertyKey[] }[] }
      }
}

/** Turns records into rows and back. */
export interface RecordCodec<T, Row> {
  readonly toRow: (record: T) => Row
  /** Throws `STORAGE_FAILED` that names the table and the ids when the row cannot be read. */
  readonly fromRow: (row: Row) => T
}

interface CodecOptions<T> {
  readonly table: TableName
  /** Every field and how it is kept; other properties of a record are not stored. */
  readonly fields: Readonly<Record<keyof T & string, 'value' | 'json' | 'json_or_null' | 'flag'>>
  /** Fields that name a row in an error; never a secret. */
  readonly ids: readonly (keyof T & string)[]
  /** Checks what was read; absent for records of plain columns, whose types the database keeps. */
  readonly schema?: Schema<T>
}

function columnOf(field: string): string {
  return field.replaceAll(/(?<![A-Z])(?=[A-Z])/g, '_').toLowerCase()
}

export function recordCodec<T extends object, Row extends object>(
  options: CodecOptions<T>,
): RecordCodec<T, Row> {
  const { table, fields, ids, schema } = options
  const columns = Object.entries(fields).map(([field, kind]) => ({ field, kind, column: columnOf(field) }))

  const unreadable = (row: Record<string, unknown>, at: readonly string[]): AppointmentSyncError => {
    const named = ids.map((id) => `${columnOf(id)} ${JSON.stringify(row[columnOf(id)])}`).join(', ')
    // No cause: a parser's message repeats what it could not read, and that may be personal data.
    return new AppointmentSyncError({
      code: 'STORAGE_FAILED',
      message: `A row of ${table} cannot be read (${named}): ${at.join(', ')}. Restore the row from a backup, or delete it.`,
    })
  }

  const fromRow = (given: Row): T => {
    const row = given as Record<string, unknown>
    const record: Record<string, unknown> = {}
    for (const { field, kind, column } of columns) {
      const value = row[column]
      if (kind === 'value') record[field] = value
      else if (kind === 'flag') record[field] = value === 1
      else if (kind === 'json_or_null' && value === null) record[field] = null
      else {
        const json = parseJson(value)
        if (json === undefined) throw unreadable(row, [`${column} is not JSON`])
        record[field] = json
      }
    }
    if (schema === undefined) return record as T
    const result = schema.safeParse(record)
    if (result.success) return result.data
    throw unreadable(row, [
      ...new Set(result.error.issues.map(({ path }) => `${columnOf(String(path[0]))} is not valid`)),
    ])
  }

  const toRow = (record: T): Row => {
    const row: Record<string, unknown> = {}
    for (const { field, kind, column } of columns) {
      const value = (record as Record<string, unknown>)[field]
      if (kind === 'json') row[column] = JSON.stringify(value)
      else if (kind === 'json_or_null') row[column] = value === null ? null : JSON.stringify(value)
      else if (kind === 'flag') row[column] = value === true ? 1 : 0
      else row[column] = value ?? null
    }
    return row as Row
  }

  return { toRow, fromRow }
}

/** The parsed text, or `undefined` when it is no JSON. */
function parseJson(value: unknown): unknown {
  if (typeof value !== 'string') return undefined
  try {
    return JSON.parse(value) as unknown
  } catch {
    return undefined
  }
}
