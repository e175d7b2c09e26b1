import { refusal } from '../errors.ts'

/**
 * Refuses a write whose `If-Match` names another version; no header, or `*`, lets every write through.
 * @throws CalendarApiError 412 `conditionNotMet`.
 */
export function requireMatch(headers: Headers, etag: string): void {
  const given = headers.get('if-match')
  if (given === null || given.trim() === '*') return
  const asked = given.split(',').map((tag) => tag.trim())
  if (!asked.includes(etag)) throw refusal('conditionNotMet')
}
