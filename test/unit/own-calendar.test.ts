import { describe, expect, it } from 'vitest'
import { anIntegration } from '../../src/testing/contracts/records.ts'
import { LOCALES } from '../../src/domain/index.ts'
import { accountHashOf, calendarMark, lacksCalendar, ownCalendarIn } from '../../src/sync/own-calendar.ts'
import { calendarTexts } from '../../src/templating/index.ts'

describe('what is remembered of an own calendar', () => {
  it('says nothing of the account, and is the same on every machine', () => {
    const integration = anIntegration({ googleAccountId: '1234567890' })
    const hash = accountHashOf(integration) ?? ''
    expect(hash).toMatch(/^[a-v0-9]{32}$/)
    expect(hash).toBe(accountHashOf({ ...integration, googleEmail: 'renamed@example.com' }))
    expect(calendarMark(integration, hash)).toMatch(/^appointment-sync:[a-v0-9]{32}$/)
    expect(calendarMark(integration, hash)).not.toContain('1234567890')
  })

  it('differs by tenant, integration and account', () => {
    const integration = anIntegration()
    const others = [{ tenantId: 'other' }, { id: 'other' }, { googleAccountId: 'other' }]
    const hashes = [integration, ...others.map((change) => ({ ...integration, ...change }))].map(
      accountHashOf,
    )
    expect(new Set(hashes).size).toBe(4)
    expect(accountHashOf({ ...integration, googleAccountId: null })).toBeNull()
  })

  it('counts for the account it was made in alone', () => {
    const base = anIntegration()
    const settings = { ...base.settings, calendarAccess: 'dedicated', calendarId: 'own' } as const
    const own = { calendarId: 'own', accountHash: accountHashOf(base) ?? '', beganAtMs: null }
    const integration = { ...base, settings, dedicatedCalendar: own }
    expect([ownCalendarIn(integration), lacksCalendar(integration)]).toEqual(['own', false])
    const another = { ...integration, googleAccountId: 'another' }
    expect([ownCalendarIn(another), lacksCalendar(another)]).toEqual([null, true])
    expect(lacksCalendar({ ...another, settings: { ...settings, calendarAccess: 'any' } })).toBe(false)
  })
})

describe('the texts of an own calendar', () => {
  it('are there in every language', () => {
    expect(LOCALES.map((locale) => calendarTexts(locale).title)).toEqual([
      'Agendamentos',
      'Appointments',
      'Citas',
    ])
    expect(new Set(LOCALES.map((locale) => calendarTexts(locale).description)).size).toBe(3)
  })
})
