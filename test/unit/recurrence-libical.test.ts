import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { compileRule } from '../../src/recurrence/compiled-series.ts'
import { readStamp } from '../../src/recurrence/recurrence-lines.ts'
import { wallOfDate } from '../../src/recurrence/wall-clock.ts'

const file = fileURLToPath(
  new URL('../../../shared/fixtures/recurrence/libical-icalrecur_test.txt', import.meta.url),
)
const present = existsSync(file)
if (!present) console.info('left out: the rules of libical’s tests (../shared/fixtures is not here)')

/**
 * Read in another way on purpose. libical takes days of the month of a yearly rule for the month of the start, where
 * RFC 5545 (3.3.10, the table) expands them in every month, as `rrule` and `rrule-temporal` do. The others are weeks
 * that lie in two years, of which libical counts the days in either; decision 0013 has them.
 */
const READ_OTHERWISE: ReadonlySet<string> = new Set([
  'FREQ=YEARLY;BYMONTHDAY=29;COUNT=3',
  'FREQ=YEARLY;BYMONTHDAY=-29,-1;COUNT=4',
  'FREQ=YEARLY;BYWEEKNO=53;BYDAY=TU,SA;UNTIL=20170101T000000Z',
  'FREQ=YEARLY;BYWEEKNO=-1,-2;COUNT=5',
  'FREQ=YEARLY;BYWEEKNO=53;BYDAY=TU,SA;INTERVAL=6;UNTIL=20170101T000000Z',
  'FREQ=YEARLY;BYWEEKNO=53;BYDAY=TU,SA;INTERVAL=5;UNTIL=20170101T000000Z',
  'FREQ=YEARLY;BYWEEKNO=53;BYDAY=TU,SA;INTERVAL=7;UNTIL=20170101T000000Z',
  'FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO,TU;INTERVAL=3;UNTIL=20320101',
])

interface Case {
  readonly rule: string
  readonly start: string
  readonly instances: readonly string[]
}

function readCases(): Case[] {
  const cases: Case[] = []
  for (const block of readFileSync(file, 'utf8').split(/\n\s*\n/)) {
    const field = (name: string): string => new RegExp(`^${name}:(.*)$`, 'm').exec(block)?.[1]?.trim() ?? ''
    const [rule, start, instances] = [field('RRULE'), field('DTSTART'), field('INSTANCES')]
    if (rule !== '' && /^\d{8}(T\d{6})?$/.test(start) && /^[\dT,]+$/.test(instances)) {
      cases.push({ rule, start, instances: instances.split(',') })
    }
  }
  return cases
}

/** Rules whose value the SDK refuses: more often than daily, or of RFC 7529. */
function isOurs({ rule }: Case): boolean {
  return !/FREQ=(HOURLY|MINUTELY|SECONDLY)|RSCALE|SKIP|EASTER/.test(rule)
}

function wallOf(stamp: string): number {
  const read = readStamp(stamp)
  return read === null ? Number.NaN : wallOfDate(read.date) + (read.timeMs ?? 0)
}

/** The first occurrences of a rule as libical lists them: without a start that the rule does not name. */
function expand({ rule, start, instances }: Case): string[] | null {
  const startWall = wallOf(start)
  const last = wallOf(instances.at(-1) ?? start)
  const compiled = compileRule(rule, { zone: start.length === 8 ? null : 'UTC', startWall }, false)
  if (compiled === null) return null
  const form = (wall: number): string =>
    new Date(wall)
      .toISOString()
      .slice(0, start.length === 8 ? 10 : 19)
      .replaceAll(/[-:]/g, '')
  return compiled.between(startWall, last + 1).map(form)
}

describe.skipIf(!present)('rules of libical’s tests', () => {
  const cases = present ? readCases().filter(isOurs) : []

  test('are expanded as libical expands them, but for what is known to be read in two ways', () => {
    const differing = cases.filter((one) => {
      const expanded = expand(one)
      return expanded !== null && expanded.join(',') !== one.instances.join(',')
    })
    expect(cases.length).toBeGreaterThan(80)
    expect(differing.map(({ rule }) => rule).filter((rule) => !READ_OTHERWISE.has(rule))).toEqual([])
  })

  test('those that are refused name more than 24 times a day', () => {
    const unread = cases.filter((one) => expand(one) === null).map(({ rule }) => rule)
    expect(unread.filter((rule) => !/BYHOUR=.*BYMINUTE=/.test(rule))).toEqual([])
  })
})
