import { RRuleTemporal } from 'rrule-temporal'
import type { EventTime } from '../domain/index.ts'
import { countingOf } from './canonical.ts'
import { compact, type Counting, datesOf, readLine, stampToWall } from './recurrence-lines.ts'
import { readRuleParts, type RuleParts, TIME_PARTS } from './rule-parts.ts'
import type { WallMs } from './wall-clock.ts'

/** A series: when its first occurrence takes place, and the lines by which it recurs. */
export interface Series {
  readonly time: EventTime
  readonly recurrence: readonly string[]
}

/** A rule of a series, in wall-clock time. */
export interface CompiledRule {
  /** Whether it ends by itself. */
  readonly ends: boolean
  /** Its starts from `from` on and before `to`, ascending. */
  between(from: WallMs, to: WallMs): readonly WallMs[]
  /** Its last start before `before`; `null` when there is none, or the rule does not end. */
  lastBefore(before: WallMs): WallMs | null
}

/** A series made ready to be asked. */
export interface CompiledSeries {
  readonly counting: Counting
  readonly rules: readonly CompiledRule[]
  /** The first start, and dates added to the rules. */
  readonly added: readonly WallMs[]
  readonly excluded: ReadonlySet<WallMs>
  readonly exclusions: readonly CompiledRule[]
}

/** The library's own limits are for rules that never come about; those end by themselves with the year 9999. */
const UNLIMITED = { maxIterations: 1e8, maxCandidateEvaluations: 1e8 } as const
const YEAR_MS = 366 * 86_400_000
const MONTH_MS = 32 * 86_400_000
/** How long a rule with COUNT is followed at most: one that has run out by then names no more days. */
const LONGEST_MS = 200 * YEAR_MS
/** So many series are kept ready: a push asks the same one for each of its exceptions. */
const KEPT = 200

const ready = new Map<string, CompiledSeries | null>()

/** The series made ready; `null` when one of its lines cannot be read. */
export function compileSeries(series: Series): CompiledSeries | null {
  const key = JSON.stringify([series.time, series.recurrence])
  const known = ready.get(key)
  if (known !== undefined) {
    // The one asked last is forgotten last.
    ready.delete(key)
    ready.set(key, known)
    return known
  }
  const compiled = compile(series)
  ready.set(key, compiled)
  const [oldest] = ready.keys()
  if (ready.size > KEPT && oldest !== undefined) ready.delete(oldest)
  return compiled
}

function compile({ time, recurrence }: Series): CompiledSeries | null {
  const counting = countingOf(time)
  const rules: CompiledRule[] = []
  const exclusions: CompiledRule[] = []
  const added = [counting.startWall]
  const excluded = new Set<WallMs>()
  for (const text of recurrence) {
    const line = readLine(text)
    if (line === null) return null
    if (line.name === 'RRULE' || line.name === 'EXRULE') {
      // The first start is an occurrence, and the first that COUNT counts, also when the rule does not name it.
      const counted = line.name === 'RRULE' && rules.length === 0
      const rule = compileRule(line.value, counting, counted)
      if (rule === null) return null
      if (line.name === 'RRULE') rules.push(rule)
      else exclusions.push(rule)
    } else {
      const dates = datesOf(line, counting)
      if (dates === null) return null
      for (const date of dates) {
        if (line.name === 'RDATE') added.push(date)
        else excluded.add(date)
      }
    }
  }
  return { counting, rules, added, excluded, exclusions }
}

/**
 * A rule in wall-clock time: expanded as if that were UTC, so that an occurrence keeps its hour on both sides of a
 * clock change. `startCounts`: whether the first start is one of its occurrences although the rule may not name it.
 */
export function compileRule(text: string, counting: Counting, startCounts: boolean): CompiledRule | null {
  const read = readRuleParts(text, () => {})
  if (read === null) return null
  const parts = new Map(read)
  if (counting.zone === null) for (const name of TIME_PARTS) parts.delete(name)
  const until = parts.get('UNTIL')
  if (until !== undefined) {
    const wall = stampToWall(until, counting, null, 'end')
    if (wall === null) return null
    parts.set('UNTIL', `${compact(wall)}Z`)
  }
  // Times of a day are counted by the clock, in whatever order they are named.
  for (const name of TIME_PARTS) {
    const times = parts.get(name)
    if (times !== undefined)
      parts.set(
        name,
        times
          .split(',')
          .toSorted((a, b) => Number(a) - Number(b))
          .join(','),
      )
  }
  const count = parts.get('COUNT')
  parts.delete('COUNT')
  const spelled = [...parts].map(([name, value]) => `${name}=${value}`).join(';')
  const rule = new RRuleTemporal({
    rruleString: `DTSTART:${compact(counting.startWall)}Z\nRRULE:${spelled}`,
    includeDtstart: startCounts,
    ...UNLIMITED,
  })
  const named = weekdaysOf(parts)
  const open = openRule(
    rule,
    until !== undefined,
    (wall) =>
      named === null || named.has(new Date(wall).getUTCDay()) || (startCounts && wall === counting.startWall),
  )
  return count === undefined ? open : countedRule(open, counting.startWall, Number(count))
}

/**
 * A rule that counts has to be followed from its start: once, whatever it is asked. In stretches, because a rule that
 * comes about no more would be followed for ever.
 */
function countedRule(open: CompiledRule, startWall: WallMs, count: number): CompiledRule {
  let all: readonly WallMs[] | undefined
  const follow = (): WallMs[] => {
    const starts: WallMs[] = []
    let [from, stretch] = [startWall, MONTH_MS]
    while (starts.length < count && from < startWall + LONGEST_MS) {
      starts.push(...open.between(from, from + stretch))
      from += stretch
      stretch = Math.min(stretch * 2, 16 * YEAR_MS)
    }
    return starts.slice(0, count)
  }
  const starts = (): readonly WallMs[] => (all ??= follow())
  return {
    ends: true,
    between: (from, to) => starts().filter((wall) => wall >= from && wall < to),
    lastBefore: (before) => starts().findLast((wall) => wall < before) ?? null,
  }
}

const WEEKDAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA']

/** The weekdays to which BYDAY limits what BYYEARDAY names (RFC 5545, section 3.3.10, note 2); the library adds them. */
function weekdaysOf(parts: RuleParts): ReadonlySet<number> | null {
  const days = parts.get('BYDAY')
  if (days === undefined || !parts.has('BYYEARDAY')) return null
  return new Set(days.split(',').map((day) => WEEKDAYS.indexOf(day.slice(-2))))
}

function openRule(rule: RRuleTemporal, ends: boolean, isNamed: (wall: WallMs) => boolean): CompiledRule {
  return {
    ends,
    between: (from, to) =>
      rule
        .between(new Date(from), new Date(to - 1), true)
        .map(({ epochMilliseconds }) => epochMilliseconds)
        .filter(isNamed),
    lastBefore: (before) => {
      let last = ends ? rule.previous(new Date(before)) : null
      while (last !== null && !isNamed(last.epochMilliseconds))
        last = rule.previous(new Date(last.epochMilliseconds))
      return last?.epochMilliseconds ?? null
    },
  }
}
