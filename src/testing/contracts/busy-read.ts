import assert from 'node:assert/strict'
import type { BusyReading, BusyStore } from 'appointment-sync/ports'
import { MAX_BUSY_BLOCK_MS } from 'appointment-sync/ports'
import type { StoragePromises } from './contract-case.ts'
import { aBlock, aBusyCalendar, anIntegration, FOREIGN, NOW, REF, SIBLING } from './records.ts'

const HOUR = 3_600_000

const question = { tenantId: REF.tenantId, userIds: [REF.userId], fromMs: NOW, toMs: NOW + HOUR }

async function idsBetween(busy: BusyStore, fromMs: number, toMs: number): Promise<string[]> {
  const [reading] = await busy.read({ ...question, fromMs, toMs })
  return (reading?.blocks ?? []).map(({ eventId }) => eventId)
}

function ascending(readings: readonly BusyReading[]): BusyReading[] {
  return readings.toSorted((a, b) => (a.integration.userId < b.integration.userId ? -1 : 1))
}

export const busyReadPromises: StoragePromises = {
  'a range is half-open, and an event without length is at its instant': async ({ storage }) => {
    const { busy, integrations } = storage
    await integrations.insert(anIntegration())
    const at = (eventId: string, from: number, to: number): ReturnType<typeof aBlock> =>
      aBlock({ eventId, startMs: NOW + from, endMs: NOW + to })
    const blocks = [
      at('ends-at-from', -HOUR, 0),
      at('reaches-in', -HOUR, 1),
      at('inside', 1, 2),
      at('around', -HOUR, 2 * HOUR),
      at('starts-last', HOUR - 1, 2 * HOUR),
      at('starts-at-to', HOUR, 2 * HOUR),
      at('instant-at-from', 0, 0),
      at('instant-at-to', HOUR, HOUR),
      at('instant-before', -1, -1),
    ]
    await busy.replaceEvents(REF, 'primary', { eventIds: [], blocks, generation: 'g' })
    const found = await idsBetween(busy, NOW, NOW + HOUR)
    assert.deepEqual(found.toSorted(), ['around', 'inside', 'instant-at-from', 'reaches-in', 'starts-last'])
  },
  'a block of the longest kind that only just reaches in is found': async ({ storage }) => {
    const { busy, integrations } = storage
    await integrations.insert(anIntegration())
    const longest = aBlock({ startMs: NOW, endMs: NOW + MAX_BUSY_BLOCK_MS })
    await busy.replaceEvents(REF, 'primary', { eventIds: [], blocks: [longest], generation: 'g' })
    assert.deepEqual(await idsBetween(busy, longest.endMs - 1, longest.endMs), ['event-1'])
    assert.deepEqual(await idsBetween(busy, longest.endMs, longest.endMs + 1), [])
  },
  'an integration comes with its calendars by id, and all of their blocks by start': async ({ storage }) => {
    const { busy, integrations } = storage
    await integrations.insert(anIntegration())
    for (const [at, calendarId] of ['b', 'a'].entries()) {
      await busy.saveCalendar(aBusyCalendar({ calendarId, syncToken: null, withTitles: at === 0 }))
      const blocks = [aBlock({ eventId: `e-${calendarId}`, startMs: NOW + 60_000 - at })]
      await busy.replaceEvents(REF, calendarId, { eventIds: [], blocks, generation: 'g' })
    }
    const [reading, ...others] = await busy.read(question)
    assert.deepEqual(others, [])
    assert.deepEqual(reading?.integration, anIntegration())
    assert.deepEqual(reading.calendars, [
      aBusyCalendar({ calendarId: 'a', syncToken: null, withTitles: false }),
      aBusyCalendar({ calendarId: 'b', syncToken: null, withTitles: true }),
    ])
    assert.deepEqual(
      reading.blocks.map(({ eventId }) => eventId),
      ['e-a', 'e-b'],
    )
  },
  'each of several users has their own, and one without an integration is left out': async ({ storage }) => {
    const { busy, integrations } = storage
    await integrations.insert(anIntegration())
    await integrations.insert(anIntegration({ id: SIBLING.integrationId, userId: SIBLING.userId }))
    for (const ref of [REF, SIBLING]) {
      await busy.saveCalendar(aBusyCalendar(ref))
      const blocks = [aBlock({ eventId: `of-${ref.userId}` })]
      await busy.replaceEvents(ref, 'primary', { eventIds: [], blocks, generation: 'g' })
    }
    const userIds = [SIBLING.userId, 'nobody', REF.userId, REF.userId]
    const readings = ascending(await busy.read({ ...question, userIds }))
    assert.deepEqual(
      readings.map(({ integration: { userId }, blocks }) => [userId, blocks.map(({ eventId }) => eventId)]),
      [
        ['user-1', ['of-user-1']],
        ['user-2', ['of-user-2']],
      ],
    )
    assert.deepEqual(await busy.read({ ...question, userIds: [] }), [])
  },
  'an integration of which nothing is known comes without calendars': async ({ storage }) => {
    await storage.integrations.insert(anIntegration())
    const [reading] = await storage.busy.read(question)
    assert.deepEqual(reading, { integration: anIntegration(), calendars: [], blocks: [] })
  },
  'another tenant is shown nothing, whatever user it names': async ({ storage }) => {
    const { busy, integrations } = storage
    await integrations.insert(anIntegration())
    await busy.saveCalendar(aBusyCalendar())
    await busy.replaceEvents(REF, 'primary', { eventIds: [], blocks: [aBlock()], generation: 'g' })
    assert.deepEqual(await busy.read({ ...question, tenantId: FOREIGN.tenantId }), [])
    await integrations.insert(anIntegration({ id: 'integration-f', tenantId: FOREIGN.tenantId }))
    const [foreign] = await busy.read({ ...question, tenantId: FOREIGN.tenantId })
    assert.deepEqual([foreign?.calendars, foreign?.blocks], [[], []])
  },
}
