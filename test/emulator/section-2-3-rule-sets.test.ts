import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { connected } from './connected.ts'

const file = fileURLToPath(
  new URL('../../../shared/fixtures/recurrence/libical-icalrecur_test.txt', import.meta.url),
)
const present = existsSync(file)
if (!present) console.info('skipped: no ../shared/fixtures, so no recurrence rules of others are expanded')

interface RuleCase {
  readonly rule: string
  readonly start: string
  readonly instances: readonly string[]
}

function readCases(): RuleCase[] {
  const blocks = readFileSync(file, 'utf8').split(/\n(?=RRULE:)/)
  return blocks.flatMap((block) => {
    const of = (name: string): string => new RegExp(`^${name}:(.*)$`, 'm').exec(block)?.[1]?.trim() ?? ''
    const instances = of('INSTANCES').split(',')
    return instances.every((stamp) => /^\d{8}/.test(stamp))
      ? [{ rule: of('RRULE').replace(/;$/, ''), start: of('DTSTART'), instances }]
      : []
  })
}

/** `19970610T090000` as a wall-clock time in São Paulo or a date; the rules of the file know no zone. */
function bodyOf({ rule, start }: RuleCase): object {
  const date = `${start.slice(0, 4)}-${start.slice(4, 6)}-${start.slice(6, 8)}`
  // The end does not matter to the rules.
  if (start.length === 8)
    return { start: { date }, end: { date: '2999-01-01' }, recurrence: [`RRULE:${rule}`] }
  const time = `${start.slice(9, 11)}:${start.slice(11, 13)}:${start.slice(13, 15)}`
  const at = { dateTime: `${date}T${time}`, timeZone: 'UTC' }
  return { start: at, end: at, recurrence: [`RRULE:${rule}`] }
}

/** Where rule sets differ on purpose: Google’s series begin with their first start, whatever the rule says. */
const startsOf = (instances: readonly string[], start: string): string[] => {
  const normal = instances.map((stamp) => stamp.replace(/Z$/, ''))
  return normal.filter((stamp) => stamp !== start.replace(/Z$/, ''))
}

/**
 * Known to differ, each for a reason:
 * - YEARLY with BYMONTHDAY and no BYMONTH: RFC 5545 expands every month, the file only the month of the start;
 * - BYYEARDAY beside BYDAY, and BYMINUTE on a date: the file’s reading is its own;
 * - week numbers at the turn of the year with an interval or a negative number: the library counts otherwise.
 */
const DIFFERENT: readonly RegExp[] = [
  /^FREQ=YEARLY;BYMONTHDAY=/,
  /BYDAY=FR;BYYEARDAY=-275/,
  /^FREQ=DAILY;BYMINUTE=1,2,3,4;INTERVAL=2/,
  /^FREQ=YEARLY;BYWEEKNO=(?:53|-1,-2)/,
  /^FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO,TU;INTERVAL=3/,
]
/** What no calendar has: more often than daily, or more than 96 times a day. Google’s kind of 400. */
const REFUSED = /FREQ=(?:HOURLY|MINUTELY|SECONDLY)|BYSECOND=1,2,3/

test.skipIf(!present)(
  'rules of another calendar library have the same instances, exotic ones excepted',
  async () => {
    await using run = await connected({ seriesStart: 'rule' })
    const cases = readCases()
    const tally = { same: 0, different: [] as string[], refused: [] as string[] }
    for (const one of cases) {
      try {
        const { id } = run.hand.insert(bodyOf(one))
        const first = one.start.slice(0, 4)
        const window = {
          timeMin: `${first}-01-01T00:00:00Z`,
          timeMax: `${Number(first) + 100}-01-01T00:00:00Z`,
        }
        const found = run.hand.instances(id, window).map((event) => event.id.replace(`${id}_`, ''))
        const wanted = startsOf(one.instances, one.start)
        const got = startsOf(found, one.start).slice(0, wanted.length)
        if (JSON.stringify(got) === JSON.stringify(wanted)) tally.same += 1
        else tally.different.push(one.rule)
        run.hand.delete(id)
      } catch (error) {
        if (!(error instanceof Error) || error.message !== 'Invalid recurrence rule.') throw error
        tally.refused.push(one.rule)
      }
    }
    expect(tally.refused.filter((rule) => !REFUSED.test(rule))).toEqual([])
    expect(tally.different.filter((rule) => !DIFFERENT.some((known) => known.test(rule)))).toEqual([])
    expect(tally.same).toBeGreaterThan(100)
  },
)
