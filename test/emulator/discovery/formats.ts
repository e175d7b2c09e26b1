/** A full date that exists, such as 2026-02-28. */
function isDate(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? []
  if (year === undefined || month === undefined || day === undefined) return false
  // A day that the month does not have falls into another month.
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
  return date.getUTCMonth() === Number(month) - 1
}

const CLOCK = /^([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d{1,9})?/
const OFFSET = /^(?:Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/

function splitDateTime(text: string): { offset: string } | null {
  if (!isDate(text.slice(0, 10)) || text[10] !== 'T') return null
  const clock = CLOCK.exec(text.slice(11))?.[0]
  return clock === undefined ? null : { offset: text.slice(11 + clock.length) }
}

/** RFC 3339 with its offset. */
function isDateTime(text: string): boolean {
  return OFFSET.test(splitDateTime(text)?.offset ?? '')
}

/** RFC 3339, where the offset may be missing because a time zone stands beside it. */
function isZonedDateTime(text: string): boolean {
  const parts = splitDateTime(text)
  return parts !== null && (parts.offset === '' || OFFSET.test(parts.offset))
}

function isWhole(text: string, minimum: bigint, maximum: bigint): boolean {
  if (!/^-?(?:0|[1-9]\d{0,19})$/.test(text)) return false
  const value = BigInt(text)
  return value >= minimum && value <= maximum
}

/** Google's formats of strings, by name. */
export const STRING_FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  date: isDate,
  'date-time': isDateTime,
  'google-datetime': isDateTime,
  'zoned-date-time': isZonedDateTime,
  'google-duration': (text) => /^-?\d+(?:\.\d{1,9})?s$/.test(text),
  'google-fieldmask': (text) => /^[\w./,()*]*$/.test(text),
  byte: (text) => /^[A-Za-z0-9+/_-]*={0,2}$/.test(text),
  // 64-bit numbers travel as strings.
  int64: (text) => isWhole(text, -(2n ** 63n), 2n ** 63n - 1n),
  uint64: (text) => isWhole(text, 0n, 2n ** 64n - 1n),
}

/** Google's formats of numbers, by name. */
export const NUMBER_FORMATS: Readonly<Record<string, (value: number) => boolean>> = {
  int32: (value) => Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31,
  uint32: (value) => Number.isInteger(value) && value >= 0 && value < 2 ** 32,
  double: Number.isFinite,
  float: Number.isFinite,
}
