import assert from 'node:assert/strict'
import { type EventLink, isAppointmentSyncError } from 'appointment-sync'
import type { StoragePromises } from './contract-case.ts'
import { assertOneWinner, race } from './race.ts'
import { aCursor, aLink, FOREIGN, NOW, REF, scribble, SIBLING, UNICODE } from './records.ts'

export const linkPromises: StoragePromises = {
  'a link is found as it was stored': async ({ storage: { links } }) => {
    const link = aLink({ appointmentId: UNICODE, calendarId: UNICODE })
    assert.equal(await links.replace(link, null), true)
    assert.deepEqual(await links.find(REF, UNICODE), link)
    assert.equal(await links.find(REF, 'appointment-1'), null)
  },
  'of concurrent first links for an appointment exactly one wins': async (handles) => {
    assertOneWinner(
      await race(handles, ({ links }, at) => links.replace(aLink({ eventId: `event-${at}` }), null)),
    )
  },
  'of concurrent replacements of one version exactly one wins': async (handles) => {
    await handles.storage.links.replace(aLink(), null)
    const results = await race(handles, ({ links }, at) =>
      links.replace(aLink({ version: 2, etag: `"${at}"` }), 1),
    )
    assertOneWinner(results)
    assert.equal((await handles.storage.links.find(REF, 'appointment-1'))?.etag, `"${results.indexOf(true)}"`)
  },
  'a wrong expected version changes nothing': async ({ storage: { links } }) => {
    assert.equal(await links.replace(aLink({ version: 2 }), 1), false)
    await links.replace(aLink({ version: 3 }), null)
    assert.equal(await links.replace(aLink({ version: 3, state: 'removed' }), null), false)
    assert.equal(await links.replace(aLink({ version: 3, state: 'removed' }), 2), false)
    assert.deepEqual(await links.find(REF, 'appointment-1'), aLink({ version: 3 }))
  },
  'links are found by their events on one calendar, the others left out': async ({ storage: { links } }) => {
    const mine = aLink({ eventId: 'e1' })
    const other = aLink({ appointmentId: 'b', eventId: 'e2' })
    await links.replace(mine, null)
    await links.replace(other, null)
    await links.replace(aLink({ appointmentId: 'c', eventId: 'e3', calendarId: 'work' }), null)
    await links.replace(aLink({ ...SIBLING, eventId: 'e4' }), null)
    const found = await links.findByEvents(REF, 'primary', ['e1', 'e2', 'e3', 'e4', 'e9', 'e1'])
    assert.deepEqual(
      found.sort((a, b) => (a.eventId < b.eventId ? -1 : 1)),
      [mine, other],
    )
    assert.deepEqual(await links.findByEvents(REF, 'primary', []), [])
  },
  'the events of a large page are looked up at once': async ({ storage: { links } }) => {
    await links.replace(aLink({ eventId: 'e2499' }), null)
    const ids = Array.from({ length: 2500 }, (_, at) => `e${at}`)
    assert.equal((await links.findByEvents(REF, 'primary', ids)).length, 1)
  },
  'an event that changed its id is no longer found by the old one': async ({ storage: { links } }) => {
    await links.replace(aLink({ eventId: 'old' }), null)
    await links.replace(aLink({ eventId: 'new', generation: 1, version: 2 }), 1)
    assert.deepEqual(await links.findByEvents(REF, 'primary', ['old']), [])
    assert.equal((await links.findByEvents(REF, 'primary', ['new'])).length, 1)
  },
  'an event belongs to one appointment at most': async ({ storage: { links } }) => {
    await links.replace(aLink({ eventId: 'event' }), null)
    try {
      assert.equal(await links.replace(aLink({ appointmentId: 'b', eventId: 'event' }), null), false)
    } catch (error) {
      if (!isAppointmentSyncError(error, 'STORAGE_FAILED')) throw error
    }
    assert.equal(await links.find(REF, 'b'), null)
    assert.equal((await links.findByEvents(REF, 'primary', ['event'])).length, 1)
    assert.equal(await links.replace(aLink({ ...SIBLING, eventId: 'event' }), null), true)
  },
  'links of each state are listed when they are asked for, and only then': async ({ storage: { links } }) => {
    await links.replace(aLink({ appointmentId: 'a' }), null)
    await links.replace(aLink({ appointmentId: 'b', eventId: 'event-b', state: 'unconfirmed' }), null)
    await links.replace(aLink({ appointmentId: 'c', eventId: 'event-c', state: 'removed' }), null)
    const idsOf = async (state: EventLink['state']): Promise<string[]> => {
      const page = await links.listByState(REF, { afterAppointmentId: null, limit: 9, state })
      return page.map(({ appointmentId }) => appointmentId)
    }
    assert.deepEqual(await idsOf('live'), ['a'])
    assert.deepEqual(await idsOf('unconfirmed'), ['b'])
    assert.deepEqual(await idsOf('removed'), ['c'])
  },
  'live links come by appointment id, page after page': async ({ storage: { links } }) => {
    for (const appointmentId of ['d', 'b', 'c', 'a']) {
      await links.replace(aLink({ appointmentId, state: appointmentId === 'c' ? 'removed' : 'live' }), null)
    }
    await links.replace(aLink({ ...SIBLING, appointmentId: 'a' }), null)
    const first = await links.listByState(REF, { state: 'live', afterAppointmentId: null, limit: 2 })
    assert.deepEqual(
      first.map((link) => link.appointmentId),
      ['a', 'b'],
    )
    const next = await links.listByState(REF, { state: 'live', afterAppointmentId: 'b', limit: 2 })
    assert.deepEqual(
      next.map((link) => link.appointmentId),
      ['d'],
    )
  },
  'paging gives every live link once, whatever its id is made of': async ({ storage: { links } }) => {
    const ids = ['Z', 'a', 'á', 'ａ', '日', '\u{1F600}', '\uFFFD', UNICODE]
    for (const appointmentId of ids) await links.replace(aLink({ appointmentId }), null)
    const seen: string[] = []
    let after: string | null = null
    for (let page = 0; page <= ids.length; page += 1) {
      const [link] = await links.listByState(REF, { state: 'live', afterAppointmentId: after, limit: 1 })
      if (link === undefined) break
      after = link.appointmentId
      seen.push(after)
    }
    assert.deepEqual(seen.toSorted(), ids.toSorted())
  },
  'removing all is idempotent and leaves the rest alone': async ({ storage: { links } }) => {
    await links.replace(aLink(), null)
    await links.replace(aLink(SIBLING), null)
    await links.replace(aLink(FOREIGN), null)
    await links.removeAll(REF)
    await links.removeAll(REF)
    assert.equal(await links.find(REF, 'appointment-1'), null)
    assert.deepEqual(await links.findByEvents(REF, 'primary', [aLink().eventId]), [])
    assert.notEqual(await links.find(SIBLING, 'appointment-1'), null)
    assert.notEqual(await links.find(FOREIGN, 'appointment-1'), null)
    assert.equal(await links.replace(aLink(), null), true)
  },
  'another tenant finds nothing and changes nothing': async ({ storage: { links } }) => {
    await links.replace(aLink(), null)
    assert.equal(await links.find(FOREIGN, 'appointment-1'), null)
    assert.deepEqual(await links.findByEvents(FOREIGN, 'primary', [aLink().eventId]), [])
    assert.deepEqual(
      await links.listByState(FOREIGN, { state: 'live', afterAppointmentId: null, limit: 9 }),
      [],
    )
    assert.equal(await links.replace(aLink({ ...FOREIGN, version: 2 }), 1), false)
    await links.removeAll(FOREIGN)
    assert.deepEqual(await links.find(REF, 'appointment-1'), aLink())
  },
  'values are copied on the way in and out': async ({ storage: { links } }) => {
    const given = aLink()
    const writing = links.replace(given, null)
    scribble(given)
    await writing
    const got = await links.find(REF, 'appointment-1')
    if (got !== null) scribble(got)
    assert.deepEqual(await links.find(REF, 'appointment-1'), aLink())
  },
}

