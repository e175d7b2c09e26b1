import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MERGED_FIELDS, type MergedFields, sameField } from '../../src/domain/index.ts'
import { mergeFields } from '../../src/sync/merge.ts'

const time = fc.oneof(
  fc.integer({ min: 0, max: 3 }).map((n) => ({
    allDay: false as const,
    startMs: n * 3_600_000,
    endMs: (n + 1) * 3_600_000,
    timeZone: 'America/Sao_Paulo',
  })),
  fc.constantFrom('2026-05-01', '2026-05-02').map((startDate) => ({
    allDay: true as const,
    startDate,
    endDate: '2026-05-03',
  })),
)
const text = fc.constantFrom('', 'a', 'b')
const fields: fc.Arbitrary<MergedFields> = fc.record({
  time,
  title: text,
  description: text,
  location: text,
  recurrence: fc.constantFrom([], ['RRULE:FREQ=DAILY'], ['RRULE:FREQ=WEEKLY']),
})

describe('mergeFields', () => {
  it('is agreed exactly where both sides say the same', () => {
    fc.assert(
      fc.property(fields, fields, fields, fields, (baseApp, baseGoogle, app, google) => {
        const verdicts = mergeFields({ baseApp, baseGoogle, app, google })
        for (const field of MERGED_FIELDS) {
          expect(verdicts[field] === 'agreed').toBe(sameField(field, app[field], google[field]))
        }
      }),
    )
  })

  it('mirrors: what is the app’s seen from one side is Google’s seen from the other', () => {
    const mirror = {
      app: 'google',
      google: 'app',
      agreed: 'agreed',
      contested: 'contested',
      unchanged: 'unchanged',
    }
    fc.assert(
      fc.property(fields, fields, fields, fields, (baseApp, baseGoogle, app, google) => {
        const one = mergeFields({ baseApp, baseGoogle, app, google })
        const other = mergeFields({ baseApp: baseGoogle, baseGoogle: baseApp, app: google, google: app })
        for (const field of MERGED_FIELDS) expect(other[field]).toBe(mirror[one[field]])
      }),
    )
  })

  it('finds nothing to do when both sides are as they were', () => {
    fc.assert(
      fc.property(fields, fields, (app, google) => {
        const verdicts = mergeFields({ baseApp: app, baseGoogle: google, app, google })
        expect(
          Object.values(verdicts).every((verdict) => verdict === 'agreed' || verdict === 'unchanged'),
        ).toBe(true)
      }),
    )
  })

  it('asks when the base is unknown and the sides differ', () => {
    fc.assert(
      fc.property(fields, fields, (app, google) => {
        const verdicts = mergeFields({ baseApp: {}, baseGoogle: {}, app, google })
        expect(
          Object.values(verdicts).every((verdict) => verdict === 'agreed' || verdict === 'contested'),
        ).toBe(true)
      }),
    )
  })

  it('does not take another zone for another time', () => {
    const at = (timeZone: string): MergedFields => ({
      time: { allDay: false, startMs: 0, endMs: 1, timeZone },
      title: '',
      description: '',
      location: '',
      recurrence: [],
    })
    const verdicts = mergeFields({
      baseApp: at('UTC'),
      baseGoogle: at('UTC'),
      app: at('UTC'),
      google: at('America/Sao_Paulo'),
    })
    expect(verdicts.time).toBe('agreed')
  })
})
