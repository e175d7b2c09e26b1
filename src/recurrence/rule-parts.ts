/** The parts of a rule by name, upper case. */
export type RuleParts = ReadonlyMap<string, string>

/** The form of a date or date-time in a rule: with `Z` in UTC, else by the clock of the series' zone. */
export const STAMP: RegExp = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z)?)?$/i

const WEEKDAY = '(?:SU|MO|TU|WE|TH|FR|SA)'
const list = (item: string): RegExp => new RegExp(`^${item}(?:,${item})*$`)
const upTo = (most: string): string => `[+-]?(?:${most})`
const DAY_OF_YEAR = upTo('0{0,2}[1-9]|0?[1-9]\\d|[12]\\d\\d|3[0-5]\\d|36[0-6]')

/** The parts of a rule and what each may say (RFC 5545, section 3.3.10). */
const RULE_PARTS: Readonly<Record<string, RegExp>> = {
  FREQ: /^(?:DAILY|WEEKLY|MONTHLY|YEARLY)$/,
  INTERVAL: /^0*[1-9]\d{0,3}$/,
  COUNT: /^0*[1-9]\d{0,6}$/,
  UNTIL: STAMP,
  BYMONTH: list('(?:0?[1-9]|1[0-2])'),
  BYWEEKNO: list(upTo('0?[1-9]|[1-4]\\d|5[0-3]')),
  BYYEARDAY: list(DAY_OF_YEAR),
  BYMONTHDAY: list(upTo('0?[1-9]|[12]\\d|3[01]')),
  BYDAY: list(`(?:[+-]?(?:0?[1-9]|[1-4]\\d|5[0-3]))?${WEEKDAY}`),
  BYHOUR: list('(?:[01]?\\d|2[0-3])'),
  BYMINUTE: list('[0-5]?\\d'),
  BYSECOND: list('[0-5]?\\d'),
  BYSETPOS: list(DAY_OF_YEAR),
  WKST: new RegExp(`^${WEEKDAY}$`),
}

/** The order in which the parts are spelled. */
export const PART_ORDER: readonly string[] = Object.keys(RULE_PARTS)

/** Parts by which a rule chooses times of the day, which a date does not have. */
export const TIME_PARTS = ['BYHOUR', 'BYMINUTE', 'BYSECOND'] as const

/** More occurrences a day than this is no appointment. */
const MAX_PER_DAY = 24
const TOO_OFTEN: ReadonlySet<string> = new Set(['HOURLY', 'MINUTELY', 'SECONDLY'])

/** The parts of the value of an RRULE; `null` and a report for every one that cannot be read. */
export function readRuleParts(text: string, report: (message: string) => void): RuleParts | null {
  const parts = new Map<string, string>()
  let readable = true
  const refuse = (message: string): void => {
    readable = false
    report(message)
  }
  for (const part of text.trim().toUpperCase().split(';').filter(Boolean)) {
    const [name = '', value = '', ...rest] = part.split('=')
    const form = RULE_PARTS[name]
    if (form === undefined || !Object.hasOwn(RULE_PARTS, name))
      refuse('has a part that RFC 5545 does not know')
    else if (parts.has(name)) refuse(`has ${name} twice`)
    else if (name === 'FREQ' && TOO_OFTEN.has(value)) refuse('must not recur more often than DAILY')
    else if (rest.length > 0 || !form.test(value))
      refuse(`has a value of ${name} that RFC 5545 does not allow`)
    else parts.set(name, value)
  }
  if (!parts.has('FREQ') && readable) refuse('must say FREQ')
  if (parts.has('COUNT') && parts.has('UNTIL')) refuse('must not have UNTIL and COUNT together')
  const count = (name: string): number => (parts.get(name) ?? '').split(',').length
  if (count('BYHOUR') * count('BYMINUTE') * count('BYSECOND') > MAX_PER_DAY) {
    refuse(`must not recur more than ${MAX_PER_DAY} times a day`)
  }
  return readable ? parts : null
}

/** What RFC 5545 forbids of parts that are each right by themselves. */
export function problemsOfCombination(parts: RuleParts): string[] {
  const problems: string[] = []
  const frequency = parts.get('FREQ') ?? ''
  const only = (name: string, frequencies: readonly string[]): void => {
    if (parts.has(name) && !frequencies.includes(frequency)) {
      problems.push(`must not have ${name} with FREQ=${frequency}`)
    }
  }
  only('BYWEEKNO', ['YEARLY'])
  only('BYYEARDAY', ['YEARLY'])
  only('BYMONTHDAY', ['DAILY', 'MONTHLY', 'YEARLY'])
  if (/\d/.test(parts.get('BYDAY') ?? '')) {
    if (frequency === 'DAILY' || frequency === 'WEEKLY') {
      problems.push(`must not have numbers in BYDAY with FREQ=${frequency}`)
    } else if (parts.has('BYWEEKNO')) problems.push('must not have numbers in BYDAY with BYWEEKNO')
  }
  const chooses = [...parts.keys()].some((name) => name.startsWith('BY') && name !== 'BYSETPOS')
  if (parts.has('BYSETPOS') && !chooses) problems.push('must have another BY part beside BYSETPOS')
  return problems
}