export const cursorPromises: StoragePromises = {
  'of concurrent advances from one version exactly one wins': async (handles) => {
    assertOneWinner(await race(handles, ({ cursors }) => cursors.advance(aCursor(), null)))
    const results = await race(handles, ({ cursors }, at) =>
      cursors.advance(aCursor({ version: 2, syncToken: `token-${at}` }), 1),
    )
    assertOneWinner(results)
    const stored = await handles.storage.cursors.find(REF, 'primary')
    assert.equal(stored?.syncToken, `token-${results.indexOf(true)}`)
  },
  'an advance from a wrong version changes nothing': async ({ storage: { cursors } }) => {
    assert.equal(await cursors.advance(aCursor({ version: 2 }), 1), false)
    assert.equal(await cursors.find(REF, 'primary'), null)
    await cursors.advance(aCursor(), null)
    assert.equal(await cursors.advance(aCursor({ syncToken: 'x' }), null), false)
    assert.equal(await cursors.advance(aCursor({ syncToken: 'x' }), 9), false)
    assert.deepEqual(await cursors.find(REF, 'primary'), aCursor())
  },
  'a cursor is kept per calendar, with every value and with none': async ({ storage: { cursors } }) => {
    const full = aCursor({ calendarId: UNICODE, syncToken: 'token', pulledAtMs: NOW })
    await cursors.advance(full, null)
    await cursors.advance(aCursor({ sweptAtMs: null }), null)
    assert.deepEqual(await cursors.find(REF, UNICODE), full)
    assert.deepEqual(await cursors.find(REF, 'primary'), aCursor({ sweptAtMs: null }))
  },
  'removing all is idempotent and leaves the rest alone': async ({ storage: { cursors } }) => {
    for (const ref of [REF, SIBLING, FOREIGN]) await cursors.advance(aCursor(ref), null)
    await cursors.removeAll(REF)
    await cursors.removeAll(REF)
    assert.equal(await cursors.find(REF, 'primary'), null)
    assert.notEqual(await cursors.find(SIBLING, 'primary'), null)
    assert.notEqual(await cursors.find(FOREIGN, 'primary'), null)
  },
  'another tenant finds nothing and changes nothing': async ({ storage: { cursors } }) => {
    await cursors.advance(aCursor(), null)
    assert.equal(await cursors.find(FOREIGN, 'primary'), null)
    assert.equal(await cursors.advance(aCursor({ ...FOREIGN, version: 2 }), 1), false)
    await cursors.removeAll(FOREIGN)
    assert.deepEqual(await cursors.find(REF, 'primary'), aCursor())
  },
  'values are copied on the way in and out': async ({ storage: { cursors } }) => {
    const given = aCursor()
    const writing = cursors.advance(given, null)
    scribble(given)
    await writing
    const got = await cursors.find(REF, 'primary')
    if (got !== null) scribble(got)
    assert.deepEqual(await cursors.find(REF, 'primary'), aCursor())
  },
}
