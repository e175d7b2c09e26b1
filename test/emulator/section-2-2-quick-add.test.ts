import type { calendar_v3 } from '@googleapis/calendar'
import { expect, test } from 'vitest'
import { connected } from './connected.ts'
import { refused } from './official-client.ts'

/** What a text becomes; the clock stands at Sunday 2026-03-01, 09:00 in São Paulo. */
async function quickAdd(text: string): Promise<calendar_v3.Schema$Event> {
  await using run = await connected()
  return (await run.api.events.quickAdd({ calendarId: 'primary', text })).data
}

test.each([
  ['Corte tomorrow at 10', 'Corte', '2026-03-02T10:00:00-03:00', '2026-03-02T11:00:00-03:00'],
  ['Barba on 2026-03-10 15:30', 'Barba', '2026-03-10T15:30:00-03:00', '2026-03-10T16:30:00-03:00'],
  ['Corte Tuesday 3pm-4:30pm', 'Corte', '2026-03-03T15:00:00-03:00', '2026-03-03T16:30:00-03:00'],
  ['Plantão today from 11pm to 1am', 'Plantão', '2026-03-01T23:00:00-03:00', '2026-03-02T01:00:00-03:00'],
  ['Mesa 12', 'Mesa 12', '2026-03-01T09:00:00-03:00', '2026-03-01T10:00:00-03:00'],
])('quickAdd reads “%s”', async (text, summary, start, end) => {
  const event = await quickAdd(text)
  expect([event.summary, event.start?.dateTime, event.end?.dateTime]).toEqual([summary, start, end])
})

test('a day without a time is an all-day event', async () => {
  const { summary, start, end } = await quickAdd('Feriado on 2026-09-07')
  expect([summary, start, end]).toEqual(['Feriado', { date: '2026-09-07' }, { date: '2026-09-08' }])
})

test('a text with a day that does not exist is still an event', async () => {
  expect(await quickAdd('Corte 2026-02-31')).toMatchObject({ summary: 'Corte 2026-02-31' })
})

test('an empty text is 400', async () => {
  expect(await refused(quickAdd(' '))).toMatchObject({ status: 400, reason: 'required' })
})
