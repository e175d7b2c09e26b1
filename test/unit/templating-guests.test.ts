import { describe, expect, test } from 'vitest'
import type { Appointment, SyncSettings } from '../../src/domain/index.ts'
import { MAX_GUESTS, renderEvent } from '../../src/templating/index.ts'
import { aCheckedAppointment, settingsWith } from './appointment-builder.ts'

const guests = (changes: Partial<Appointment> = {}, settings: Partial<SyncSettings> = {}) =>
  renderEvent(aCheckedAppointment(changes), settingsWith(settings)).attendees

describe('guests', () => {
  test('are none unless somebody asks for them', () => {
    expect(guests()).toEqual([])
  })

  test('include the client when invited', () => {
    expect(guests({}, { invite: 'client' })).toEqual([{ email: 'joao@email.com', name: 'João Silva' }])
  })

  test('do not include an invited client whose address is unknown', () => {
    expect(guests({ client: { name: 'Ana' } }, { invite: 'client' })).toEqual([])
  })

  test('do not include an invited client when client information stays here', () => {
    expect(guests({}, { invite: 'client', includeClientInfo: false })).toEqual([])
  })

  test('are in lower case, each once, and in an order that does not depend on the list', () => {
    const attendees = [
      { email: 'Zoe@Example.com' },
      { email: 'ana@example.com' },
      { email: 'zoe@example.com' },
    ]
    const expected = [
      { email: 'ana@example.com', name: null },
      { email: 'zoe@example.com', name: null },
    ]
    expect(guests({ attendees })).toEqual(expected)
    expect(guests({ attendees: attendees.toReversed() })).toEqual(expected)
  })

  test('keep a name that only one of two entries has, and drop one that repeats the address', () => {
    const attendees = [
      { email: 'ana@example.com' },
      { email: 'ANA@example.com', name: 'Ana\nLima' },
      { email: 'bo@example.com', name: 'BO@example.com' },
    ]
    expect(guests({ attendees })).toEqual([
      { email: 'ana@example.com', name: 'Ana Lima' },
      { email: 'bo@example.com', name: null },
    ])
  })

  test('leave the client out of the list too when client information stays here', () => {
    const attendees = [{ email: 'JOAO@email.com', name: 'J' }, { email: 'ana@example.com' }]
    expect(guests({ attendees }, { includeClientInfo: false })).toEqual([
      { email: 'ana@example.com', name: null },
    ])
    expect(guests({ attendees })).toHaveLength(2)
  })

  test("stay within Google's limit and keep the client", () => {
    const attendees = Array.from({ length: MAX_GUESTS }, (_, index) => ({ email: `a${index}@example.com` }))
    const invited = guests({ attendees }, { invite: 'client' })
    expect(invited).toHaveLength(MAX_GUESTS)
    expect(invited.map(({ email }) => email)).toContain('joao@email.com')
  })
})
