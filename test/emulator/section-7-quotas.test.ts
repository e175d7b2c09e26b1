import { expect, test } from 'vitest'
import { connected } from './connected.ts'
import { timed } from './official-client.ts'

test('each request is logged with its method, status and cost: patch 3, other calls 1, OAuth 0', async () => {
  await using run = await connected()
  const at = { calendarId: 'primary' }
  const { id } = await run.insert()
  await run.list()
  await run.api.events.get({ ...at, eventId: id })
  await run.api.events.patch({ ...at, eventId: id, requestBody: { summary: 'x' } })
  await run.api.events.update({ ...at, eventId: id, requestBody: timed() })
  await run.api.events.delete({ ...at, eventId: id })
  await run.oauth.refreshAccessToken()
  expect(run.google.requests.map((call) => [call.calendarMethod, call.status, call.units])).toEqual([
    ['calendar.events.insert', 200, 1],
    ['calendar.events.list', 200, 1],
    ['calendar.events.get', 200, 1],
    ['calendar.events.patch', 200, 3],
    ['calendar.events.update', 200, 1],
    ['calendar.events.delete', 204, 1],
    ['oauth.token', 200, 0],
  ])
})

test('an entry holds path, query, time, headers and body, without the token', async () => {
  await using run = await connected()
  await run.list({ maxResults: 5, privateExtendedProperty: ['a=1', 'b=2'] })
  await run.insert({ summary: 'Corte' })
  const [list, insert] = run.google.requests
  expect(list).toMatchObject({
    method: 'GET',
    path: '/calendar/v3/calendars/primary/events',
    query: { maxResults: '5', privateExtendedProperty: 'a=1,b=2' },
    at: run.google.now(),
    requestHeaders: { authorization: '[redacted]' },
  })
  expect(insert?.requestBody).toMatchObject({ summary: 'Corte' })
  run.google.requests.length = 0
  await run.list()
  expect(run.google.requests).toHaveLength(1)
})
