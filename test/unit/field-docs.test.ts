import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  APP_ONLY_FIELDS,
  CONFLICT_POLICIES,
  DEFAULT_SETTINGS,
  MERGED_FIELDS,
  SYNC_DIRECTIONS,
} from '../../src/domain/index.ts'
import { FIELD_GROUPS, outcomeFor, outcomeUnder, SITUATIONS } from '../../src/sync/field-rules.ts'
import { fieldPage } from '../field-docs/field-page.ts'

const fields = Object.keys(FIELD_GROUPS) as (keyof typeof FIELD_GROUPS)[]

describe('the page of fields', () => {
  it('is what the rules give; npm run docs:fields writes it anew', () => {
    const page = readFileSync(new URL('../../docs/fields.md', import.meta.url), 'utf8')
    expect(page, 'run `npm run docs:fields`').toBe(fieldPage())
  })

  it('names every field that an event has', () => {
    expect(fields.toSorted()).toEqual([...MERGED_FIELDS, ...APP_ONLY_FIELDS, 'existence'].toSorted())
  })
})

describe('the rules', () => {
  it('the policy asks a person only under manual, or about what the host refused', () => {
    const asking = SYNC_DIRECTIONS.flatMap((direction) =>
      CONFLICT_POLICIES.flatMap((policy) =>
        fields.flatMap((field) =>
          SITUATIONS.filter((situation) => outcomeUnder(field, direction, policy, situation) === 'ask').map(
            (situation) => ({ policy, situation }),
          ),
        ),
      ),
    )
    expect(asking.length).toBeGreaterThan(0)
    const other = asking.filter(({ policy, situation }) => policy !== 'manual' && situation !== 'refused')
    expect(other).toEqual([])
  })

  it('nothing is written from Google alone, and nobody is told to Google alone', () => {
    for (const field of fields) {
      for (const policy of CONFLICT_POLICIES) {
        for (const situation of SITUATIONS) {
          expect(outcomeUnder(field, 'from_google', policy, situation)).not.toBe('write')
          expect(outcomeUnder(field, 'to_google', policy, situation)).not.toMatch(/tell|ask|later/)
        }
      }
    }
  })

  it('a policy of the field goes before that of the integration', () => {
    const settings = {
      ...DEFAULT_SETTINGS,
      conflictResolution: 'app_wins',
      conflictResolutionByField: { time: 'google_wins', existence: 'manual' },
    } as const
    expect(outcomeFor(settings, 'time', 'both_changed')).toBe('tell')
    expect(outcomeFor(settings, 'title', 'both_changed')).toBe('write')
    expect(outcomeFor(settings, 'existence', 'both_changed')).toBe('ask')
    expect(outcomeFor(settings, 'title', 'refused')).toBe('write')
    expect(outcomeFor(settings, 'time', 'refused')).toBe('ask')
  })

  it.each([
    ['manual', 'ask', 'ask'],
    ['app_wins', 'write', 'write'],
    ['google_wins', 'tell', 'tell'],
    ['latest_wins', 'later', 'tell'],
    ['merge', 'later', 'write'],
  ] as const)(
    '%s: a field on both sides is %s, a deletion of what was changed %s',
    (policy, field, event) => {
      expect(outcomeUnder('title', 'bidirectional', policy, 'both_changed')).toBe(field)
      expect(outcomeUnder('existence', 'bidirectional', policy, 'both_changed')).toBe(event)
      expect(outcomeUnder('title', 'bidirectional', policy, 'deleted')).toBe(event)
    },
  )
})
