import { describe, expect, test } from 'vitest'
import {
  createGoogleEmulator,
  type CalendarHand,
  type GoogleEmulator,
} from 'appointment-sync/testing/emulator'
import { standingClock, timed } from './official-client.ts'

const OWNER = 'pro@example.com'

interface Site {
  readonly google: GoogleEmulator
  readonly calendar: CalendarHand
  get(path: string): Promise<{ status: number; html: string; headers: Headers }>
  act(action: string, fields: Readonly<Record<string, string>>): Promise<{ status: number; html: string }>
}

/** An emulator and its pages, used as a browser uses them. */
async function site(): Promise<Site> {
  const google = await createGoogleEmulator({
    clock: standingClock(),
    users: [{ email: OWNER }, { email: 'ana@example.com', timeZone: 'Europe/Lisbon' }],
  })
  return {
    google,
    calendar: google.user(OWNER).calendar(),
    async get(path) {
      const answer = await google.fetch(google.url + path)
      return { status: answer.status, html: await answer.text(), headers: answer.headers }
    },
    async act(action, fields) {
      const body = new URLSearchParams({ email: OWNER, calendar: OWNER, ...fields })
      const answer = await google.fetch(`${google.url}/ui/${action}`, {
        method: 'POST',
        body,
        redirect: 'manual',
      })
      return { status: answer.status, html: await answer.text() }
    },
  }
}

/** What the form of a page holds, as the browser would send it. */
function fieldsOf(html: string, action: string): Record<string, string> {
  const form = html.split('<form ').find((part) => part.includes(`action="${action}"`)) ?? ''
  const inside = form.slice(0, form.indexOf('</form>'))
  const fields: Record<string, string> = {}
  const plain = (text: string): string =>
    text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&')
  for (const [tag, name = ''] of inside.matchAll(/<input[^>]* name="(\w+)"[^>]*>/g)) {
    const ticked = !tag.includes('type="checkbox"') || tag.includes(' checked')
    if (ticked) fields[name] = plain(/ value="([^"]*)"/.exec(tag)?.[1] ?? '')
  }
  for (const [, name = '', text = ''] of inside.matchAll(/<textarea name="(\w+)"[^>]*>([^<]*)</g)) {
    fields[name] = plain(text)
  }
  for (const [, name = '', list = ''] of inside.matchAll(/<select name="(\w+)">(.*?)<\/select>/g)) {
    fields[name] = / value="([^"]*)" selected/.exec(list)?.[1] ?? / value="([^"]*)"/.exec(list)?.[1] ?? ''
  }
  return fields
}

function eventPath(id: string, calendar = OWNER): string {
  return `/ui/event?${new URLSearchParams({ email: OWNER, calendar, id }).toString()}`
}

const TIMED = { start: '2026-03-10T10:00', end: '2026-03-10T11:00' }

