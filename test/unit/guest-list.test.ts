import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { calendar_v3 } from '@googleapis/calendar'
import { fromGoogleEvent } from '../../src/google/event-mapping.ts'
import { mergeGuests } from '../../src/google/guest-list.ts'
import type { RemoteAttendee } from '../../src/google/remote-event.ts'

/** The guests of an event as they are read. */
function read(attendees: calendar_v3.Schema$EventAttendee[]): readonly RemoteAttendee[] {
  const day = { date: '2026-05-05' }
  const event = fromGoogleEvent({ id: 'x', start: day, end: day, attendees }, 'UTC')
  if (event === null || event.cancelled) throw new Error('the event cannot be read')
  return event.attendees
}

const emails = ['a@x.org', 'b@x.org', 'c@x.org', 'd@x.org', 'e@x.org', 'f@x.org']
const responses = ['accepted', 'declined', 'tentative', 'needsAction']
const remote = fc.uniqueArray(
  fc.record({
    email: fc.constantFrom(...emails),
    responseStatus: fc.constantFrom(...responses),
    comment: fc.string(),
    additionalGuests: fc.nat({ max: 5 }),
  }),
  { selector: ({ email }) => email },
)
const subset = fc.subarray(emails)

describe('the list that is written', () => {
  it('has every guest who stays exactly as that guest was read', () => {
    fc.assert(
      fc.property(remote, subset, subset, (standing, wanted, owned) => {
        const list = mergeGuests(
          wanted.map((email) => ({ email, name: null })),
          read(standing),
          owned,
        )
        for (const guest of standing) {
          const stays = wanted.includes(guest.email) || !owned.includes(guest.email)
          expect(list.filter(({ email }) => email === guest.email)).toEqual(stays ? [guest] : [])
        }
      }),
    )
  })

  it('has besides them only guests whom the app did not have before', () => {
    fc.assert(
      fc.property(remote, subset, subset, (standing, wanted, owned) => {
        const before = new Set(standing.map(({ email }) => email))
        const guests = wanted.map((email) => ({ email, name: 'Ana' }))
        const added = mergeGuests(guests, read(standing), owned).filter(
          ({ email }) => !before.has(email ?? ''),
        )
        const expected = wanted.filter((email) => !before.has(email) && !owned.includes(email))
        expect(added).toEqual(expected.map((email) => ({ email, displayName: 'Ana' })))
      }),
    )
  })

  it('never grows over what Google takes', () => {
    const standing = Array.from({ length: 198 }, (_, n) => ({ email: `g${n}@x.org` }))
    const wanted = emails.map((email) => ({ email, name: null }))
    expect(mergeGuests(wanted, read(standing), []).map(({ email }) => email)).toEqual([
      ...standing.map(({ email }) => email),
      'a@x.org',
      'b@x.org',
    ])
    const full = Array.from({ length: 205 }, (_, n) => ({ email: `g${n}@x.org` }))
    expect(mergeGuests(wanted, read(full), [])).toHaveLength(205)
  })
})
