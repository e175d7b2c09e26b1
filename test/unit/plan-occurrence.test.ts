import { describe, expect, test } from 'vitest'
import {
  DEFAULT_SETTINGS,
  type EventFields,
  type EventLink,
  type Integration,
} from '../../src/domain/index.ts'
import type { RemoteEvent } from '../../src/google/index.ts'
import { planOccurrence } from '../../src/sync/plan-occurrence.ts'
import { occurrenceDraft } from '../../src/sync/series-link.ts'

const START = Date.parse('2026-05-05T12:00:00Z')
const WEEK = 7 * 86_400_000
const ref = { tenantId: 't', userId: 'u', integrationId: 'i' }
const fields: EventFields = {
  time: { allDay: false, startMs: START, endMs: START + 1_800_000, timeZone: 'UTC', zoneBound: true },
  title: 'Corte',
  description: '',
  location: '',
  recurrence: ['RRULE:FREQ=WEEKLY'],
  status: 'confirmed',
  attendees: [],
  reminderMinutes: [],
  colorId: null,
  visibility: 'default',
  transparency: 'opaque',
  source: null,
  conference: 'none',
}
const series: EventLink = {
  ...ref,
  appointmentId: 'a1',
  calendarId: 'primary',
  eventId: 'master',
  iCalUID: 'master@google.com',
  generation: 0,
  state: 'live',
  etag: '"1"',
  fingerprint: '',
  base: { app: fields, google: fields },
  appointmentUpdatedAtMs: 1,
  eventUpdatedAtMs: 1,
  overwrites: 0,
  overwritesSinceMs: 0,
  updatedAtMs: 1,
  version: 1,
}
const integration: Integration = {
  ...ref,
  id: 'i',
  status: 'active',
  statusReason: null,
  googleAccountId: null,
  googleEmail: null,
  grantedScopes: [],
  missingScopes: [],
  settings: DEFAULT_SETTINGS,
  parkedUntilMs: null,
  parkedReason: null,
  removeEvents: null,
  dedicatedCalendar: null,
  createdAtMs: 1,
  updatedAtMs: 1,
  version: 1,
}
const originalStart = START + WEEK
const name = { seriesId: 'a1', originalStart }

function planned(of: EventLink | null, tombstone: Partial<RemoteEvent>): ReturnType<typeof planOccurrence> {
  const link = occurrenceDraft(series, originalStart, { eventId: 'master_1', nowMs: 2, before: null })
  if (link === null) throw new Error('no draft')
  const app = {
    wanted: true,
    fields: { ...fields, ...link.base.app },
    fingerprint: 'f',
    rendering: 'r',
    updatedAtMs: 1,
  } as const
  const facts = { integration, link, app, openConflict: null, restoreWaits: false, nowMs: 2, conflictId: 'c' }
  const event = { id: 'master_1', etag: '"2"', cancelled: true, updatedMs: 2, ...tombstone } as RemoteEvent
  return planOccurrence(facts, name, of, event)
}

describe('a cancelled occurrence', () => {
  test('that says of which series it is was called off by a person', () => {
    const { inbox, link } = planned(series, { recurringEventId: 'master', originalStart })
    expect(inbox).toMatchObject([{ type: 'cancelled', appointmentId: 'a1~20260512T120000Z' }])
    expect(link).toMatchObject({ state: 'removed', version: 1 })
  })

  test.each([
    [
      'left bare, whatever is known of its series (13.3)',
      series,
      { recurringEventId: null, originalStart: null },
    ],
    [
      'of a series that is gone',
      { ...series, state: 'removed' as const },
      { recurringEventId: 'master', originalStart },
    ],
    [
      'of a series that was made anew',
      { ...series, eventId: 'other' },
      { recurringEventId: 'master', originalStart },
    ],
    ['of a series that nobody knows', null, { recurringEventId: 'master', originalStart }],
    [
      'that the rule has no more',
      { ...series, base: { app: fields, google: { ...fields, recurrence: ['RRULE:FREQ=WEEKLY;COUNT=1'] } } },
      { recurringEventId: 'master', originalStart },
    ],
  ])('%s, is told by the series', (_, of, tombstone) => {
    const { inbox, link, enqueue } = planned(of, tombstone)
    expect(inbox).toEqual([])
    expect(enqueue).toBeNull()
    expect(link).toMatchObject({ state: 'removed', base: { series: { dropped: true } } })
  })
})
