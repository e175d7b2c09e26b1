import { readLine, readStamp, type RecurrenceLine } from './recurrence-lines.ts'
import { problemsOfCombination, readRuleParts, type RuleParts, TIME_PARTS } from './rule-parts.ts'

/** What is wrong with one line. */
export interface LineProblem {
  readonly index: number
  readonly message: string
}

/** Most lines of a recurrence. */
export const MAX_LINES = 50
/** Longest line, in characters. */
export const MAX_LINE_LENGTH = 10_000
/** Most dates in all RDATE and EXDATE lines together. */
const MAX_DATES = 1000
/** Most occurrences that COUNT may name: they have to be followed from the first on. */
const MAX_COUNT = 1000

/** Every problem of the lines that a host gives. */
export function problemsOfLines(lines: readonly string[], allDay: boolean): LineProblem[] {
  const problems: LineProblem[] = []
  let dates = 0
  let occurs = false
  for (const [index, text] of lines.entries()) {
    const report = (message: string): void => void problems.push({ index, message })
    const line = readLineStrictly(text, report)
    if (line === null) continue
    if (line.name === 'RRULE') checkRule(line, allDay, report)
    else {
      dates += line.value.split(',').length
      checkDates(line, allDay, report)
    }
    occurs ||= line.name !== 'EXDATE'
  }
  if (lines.length > 0 && !occurs && problems.length === 0) {
    problems.push({ index: 0, message: 'must not stand alone: a series needs an RRULE or RDATE' })
  }
  if (dates > MAX_DATES) {
    problems.push({ index: 0, message: `there must be at most ${MAX_DATES} dates in RDATE and EXDATE` })
  }
  return problems
}

function readLineStrictly(text: string, report: (message: string) => void): RecurrenceLine | null {
  const name = /^[A-Za-z-]*/.exec(text.trim())?.[0].toUpperCase()
  if (name === 'DTSTART' || name === 'DTEND') {
    report(`must not be ${name}: start and end of the appointment are those of the first occurrence`)
    return null
  }
  if (name === 'EXRULE') {
    report('must not be EXRULE, which RFC 5545 has withdrawn: name the dates in an EXDATE')
    return null
  }
  const line = readLine(text)
  if (line !== null) return line
  const zone = /;TZID=/i.test(text)
  report(
    zone && /^(?:RDATE|EXDATE)/i.test(text.trim())
      ? 'must be an RDATE or EXDATE whose TZID is an IANA time zone'
      : 'must be a line of RRULE, RDATE or EXDATE, such as RRULE:FREQ=WEEKLY;BYDAY=MO',
  )
  return null
}

function checkRule(line: RecurrenceLine, allDay: boolean, report: (message: string) => void): void {
  if (line.zone !== null) report('must not name a TZID: a rule counts in the zone of the appointment')
  const parts = readRuleParts(line.value, report)
  if (parts === null) return
  for (const problem of problemsOfCombination(parts)) report(problem)
  if (Number(parts.get('COUNT') ?? 0) > MAX_COUNT) {
    report(`must have a COUNT of at most ${MAX_COUNT}: a longer series ends with UNTIL`)
  }
  checkUntil(parts, allDay, report)
  if (allDay && TIME_PARTS.some((name) => parts.has(name))) {
    report('must not choose times of the day, because allDay is true')
  }
}

function checkUntil(parts: RuleParts, allDay: boolean, report: (message: string) => void): void {
  const text = parts.get('UNTIL')
  if (text === undefined) return
  const until = readStamp(text)
  if (until === null) report('must have an UNTIL that exists')
  else if (allDay && until.timeMs !== null) {
    report('must have an UNTIL of the form YYYYMMDD, because allDay is true')
  } else if (!allDay && !until.utc) {
    report('must have an UNTIL in UTC, of the form YYYYMMDDTHHMMSSZ')
  }
}

function checkDates(line: RecurrenceLine, allDay: boolean, report: (message: string) => void): void {
  const { name, value, valueType, zone } = line
  if (valueType !== null && valueType !== 'DATE' && valueType !== 'DATE-TIME') {
    report(`must be an ${name} of dates or date-times`)
    return
  }
  if (allDay && zone !== null) report('must not name a TZID, because allDay is true')
  const wrong = value.split(',').find((text) => {
    const stamp = readStamp(text)
    if (stamp === null) return true
    if (allDay) return stamp.timeMs !== null
    return stamp.timeMs === null
  })
  if (wrong === undefined) return
  report(
    allDay
      ? `must name existing days of the form YYYYMMDD, because allDay is true`
      : `must name existing moments of the form YYYYMMDDTHHMMSSZ, or without Z in the zone of the appointment`,
  )
}
