import { invalid, refusal } from '../errors.ts'
import { isTimeZone, parseDateTime } from '../zone-time.ts'

/** Parameters that do not change what a list holds, and so may differ from page to page. */
export const FREE_PARAMETERS: ReadonlySet<string> = new Set([
  'pageToken',
  'fields',
  'alt',
  'key',
  'prettyPrint',
  'quotaUser',
  'userIp',
  'access_token',
  'oauth_token',
  'callback',
])

/** An integer parameter within Google's range; a value above the maximum is cut, not refused. */
export function readInteger(query: URLSearchParams, name: string, maximum: number): number | undefined {
  const given = query.get(name)
  if (given === null || given === '') return undefined
  if (!/^\d{1,9}$/.test(given) || Number(given) < 1) throw invalid('Invalid Value', name)
  return Math.min(Number(given), maximum)
}

/** A boolean parameter; absent means the default. */
export function readBoolean(query: URLSearchParams, name: string, absent: boolean): boolean {
  const given = query.get(name)
  if (given === null || given === '') return absent
  if (given !== 'true' && given !== 'false') throw invalid('Invalid Value', name)
  return given === 'true'
}

/** An IANA zone parameter. */
export function readTimeZone(query: URLSearchParams): string | undefined {
  const given = query.get('timeZone')
  if (!given) return undefined
  if (!isTimeZone(given)) throw invalid('Invalid Value', 'timeZone')
  return given
}

/** An RFC 3339 parameter with its mandatory offset, in milliseconds; fractions are ignored. */
export function readInstant(text: string | null): number | null {
  if (text === null || text === '') return null
  const parsed = parseDateTime(text)
  if (!parsed || !('instant' in parsed)) throw refusal('badRequest')
  return parsed.instant
}
