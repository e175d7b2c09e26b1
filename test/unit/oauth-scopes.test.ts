import { describe, expect, it } from 'vitest'
import { DEFAULT_SETTINGS } from '../../src/domain/index.ts'
import { holdsOneOf, missingScopes, scopesFor } from '../../src/oauth/index.ts'

const full = (name: string): string => `https://www.googleapis.com/auth/${name}`

describe('the scopes that settings call for', () => {
  it('are the narrowest for the primary calendar', () => {
    expect(scopesFor(DEFAULT_SETTINGS)).toEqual({
      essential: ['openid', 'email', full('calendar.events.owned')],
      optional: [full('calendar.calendarlist.readonly'), full('calendar.freebusy')],
    })
  })

  it.each([
    ['primary', 'bidirectional', 'calendar.events.owned'],
    ['primary', 'to_google', 'calendar.events.owned'],
    ['primary', 'from_google', 'calendar.events.owned.readonly'],
    ['team@example.com', 'bidirectional', 'calendar.events'],
    ['team@example.com', 'to_google', 'calendar.events'],
    ['team@example.com', 'from_google', 'calendar.events.readonly'],
  ] as const)('on calendar %s, %s, are those of %s', (calendarId, syncDirection, scope) => {
    expect(scopesFor({ ...DEFAULT_SETTINGS, calendarId, syncDirection }).essential).toContain(full(scope))
    expect(scopesFor({ ...DEFAULT_SETTINGS, calendarId, syncDirection }).essential).toHaveLength(3)
  })

  it('leave busy times out when other events are ignored', () => {
    expect(scopesFor({ ...DEFAULT_SETTINGS, externalEvents: 'ignore' }).optional).toEqual([
      full('calendar.calendarlist.readonly'),
    ])
  })
})

describe('the scopes that a calendar of the SDK’s own calls for', () => {
  const dedicated = { ...DEFAULT_SETTINGS, calendarAccess: 'dedicated' } as const
  const essential = ['openid', 'email', full('calendar.app.created')]

  it('are calendar.app.created alone when nobody asks for busy times', () => {
    const settings = { ...dedicated, externalEvents: 'ignore' } as const
    expect(scopesFor(settings)).toEqual({ essential, optional: [] })
  })

  it.each([
    [{}],
    [{ externalEvents: 'busy' }],
    [{ externalEvents: 'ignore', busyCalendarIds: ['team@example.com'] }],
  ] as const)('are that and the one for busy times with %j', (settings) => {
    expect(scopesFor({ ...dedicated, ...settings })).toEqual({
      essential,
      optional: [full('calendar.freebusy')],
    })
  })

  it.each(['primary', 'own@group.calendar.google.com'])('do not depend on calendarId %s', (calendarId) => {
    expect(scopesFor({ ...dedicated, calendarId }).essential).toEqual(essential)
    expect(scopesFor({ ...dedicated, syncDirection: 'from_google' }).essential).toEqual(essential)
  })

  it('are those for owned calendars when it is kept beside all others', () => {
    const settings = { ...DEFAULT_SETTINGS, calendarId: 'own' }
    expect(scopesFor(settings, 'own').essential).toContain(full('calendar.events.owned'))
    expect(scopesFor(settings, 'another').essential).toContain(full('calendar.events'))
    expect(scopesFor(settings).essential).toContain(full('calendar.events'))
  })
})

describe('one scope of several', () => {
  it('is held when it was granted, or the one that stands in for all', () => {
    const names = ['calendar.events', 'calendar.events.owned']
    expect(holdsOneOf([full('calendar.events.owned')], names)).toBe(true)
    expect(holdsOneOf([full('calendar')], names)).toBe(true)
    expect(holdsOneOf([full('calendar.app.created'), full('calendar.events.readonly')], names)).toBe(false)
    expect(holdsOneOf([], names)).toBe(false)
  })
})

describe('the scopes missing from a grant', () => {
  const { essential, optional } = scopesFor(DEFAULT_SETTINGS)

  it('are none when all were granted, in any order and in the long form of "email"', () => {
    const granted = [
      full('calendar.freebusy'),
      full('userinfo.email'),
      'openid',
      ...optional,
      ...essential.slice(2),
    ]
    expect(missingScopes([...essential, ...optional], granted)).toEqual([])
  })

  it('knows the short and the long form either way round', () => {
    expect(missingScopes([full('userinfo.email'), full('userinfo.profile')], ['email', 'profile'])).toEqual(
      [],
    )
  })

  it('are those that were unticked', () => {
    expect(
      missingScopes([...essential, ...optional], ['openid', 'email', full('calendar.freebusy')]),
    ).toEqual([full('calendar.events.owned'), full('calendar.calendarlist.readonly')])
  })

  it.each([
    [
      'calendar',
      [
        'calendar.events.owned',
        'calendar.events',
        'calendar.freebusy',
        'calendar.calendarlist.readonly',
        'calendar.app.created',
      ],
    ],
    [
      'calendar.events',
      ['calendar.events.owned', 'calendar.events.readonly', 'calendar.events.owned.readonly'],
    ],
    ['calendar.events.owned', ['calendar.events.owned.readonly']],
    ['calendar.events.readonly', ['calendar.events.owned.readonly']],
    [
      'calendar.readonly',
      [
        'calendar.events.readonly',
        'calendar.events.owned.readonly',
        'calendar.freebusy',
        'calendar.calendarlist.readonly',
      ],
    ],
    ['calendar.calendarlist', ['calendar.calendarlist.readonly']],
    ['calendar.events.freebusy', ['calendar.freebusy']],
  ])('the broader %s stands in for %j', (granted, wanted) => {
    expect(missingScopes(wanted.map(full), [full(granted)])).toEqual([])
  })

  it.each([
    ['calendar.events.owned', 'calendar.events'],
    ['calendar.events.readonly', 'calendar.events.owned'],
    ['calendar.readonly', 'calendar.events.owned'],
    ['calendar.events', 'calendar.freebusy'],
    ['calendar.events', 'calendar.calendarlist.readonly'],
    ['calendar', 'openid'],
    ['calendar.app.created', 'calendar.events.owned'],
    ['calendar.app.created', 'calendar.freebusy'],
    ['calendar.app.created', 'calendar.calendarlist.readonly'],
    ['calendar.events', 'calendar.app.created'],
    ['calendar.calendars', 'calendar.app.created'],
  ])('%s does not stand in for %s', (granted, wanted) => {
    const scope = wanted === 'openid' ? wanted : full(wanted)
    expect(missingScopes([scope], [full(granted)])).toEqual([scope])
  })
})