describe('the page of calendars', () => {
  test('shows each account’s calendars with their events in the order of their dates', async () => {
    const { google, calendar, get } = await site()
    const at = (day: string, summary: string) => ({
      summary,
      start: { date: day },
      end: { date: '2026-12-31' },
    })
    for (const event of [at('2026-03-05', 'third'), at('2026-03-01', 'first'), at('2026-03-03', 'second')]) {
      calendar.insert(event)
    }
    google
      .user('ana@example.com')
      .calendar()
      .insert(timed({ summary: 'hers' }))
    const { html } = await get('/')
    const order = [...html.matchAll(/<td>(first|second|third|hers)</g)].map(([, title]) => title)
    expect(order).toEqual(['first', 'second', 'third', 'hers'])
    expect(html).toContain('<h2>pro@example.com</h2>')
    // The calendar's own zone: 10:00 in São Paulo is 13:00 in Lisbon.
    expect(html).toContain('2026-03-10 13:00 – 14:00')
  })

  test('shows guests with their answers, place, description, and deleted events not at all', async () => {
    const { calendar, get } = await site()
    calendar.insert(
      timed({ location: 'Room 2', description: 'bring it', attendees: [{ email: 'joao@example.com' }] }),
    )
    const { id } = calendar.insert(timed({ summary: 'gone' }))
    calendar.delete(id)
    const { html } = await get('/')
    for (const words of ['Room 2', 'bring it', 'joao@example.com (needsAction)'])
      expect(html).toContain(words)
    expect(html).not.toContain('gone')
  })

  test('shows the instances of a series near today, and others for chosen dates', async () => {
    const { calendar, get } = await site()
    calendar.insert(timed({ recurrence: ['RRULE:FREQ=MONTHLY'] }))
    const near = (await get('/')).html
    expect(near).toContain('2026-03-10 10:00')
    expect(near).toContain('2026-08-10 10:00')
    expect(near).not.toContain('2027-03-10')
    const later = (await get('/?from=2027-03-01&to=2027-03-10')).html
    expect(later).toContain('2027-03-10 10:00')
    expect(later).not.toContain('2026-03-10')
    expect(later).not.toContain('2027-04-10')
  })

  test('shows what reaches into the chosen dates, first and last day included', async () => {
    const { calendar, get } = await site()
    for (const day of [9, 10, 12, 13]) {
      const two = (value: number): string => String(value).padStart(2, '0')
      const [start, end] = [`2026-03-${two(day)}`, `2026-03-${two(day + 1)}`]
      calendar.insert({ summary: `day ${day}`, start: { date: start }, end: { date: end } })
    }
    calendar.insert({ summary: 'all along', start: { date: '2026-03-01' }, end: { date: '2026-04-01' } })
    const { html } = await get('/?from=2026-03-10&to=2026-03-12')
    const shown = [...html.matchAll(/<td>(day \d+|all along)</g)].map(([, title]) => title)
    expect(shown).toEqual(['all along', 'day 10', 'day 12'])
  })

  test('offers no forms in a calendar the account may only read', async () => {
    const { google, get } = await site()
    const salon = google.user('ana@example.com').addCalendar({ summary: 'Salon' })
    google.user('ana@example.com').calendar(salon).insert(timed())
    google.user(OWNER).addCalendar({ id: salon, summary: 'Salon', accessRole: 'reader' })
    const own = (await get('/')).html.split('<h2>')[1] ?? ''
    expect(own).toContain('Read only')
    expect(own).not.toContain('Add an event to Salon')
  })

  test('runs no script but its own and cannot be framed', async () => {
    const { get } = await site()
    const { headers, html } = await get('/')
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toContain("script-src 'self'")
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe')
    expect(html).not.toMatch(/<script>|<style>| style=| on\w+=/)
    for (const [path, type] of [
      ['/ui/page.js', 'text/javascript'],
      ['/ui/page.css', 'text/css'],
    ] as const) {
      expect((await get(path)).headers.get('content-type')).toContain(type)
    }
  })

  test('escapes what events and accounts say', async () => {
    const { calendar, get } = await site()
    const evil = '"><img src=x onerror=alert(1)>'
    const { id } = calendar.insert(
      timed({ summary: evil, location: evil, description: evil, recurrence: ['RRULE:FREQ=DAILY;COUNT=1'] }),
    )
    for (const path of ['/', eventPath(id), `/?from=${encodeURIComponent(evil)}`]) {
      expect((await get(path)).html).not.toContain('<img')
    }
  })

  test('is no part of the log of requests', async () => {
    const { google, get } = await site()
    await get('/')
    await get('/ui/requests')
    expect(google.requests).toEqual([])
  })
})

