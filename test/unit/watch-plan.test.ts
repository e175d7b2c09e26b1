import { describe, expect, it } from 'vitest'
import { DEFAULT_SETTINGS, type Integration, type WatchChannel } from 'appointment-sync'
import { planWatch, type WatchFacts, type WatchPlan } from '../../src/sync/watch-plan.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const NOW = Date.parse('2026-05-04T12:00:00Z')

function anIntegration(over: Partial<Integration> = {}): Integration {
  return {
    id: 'int-1',
    tenantId: 'salon-1',
    userId: 'ana',
    status: 'active',
    statusReason: null,
    googleAccountId: 'account',
    googleEmail: null,
    grantedScopes: [],
    missingScopes: [],
    settings: DEFAULT_SETTINGS,
    parkedUntilMs: null,
    parkedReason: null,
    removeEvents: null,
    dedicatedCalendar: null,
    createdAtMs: 0,
    updatedAtMs: 0,
    version: 1,
    ...over,
  }
}

function aChannel(id: string, over: Partial<WatchChannel> = {}): WatchChannel {
  return {
    tenantId: 'salon-1',
    userId: 'ana',
    integrationId: 'int-1',
    id,
    calendarId: 'primary',
    state: 'open',
    tokenHash: '00',
    resourceId: 'resource',
    createdAtMs: NOW - DAY,
    expiresAtMs: NOW + 6 * DAY,
    version: 1,
    ...over,
  }
}

const aWeekOld = (over: Partial<WatchChannel>): WatchChannel =>
  aChannel('a', { createdAtMs: NOW - 6 * DAY, ...over })

const ids = (channels: readonly WatchChannel[]): string[] => channels.map(({ id }) => id).sort()

/** The plan in words: `open`, then what is replaced, stopped and expired. */
function inWords({ open, replaced, stopped, expired }: WatchPlan): string {
  const parts = [
    open ? 'open' : '',
    replaced.length > 0 ? `replace ${ids(replaced).join()}` : '',
    stopped.length > 0 ? `stop ${ids(stopped).join()}` : '',
    expired.length > 0 ? `forget ${ids(expired).join()}` : '',
  ].filter((part) => part !== '')
  return parts.length === 0 ? 'nothing' : parts.join(', ')
}

function planned(channels: readonly WatchChannel[], over: Partial<WatchFacts> = {}): string {
  const facts = { integration: anIntegration(), wanted: true, refusedAtMs: null, nowMs: NOW }
  return inWords(planWatch({ ...facts, channels, ...over }))
}

describe('what is done about an integration’s watch channels', () => {
  it.each<[string, readonly WatchChannel[], string]>([
    ['none is there', [], 'open'],
    ['one is open', [aChannel('a')], 'nothing'],
    ['it has a little more than a day left', [aWeekOld({ expiresAtMs: NOW + DAY + 1 })], 'nothing'],
    ['it ends within a day', [aWeekOld({ expiresAtMs: NOW + DAY })], 'open, replace a'],
    [
      'it is short-lived, and a fifth of its life is left',
      [aChannel('a', { createdAtMs: NOW - 4 * HOUR, expiresAtMs: NOW + HOUR })],
      'open, replace a',
    ],
    [
      'it is short-lived, and more than a fifth of its life is left',
      [aChannel('a', { createdAtMs: NOW - 3 * HOUR, expiresAtMs: NOW + HOUR })],
      'nothing',
    ],
    ['it has ended', [aChannel('a', { expiresAtMs: NOW })], 'open, forget a'],
    ['two are open', [aChannel('a', { createdAtMs: NOW - 2 * DAY }), aChannel('b')], 'stop a'],
    ['two of one age are open', [aChannel('a'), aChannel('b')], 'stop a'],
    [
      'two are open and both end soon',
      [
        aChannel('a', { createdAtMs: NOW - 7 * DAY, expiresAtMs: NOW + 1000 }),
        aChannel('b', { createdAtMs: NOW - 6 * DAY, expiresAtMs: NOW + 2000 }),
      ],
      'open, replace b, stop a',
    ],
    [
      'one is being opened',
      [aChannel('a', { state: 'opening', resourceId: null, createdAtMs: NOW - 599_999 })],
      'nothing',
    ],
    [
      'one is being opened beside one that ends',
      [
        aChannel('a', { expiresAtMs: NOW + HOUR }),
        aChannel('b', { state: 'opening', resourceId: null, createdAtMs: NOW }),
      ],
      'nothing',
    ],
    [
      'the answer about one never came',
      [aChannel('a', { state: 'opening', resourceId: null, createdAtMs: NOW - 600_000 })],
      'open, stop a',
    ],
    ['one is still to be stopped', [aChannel('a', { state: 'stopping' }), aChannel('b')], 'stop a'],
    [
      'one cannot be stopped, because its resource is not known',
      [aChannel('a', { state: 'stopping', resourceId: null }), aChannel('b')],
      'nothing',
    ],
    ['one is on a calendar of before', [aChannel('a', { calendarId: 'old' })], 'open, stop a'],
  ])('%s', (_name, channels, expected) => {
    expect(planned(channels)).toBe(expected)
  })

  it('one that is opened anew replaces one of any age', () => {
    expect(planned([aChannel('a')], { anew: true })).toBe('open, replace a')
  })

  it.each<[string, Partial<WatchFacts>, string]>([
    ['nobody wants notifications', { wanted: false }, 'stop a'],
    ['paused', { integration: anIntegration({ status: 'paused' }) }, 'stop a'],
    [
      'nothing comes from Google',
      { integration: anIntegration({ settings: { ...DEFAULT_SETTINGS, syncDirection: 'to_google' } }) },
      'stop a',
    ],
    [
      'parked',
      { integration: anIntegration({ parkedUntilMs: NOW + 1, parkedReason: 'GOOGLE_QUOTA_EXCEEDED' }) },
      'nothing',
    ],
    [
      'parked until now',
      { integration: anIntegration({ parkedUntilMs: NOW, parkedReason: 'GOOGLE_QUOTA_EXCEEDED' }) },
      'open, replace a',
    ],
    ['waiting for a reconnect', { integration: anIntegration({ status: 'needs_reconnect' }) }, 'nothing'],
    ['disconnecting', { integration: anIntegration({ status: 'disconnecting' }) }, 'nothing'],
    ['disconnected', { integration: anIntegration({ status: 'disconnected' }) }, 'nothing'],
  ])('an integration that is: %s', (_name, over, expected) => {
    expect(planned([aChannel('a', { expiresAtMs: NOW + HOUR })], over)).toBe(expected)
  })

  it('a calendar that Google would not watch is asked about again after a week, and keeps what it has', () => {
    const ending = [aChannel('a', { expiresAtMs: NOW + HOUR })]
    expect(planned(ending, { refusedAtMs: NOW - 7 * DAY + 1 })).toBe('nothing')
    expect(planned(ending, { refusedAtMs: NOW - 7 * DAY })).toBe('open, replace a')
  })
})
