import { createHash } from 'node:crypto'
import type { EventFields } from '../domain/index.ts'

/** Changing it makes every appointment be compared anew once: part of the stored format. */
const FORMAT = 'fields/1'

/** A hash of everything the app wants of an event, independent of the order of keys. */
export function fingerprintOf(fields: EventFields): string {
  return createHash('sha256').update(FORMAT).update(canonical(fields)).digest('base64url')
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined)
  entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`
}
