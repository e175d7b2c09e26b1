import type { calendar_v3 } from '@googleapis/calendar'
import { describe, expect, test } from 'vitest'
import { connected } from './connected.ts'
import { refused, timed } from './official-client.ts'

const properties = (count: number, value: string): calendar_v3.Schema$Event => ({
  extendedProperties: {
    private: Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, value])),
  },
})

describe('extended properties', () => {
  test('300 are kept, one more is 400', async () => {
    await using run = await connected()
    await run.insert(properties(300, 'x'))
    expect(await refused(run.insert(properties(301, 'x')))).toMatchObject({ status: 400, reason: 'invalid' })
  })

  test('32 kB are kept, more is 400', async () => {
    await using run = await connected()
    await run.insert(properties(31, 'x'.repeat(1024)))
    expect(await refused(run.insert(properties(32, 'x'.repeat(1024))))).toMatchObject({ status: 400 })
  })
})

test('more than 25 attachments are 400', async () => {
  await using run = await connected()
  const insert = (count: number): Promise<unknown> =>
    run.api.events.insert({
      calendarId: 'primary',
      supportsAttachments: true,
      requestBody: timed({
        attachments: Array.from({ length: count }, (_, index) => ({
          fileUrl: `https://example.com/${index}`,
        })),
      }),
    })
  await insert(25)
  expect(await refused(insert(26))).toMatchObject({ status: 400, reason: 'invalid' })
})

describe('an event label', () => {
  const write = { calendarId: 'primary', eventLabelVersion: 1 }

  test('is written only with eventLabelVersion=1, and kept by other writes', async () => {
    await using run = await connected()
    const ignored = await run.insert({ eventLabelId: 'l1' })
    expect(ignored.eventLabelId).toBeUndefined()
    const { data } = await run.api.events.insert({ ...write, requestBody: timed({ eventLabelId: 'l1' }) })
    const eventId = data.id ?? ''
    const { data: patched } = await run.api.events.patch({
      calendarId: 'primary',
      eventId,
      requestBody: { summary: 'x', eventLabelId: 'l2' },
    })
    expect(patched.eventLabelId).toBe('l1')
  })

  test('goes when it is empty, or absent from a replacement', async () => {
    await using run = await connected()
    const { data } = await run.api.events.insert({ ...write, requestBody: timed({ eventLabelId: 'l1' }) })
    const eventId = data.id ?? ''
    const { data: emptied } = await run.api.events.patch({
      ...write,
      eventId,
      requestBody: { eventLabelId: '' },
    })
    expect(emptied.eventLabelId).toBeUndefined()
    await run.api.events.patch({ ...write, eventId, requestBody: { eventLabelId: 'l2' } })
    const { data: replaced } = await run.api.events.update({ ...write, eventId, requestBody: timed() })
    expect(replaced.eventLabelId).toBeUndefined()
  })
})

describe('freebusy.query', () => {
  const query = (
    run: Awaited<ReturnType<typeof connected>>,
    body: calendar_v3.Schema$FreeBusyRequest,
  ): Promise<{ data: calendar_v3.Schema$FreeBusyResponse }> =>
    run.api.freebusy.query({
      requestBody: { timeMin: '2026-03-01T00:00:00Z', timeMax: '2026-03-02T00:00:00Z', ...body },
    })

  test('calendars beyond the limit are errors of their own, not free', async () => {
    await using run = await connected()
    const items = [
      { id: 'primary' },
      ...Array.from({ length: 50 }, (_, index) => ({ id: `c${index}@example.com` })),
    ]
    const { data } = await query(run, { items })
    expect(data.calendars?.['c48@example.com']?.errors).toEqual([{ domain: 'global', reason: 'notFound' }])
    expect(data.calendars?.['c49@example.com']?.errors).toEqual([
      { domain: 'calendar', reason: 'tooManyCalendarsRequested' },
    ])
    const { data: fewer } = await query(run, { items: items.slice(0, 2), calendarExpansionMax: 1 })
    expect(fewer.calendars?.['c0@example.com']?.errors?.[0]?.reason).toBe('tooManyCalendarsRequested')
  })

  test('a limit above Google’s is 400', async () => {
    await using run = await connected()
    expect(await refused(query(run, { items: [], calendarExpansionMax: 51 }))).toMatchObject({ status: 400 })
    expect(await refused(query(run, { items: [], groupExpansionMax: 101 }))).toMatchObject({ status: 400 })
  })
})
