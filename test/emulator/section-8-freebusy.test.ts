import { describe, expect, test } from 'vitest'
import { connected } from './connected.ts'
import { refused } from './official-client.ts'

const march10 = { timeMin: '2026-03-10T00:00:00Z', timeMax: '2026-03-11T00:00:00Z' }
const range = (from: string, to: string) => ({
  start: { dateTime: `2026-03-10T${from}:00Z` },
  end: { dateTime: `2026-03-10T${to}:00Z` },
})

describe('freebusy.query', () => {
  test('busy times are merged and sorted; transparent, cancelled and declined events do not count', async () => {
    await using run = await connected()
    await run.insert(range('15:00', '16:00'))
    await run.insert(range('10:00', '11:00'))
    await run.insert(range('10:30', '12:00'))
    await run.insert(range('12:00', '12:30'))
    await run.insert({ ...range('18:00', '19:00'), transparency: 'transparent' })
    run.hand.delete((await run.insert(range('20:00', '21:00'))).id)
    const declined = [{ email: 'pro@example.com', responseStatus: 'declined' }]
    await run.insert({ ...range('22:00', '23:00'), attendees: declined })
    const { data } = await run.api.freebusy.query({ requestBody: { ...march10, items: [{ id: 'primary' }] } })
    expect(data).toEqual({
      kind: 'calendar#freeBusy',
      timeMin: '2026-03-10T00:00:00.000Z',
      timeMax: '2026-03-11T00:00:00.000Z',
      calendars: {
        primary: {
          busy: [
            { start: '2026-03-10T10:00:00Z', end: '2026-03-10T12:30:00Z' },
            { start: '2026-03-10T15:00:00Z', end: '2026-03-10T16:00:00Z' },
          ],
        },
      },
    })
  })

  test('an all-day event is busy in the calendar’s zone, cut to the window asked', async () => {
    await using run = await connected()
    await run.insert({ start: { date: '2026-03-10' }, end: { date: '2026-03-11' } })
    const requestBody = { ...march10, timeZone: 'America/Sao_Paulo', items: [{ id: 'pro@example.com' }] }
    const { data } = await run.api.freebusy.query({ requestBody })
    expect(data.calendars?.['pro@example.com']?.busy).toEqual([
      { start: '2026-03-10T00:00:00-03:00', end: '2026-03-10T21:00:00-03:00' },
    ])
  })

  test('an unknown calendar is an error entry inside HTTP 200', async () => {
    await using run = await connected()
    const items = [{ id: 'primary' }, { id: 'nobody@example.com' }]
    const { status, data } = await run.api.freebusy.query({ requestBody: { ...march10, items } })
    expect(status).toBe(200)
    expect(data.calendars?.['nobody@example.com']?.errors).toEqual([{ domain: 'global', reason: 'notFound' }])
    expect(data.calendars?.primary).toEqual({ busy: [] })
  })

  test.each([
    ['no range', {}, 'required'],
    ['a range without length', { timeMin: march10.timeMin, timeMax: march10.timeMin }, 'timeRangeEmpty'],
    ['half a year', { timeMin: march10.timeMin, timeMax: '2026-09-10T00:00:00Z' }, 'timeRangeTooLong'],
  ])('%s is 400', async (_name, requestBody, reason) => {
    await using run = await connected()
    expect(await refused(run.api.freebusy.query({ requestBody }))).toMatchObject({ status: 400, reason })
  })
})
