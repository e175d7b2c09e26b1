import assert from 'node:assert/strict'
import type { EventLink } from 'appointment-sync'
import type { LinkStanding } from 'appointment-sync/ports'
import type { StoragePromises } from './contract-case.ts'
import { aLink, FOREIGN, REF, scribble, SIBLING, UNICODE } from './records.ts'

function byId<R extends { readonly appointmentId: string }>(rows: readonly R[]): R[] {
  return rows.toSorted((a, b) => (a.appointmentId < b.appointmentId ? -1 : 1))
}

function standingOf(link: EventLink): LinkStanding {
  const { appointmentId, calendarId, state, fingerprint, appointmentUpdatedAtMs } = link
  return { appointmentId, calendarId, state, fingerprint, appointmentUpdatedAtMs }
}

const THOUSAND = Array.from({ length: 1000 }, (_, at) => `a${at}`)

export const linkLookupPromises: StoragePromises = {
  'the links of appointments are found, the others left out': async ({ storage: { links } }) => {
    const mine = [
      aLink({ appointmentId: 'a' }),
      aLink({ appointmentId: 'b', state: 'removed', etag: '' }),
      aLink({ appointmentId: UNICODE, calendarId: 'work', iCalUID: null }),
    ]
    for (const link of mine) await links.replace(link, null)
    await links.replace(aLink({ appointmentId: 'unasked' }), null)
    await links.replace(aLink({ ...SIBLING, appointmentId: 's' }), null)
    const asked = ['b', UNICODE, 's', 'none', 'a', 'b']
    assert.deepEqual(byId(await links.findMany(REF, asked)), byId(mine))
    assert.deepEqual(byId(await links.listStanding(REF, asked)), byId(mine).map(standingOf))
    assert.deepEqual(await links.findMany(REF, []), [])
    assert.deepEqual(await links.listStanding(REF, []), [])
  },
  'a thousand appointments are looked up at once': async ({ storage: { links } }) => {
    const link = aLink({ appointmentId: 'a999' })
    await links.replace(link, null)
    assert.deepEqual(await links.findMany(REF, THOUSAND), [link])
    assert.deepEqual(await links.listStanding(REF, THOUSAND), [standingOf(link)])
  },
  'a link that changed is found as it is now': async ({ storage: { links } }) => {
    await links.replace(aLink(), null)
    const next = aLink({ fingerprint: 'new', state: 'removed', calendarId: 'work', version: 2 })
    await links.replace(next, 1)
    assert.deepEqual(await links.findMany(REF, [next.appointmentId]), [next])
    assert.deepEqual(await links.listStanding(REF, [next.appointmentId]), [standingOf(next)])
  },
  'calendars with live or unconfirmed events come once each, ascending': async ({ storage: { links } }) => {
    assert.deepEqual(await links.listCalendars(REF), [])
    const rows: [string, string, EventLink['state']][] = [
      ['a', 'work', 'live'],
      ['b', 'home', 'unconfirmed'],
      ['c', 'work', 'live'],
      ['d', 'gone', 'removed'],
      ['e', 'work', 'removed'],
      ['f', UNICODE, 'live'],
    ]
    for (const [appointmentId, calendarId, state] of rows) {
      await links.replace(aLink({ appointmentId, calendarId, state }), null)
    }
    await links.replace(aLink({ ...SIBLING, calendarId: 'theirs' }), null)
    await links.replace(aLink({ ...FOREIGN, calendarId: 'foreign' }), null)
    assert.deepEqual(await links.listCalendars(REF), [UNICODE, 'home', 'work'])
  },
  'another tenant looks up nothing': async ({ storage: { links } }) => {
    const { appointmentId } = aLink()
    await links.replace(aLink(), null)
    for (const ref of [FOREIGN, { ...REF, userId: 'user-9' }]) {
      assert.deepEqual(await links.findMany(ref, [appointmentId]), [])
      assert.deepEqual(await links.listStanding(ref, [appointmentId]), [])
      assert.deepEqual(await links.listCalendars(ref), [])
    }
  },
  'values are copied on the way out of a look-up': async ({ storage: { links } }) => {
    const { appointmentId } = aLink()
    await links.replace(aLink(), null)
    for (const link of await links.findMany(REF, [appointmentId])) scribble(link)
    for (const standing of await links.listStanding(REF, [appointmentId])) scribble(standing)
    assert.deepEqual(await links.findMany(REF, [appointmentId]), [aLink()])
  },
}