describe('the forms', () => {
  test('add a timed event, in the zone that was typed', async () => {
    const { calendar, act } = await site()
    const fields = {
      ...TIMED,
      summary: 'Corte',
      timeZone: 'Europe/Lisbon',
      location: 'Room',
      description: 'a\r\nb',
    }
    expect((await act('add', fields)).status).toBe(303)
    expect(calendar.events()).toMatchObject([
      {
        summary: 'Corte',
        location: 'Room',
        description: 'a\nb',
        start: { dateTime: '2026-03-10T07:00:00-03:00', timeZone: 'Europe/Lisbon' },
      },
    ])
  })

  test('add an all-day event whose last day counts', async () => {
    const { calendar, get, act } = await site()
    await act('add', { ...TIMED, end: '2026-03-11T00:00', allDay: 'on', summary: 'Fair' })
    expect(calendar.events()).toMatchObject([{ start: { date: '2026-03-10' }, end: { date: '2026-03-12' } }])
    expect((await get('/')).html).toContain('2026-03-10 to 2026-03-11, all day')
  })

  test('add guests and recurrence', async () => {
    const { calendar, act } = await site()
    const recurrence = 'RRULE:FREQ=DAILY;COUNT=3\r\n\r\nEXDATE;TZID=America/Sao_Paulo:20260311T100000'
    await act('add', { ...TIMED, guests: 'Ana@example.com, joao@example.com; ana@example.com', recurrence })
    expect(calendar.events()).toMatchObject([
      {
        attendees: [{ email: 'ana@example.com' }, { email: 'joao@example.com' }],
        recurrence: ['RRULE:FREQ=DAILY;COUNT=3', 'EXDATE;TZID=America/Sao_Paulo:20260311T100000'],
      },
    ])
  })

  test('saving an untouched form changes nothing of the event', async () => {
    const { calendar, get, act } = await site()
    const bodies = [
      timed({ attendees: [{ email: OWNER, responseStatus: 'accepted' }], description: 'x\ny "z" & <b>' }),
      { summary: 'Holiday', start: { date: '2026-03-10' }, end: { date: '2026-03-12' } },
      timed({ recurrence: ['RRULE:FREQ=WEEKLY;COUNT=2'] }),
      timed({ start: { dateTime: '2026-03-10T10:00:30Z' }, end: { dateTime: '2026-03-10T11:00:30Z' } }),
    ]
    for (const body of bodies) {
      const { etag: _before, updated: _then, ...event } = calendar.insert(body)
      const fields = fieldsOf((await get(eventPath(event.id))).html, '/ui/save')
      expect((await act('save', fields)).status).toBe(303)
      expect(calendar.get(event.id)).toMatchObject(event)
    }
  })

  test('edit title, place, description, status and guests, keeping the answers of guests who stay', async () => {
    const { calendar, get, act } = await site()
    const attendees = [{ email: 'ana@example.com', responseStatus: 'accepted' }, { email: 'old@example.com' }]
    const { id, start } = calendar.insert(timed({ attendees }))
    const fields = fieldsOf((await get(eventPath(id))).html, '/ui/save')
    expect(fields).toMatchObject({ summary: 'Corte de Cabelo', start: '2026-03-10T10:00', id })
    const typed = { summary: 'Barba', location: 'Room 1', description: 'new', status: 'tentative' }
    await act('save', { ...fields, ...typed, guests: 'ana@example.com new@example.com' })
    expect(calendar.get(id)).toMatchObject({
      ...typed,
      start,
      attendees: [{ email: 'ana@example.com', responseStatus: 'accepted' }, { email: 'new@example.com' }],
    })
    await act('save', { ...fields, recurrence: 'RRULE:FREQ=DAILY;COUNT=2' })
    const series = fieldsOf((await get(eventPath(id))).html, '/ui/save')
    expect(series['recurrence']).toBe('RRULE:FREQ=DAILY;COUNT=2')
    await act('save', { ...series, recurrence: '' })
    expect(calendar.get(id).recurrence).toBeUndefined()
  })

  test('move an event to another time, and between all-day and timed', async () => {
    const { calendar, get, act } = await site()
    const { id } = calendar.insert(timed())
    const fields = fieldsOf((await get(eventPath(id))).html, '/ui/save')
    await act('save', { ...fields, allDay: 'on' })
    expect(calendar.get(id)).toMatchObject({ start: { date: '2026-03-10' }, end: { date: '2026-03-11' } })
    await act('save', { ...fields, start: '2026-03-12T09:00', end: '2026-03-12T09:30' })
    expect(calendar.get(id).start).toMatchObject({ dateTime: '2026-03-12T09:00:00-03:00' })
    await act('save', { ...fields, allDay: 'on' })
    const { allDay, ...untick } = fieldsOf((await get(eventPath(id))).html, '/ui/save')
    expect(allDay).toBe('on')
    await act('save', { ...untick, end: '2026-03-10T01:00' })
    expect(calendar.get(id).start).toMatchObject({ dateTime: '2026-03-10T00:00:00-03:00' })
  })

  test('move an event to another calendar', async () => {
    const { google, calendar, get, act } = await site()
    const salon = google.user(OWNER).addCalendar({ summary: 'Salon' })
    const { id } = calendar.insert(timed())
    const fields = fieldsOf((await get(eventPath(id))).html, '/ui/transfer')
    expect(fields['destination']).toBe(salon)
    expect((await act('transfer', fields)).status).toBe(303)
    expect(google.user(OWNER).calendar(salon).events()).toHaveLength(1)
    expect(calendar.events()).toEqual([])
  })

  test('answer an invitation', async () => {
    const { calendar, get, act } = await site()
    const { id } = calendar.insert(timed({ attendees: [{ email: OWNER }, { email: 'ana@example.com' }] }))
    const fields = fieldsOf((await get(eventPath(id))).html, '/ui/respond')
    expect((await act('respond', { ...fields, response: 'declined' })).status).toBe(303)
    expect(calendar.get(id).attendees).toMatchObject([
      { responseStatus: 'declined' },
      { responseStatus: 'needsAction' },
    ])
    expect((await act('respond', { ...fields, response: 'perhaps' })).status).toBe(400)
    const alone = calendar.insert(timed())
    expect((await get(eventPath(alone.id))).html).not.toContain('/ui/respond')
  })

  test('of a series: change one, delete one, delete all', async () => {
    const { calendar, get, act } = await site()
    const { id: master } = calendar.insert(timed({ recurrence: ['RRULE:FREQ=DAILY;COUNT=3'] }))
    const ids = calendar.instances(master).map(({ id }) => id)
    const page = (await get(eventPath(ids[1] ?? ''))).html
    expect(page).toContain('Edit the whole series')
    await act('save', { ...fieldsOf(page, '/ui/save'), summary: 'changed' })
    expect(calendar.instances(master).map(({ summary }) => summary)).toEqual([
      'Corte de Cabelo',
      'changed',
      'Corte de Cabelo',
    ])
    await act('delete', { id: ids[0] ?? '' })
    expect(calendar.instances(master)).toHaveLength(2)
    expect((await get('/')).html.match(/Delete the series</g)).toHaveLength(2)
    await act('delete', { id: master })
    expect((await get('/')).html).not.toContain('changed')
  })

  test('keep what was typed when Google refuses, and say why', async () => {
    const { calendar, get, act } = await site()
    const { id } = calendar.insert(timed())
    const fields = fieldsOf((await get(eventPath(id))).html, '/ui/save')
    const refused = await act('save', { ...fields, summary: 'kept', end: '2026-03-09T11:00' })
    expect(refused.status).toBe(400)
    expect(refused.html).toContain('role="alert"')
    expect(refused.html).toContain('Google refuses: The specified time range is empty.')
    expect(fieldsOf(refused.html, '/ui/save')).toMatchObject({ summary: 'kept', end: '2026-03-09T11:00' })
    expect(calendar.get(id).summary).toBe('Corte de Cabelo')
  })

  test.each([
    ['save', { id: 'neverwas' }, 400],
    ['save', { email: 'who@example.com' }, 400],
    ['delete', { calendar: 'nowhere', id: 'x' }, 400],
    ['add', { summary: 'no times' }, 400],
    ['add', { start: '2026-99-99T10:00', end: 'x', allDay: 'on' }, 400],
    ['explode', {}, 404],
  ])('refuse %s with %j by %s', async (action, fields, status) => {
    const { act } = await site()
    expect((await act(action, fields)).status).toBe(status)
  })

  test.each([
    ['add', { 'sec-fetch-site': 'cross-site' }],
    ['delete', { origin: 'https://evil.example' }],
    ['requests/clear', { 'sec-fetch-site': 'same-site' }],
  ])('%s is refused when another site sends it', async (action, headers) => {
    const { google } = await site()
    const init = { method: 'POST', headers: headers as Record<string, string> }
    expect((await google.fetch(`${google.url}/ui/${action}`, init)).status).toBe(403)
  })

  test('are reached by POST alone, and pages by GET alone', async () => {
    const { google, get } = await site()
    expect((await get('/ui/delete')).status).toBe(405)
    expect((await google.fetch(google.url, { method: 'POST' })).status).toBe(405)
    expect((await google.fetch(`${google.url}/ui/requests`, { method: 'PUT' })).status).toBe(405)
  })

  test('an event that is not there is told, with the calendars', async () => {
    const { get } = await site()
    const { status, html } = await get(eventPath('neverwas'))
    expect(status).toBe(404)
    expect(html).toContain('Google refuses: Not Found')
    expect(html).toContain('<h2>pro@example.com</h2>')
  })
})
