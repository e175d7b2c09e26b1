import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { connected } from './connected.ts'

const file = fileURLToPath(new URL('../../../shared/fixtures/calendar.v3.discovery.json', import.meta.url))
const present = existsSync(file)
if (!present)
  console.info('skipped: no ../shared/fixtures, so answers are not checked against Google’s schemas')

interface Discovery {
  readonly schemas: Readonly<Record<string, { readonly properties: Readonly<Record<string, unknown>> }>>
}

function membersOf(schema: string): Set<string> {
  const { schemas } = JSON.parse(readFileSync(file, 'utf8')) as Discovery
  return new Set(Object.keys(schemas[schema]?.properties ?? {}))
}

function strays(value: object | undefined, schema: string): string[] {
  const members = membersOf(schema)
  return Object.keys(value ?? {}).filter((name) => !members.has(name))
}

test.skipIf(!present)('answers have no member that Google’s schemas do not know', async () => {
  await using run = await connected()
  const event = await run.insert({
    description: 'x',
    location: 'y',
    colorId: '1',
    transparency: 'transparent',
    visibility: 'private',
    recurrence: ['RRULE:FREQ=DAILY;COUNT=2'],
    attendees: [{ email: 'a@example.com', displayName: 'A' }, { email: 'pro@example.com' }],
    extendedProperties: { private: { a: '1' }, shared: { b: '2' } },
    reminders: { useDefault: false, overrides: [{ method: 'popup', minutes: 15 }] },
    source: { title: 'Site', url: 'https://example.com' },
    guestsCanModify: true,
  })
  expect(strays(event, 'Event')).toEqual([])
  expect(event.attendees?.flatMap((attendee) => strays(attendee, 'EventAttendee'))).toEqual([])
  expect(strays(event.start, 'EventDateTime')).toEqual([])
  expect(strays(await run.list(), 'Events')).toEqual([])
  const { data: list } = await run.api.calendarList.list()
  expect(strays(list, 'CalendarList')).toEqual([])
  expect(list.items?.flatMap((entry) => strays(entry, 'CalendarListEntry'))).toEqual([])
  const { data: calendar } = await run.api.calendars.get({ calendarId: 'primary' })
  expect(strays(calendar, 'Calendar')).toEqual([])
  const { data: colors } = await run.api.colors.get()
  expect(strays(colors, 'Colors')).toEqual([])
})
