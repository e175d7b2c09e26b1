import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { calendar_v3 } from '@googleapis/calendar'
import { describe, expect, test } from 'vitest'
import { connected, type Connected } from './connected.ts'

const folder = fileURLToPath(new URL('../../../shared/fixtures/google-events/', import.meta.url))
const present = existsSync(folder)
if (!present) console.info('skipped: no ../shared/fixtures, so nothing is compared with recorded answers')

/** The list that a recording holds; some hold the items alone. */
function recorded(name: string): calendar_v3.Schema$Events {
  const content = JSON.parse(readFileSync(`${folder}compass.${name}.json`, 'utf8')) as object
  const [list] = Object.values(content) as (calendar_v3.Schema$Events | calendar_v3.Schema$Event[])[]
  return Array.isArray(list) ? { items: list } : (list ?? {})
}

const CHICAGO = 'America/Chicago'
const DISHES: calendar_v3.Schema$Event = {
  id: '4k3h1bqn0pmn2qmvc7m0b6ip2q',
  summary: '🍽️ Dishes',
  start: { dateTime: '2025-03-24T07:30:00-05:00', timeZone: CHICAGO },
  end: { dateTime: '2025-03-24T08:15:00-05:00', timeZone: CHICAGO },
  recurrence: ['RRULE:FREQ=DAILY'],
}

async function kitchen(): Promise<Connected> {
  return connected({
    clock: { now: () => Date.parse('2025-03-23T10:41:35.252Z') },
    users: [{ email: 'pro@example.com', timeZone: CHICAGO }],
  })
}

const WRITABLE = [
  'summary',
  'description',
  'location',
  'colorId',
  'start',
  'end',
  'recurrence',
  'transparency',
  'extendedProperties',
] as const
/** Members of the recordings that are not sent again, or that no answer of Google’s has. */
const NOT_SENT = new Set(['conferenceData', 'hangoutLink', 'attendees', 'guestsCanModify', 'private'])

/** A time without the offset that the calendar's own zone gives it. */
function moment(time: calendar_v3.Schema$EventDateTime | undefined): unknown {
  return time?.date ? time : { instant: Date.parse(time?.dateTime ?? ''), timeZone: time?.timeZone }
}

/** What a delta carries after a change, as members by item: their names, and what does not depend on the day. */
function shape(list: calendar_v3.Schema$Events): unknown[] {
  return (list.items ?? []).map((item) => ({
    members: Object.keys(item).toSorted(),
    status: item.status,
    recurring: item.recurringEventId !== undefined,
    original: Object.keys(item.originalStartTime ?? {}),
  }))
}

async function deltaAfter(
  change: (run: Connected, id: string) => Promise<unknown> | void,
): Promise<unknown[]> {
  await using run = await kitchen()
  const { id } = await run.insert(DISHES)
  const { nextSyncToken } = await run.list()
  await change(run, id)
  return shape(await run.list({ syncToken: nextSyncToken ?? '' }))
}

describe.skipIf(!present)('as recorded from Google', () => {
  test('1: a deleted series is exactly kind, etag, id and status', async () => {
    const seen = await deltaAfter((run, id) => run.hand.delete(id))
    expect(seen).toEqual(shape(recorded('recurring.delete.all.all-1')))
  })

  test('2: a deleted instance comes with its series, and says where it stood', async () => {
    const seen = await deltaAfter((run, id) => run.hand.delete(`${id}_20250325T123000Z`))
    expect(seen).toEqual(shape(recorded('recurring.delete.single.delete.single')))
  })

  test('an edited instance comes with its series, whole', async () => {
    const seen = await deltaAfter((run, id) => {
      run.hand.patch(`${id}_20250324T123000Z`, {
        summary: 'x',
        start: { dateTime: '2025-03-24T12:30:00-05:00' },
        end: { dateTime: '2025-03-24T13:15:00-05:00' },
      })
    })
    expect(seen).toEqual(shape(recorded('recurring.edit.single.single.instance-1')))
  })

  test('3: “this and following” ends the first series at the end of the day before, in UTC', async () => {
    await using run = await kitchen()
    const { id } = await run.insert(DISHES)
    const [parent, next] = recorded('recurring.edit.this-and-following.this-and-following-1').items ?? []
    await run.api.events.patch({
      calendarId: 'primary',
      eventId: id,
      requestBody: { recurrence: parent?.recurrence ?? [] },
    })
    const lasts = run.hand.instances(id).map(({ originalStartTime }) => originalStartTime)
    expect(lasts.at(-1)).toMatchObject({ dateTime: '2025-03-26T07:30:00-05:00' })
    expect(next?.start?.dateTime).toBe('2025-03-27T07:30:00-05:00')
  })

  test.each(['timed', 'allday', 'recurring.create.create'])(
    '8: an event of the recording “%s” sent again comes back with the same members',
    async (name) => {
      await using run = await kitchen()
      const events = (recorded(name).items ?? []).filter(({ status }) => status === 'confirmed')
      expect(events.length).toBeGreaterThan(0)
      for (const event of events.slice(0, 5)) {
        if (event.recurringEventId) continue
        const sent = Object.fromEntries(WRITABLE.map((member) => [member, event[member]]))
        const stored = await run.insert(JSON.parse(JSON.stringify(sent)) as calendar_v3.Schema$Event)
        const members = Object.keys(event).filter((member) => !NOT_SENT.has(member))
        expect(Object.keys(stored)).toEqual(expect.arrayContaining(members))
        expect([moment(stored.start), moment(stored.end), stored.sequence, stored.reminders]).toEqual([
          moment(event.start),
          moment(event.end),
          0,
          { useDefault: true },
        ])
      }
    },
  )
})

test('4: the etag is twice the modification time in microseconds', async () => {
  await using run = await connected()
  const { etag, updated } = await run.insert()
  expect(Math.floor(Number(etag.replaceAll('"', '')) / 2000)).toBe(Date.parse(updated ?? ''))
})
