import { describe, expect, it } from 'vitest'
import { createAppointmentSync, type CalendarSummary } from 'appointment-sync'
import { ACCOUNT, type Clinic, openClinic, OTHER_ACCOUNT, owner } from './clinic.ts'
import { grantAll, scope, user } from './own-calendar-clinic.ts'

const group = (name: string): string => `${name}@group.calendar.google.com`

const ids = (calendars: readonly CalendarSummary[]): string[] => calendars.map(({ id }) => id)

/** The account's calendar list as somebody on the way to Google makes it. */
function withListEdited(
  clinic: Clinic,
  edit: (body: { items?: unknown[]; nextPageToken?: string }) => unknown,
): ReturnType<typeof createAppointmentSync> {
  return createAppointmentSync({
    ...clinic.options,
    google: {
      ...clinic.options.google,
      fetch: async (input, init) => {
        const answer = await clinic.google.fetch(input, init)
        const url = String(input instanceof Request ? input.url : input)
        if (!url.includes('/users/me/calendarList')) return answer
        const body = (await answer.json()) as { items?: unknown[] }
        return Response.json(edit(body), { status: answer.status })
      },
    },
  })
}

describe('the calendar picker', () => {
  it('shows the main calendar first, then own ones, then shared ones, by title as people read it', async () => {
    await using clinic = await openClinic({ settings: { locale: 'pt-BR' } })
    const me = user(clinic)
    me.addCalendar({ id: group('z'), summary: 'Zumba' })
    me.addCalendar({ id: group('a2'), summary: 'Água 10' })
    me.addCalendar({ id: group('a1'), summary: 'agua 9' })
    me.addCalendar({ id: group('s'), summary: 'Alheia', accessRole: 'writer' })
    me.addCalendar({ id: group('r'), summary: 'Bairro', accessRole: 'reader' })
    me.addCalendar({ id: group('f'), summary: 'Casa', accessRole: 'freeBusyReader' })
    const calendars = await clinic.sync.integrations.listCalendars(owner)
    expect(ids(calendars)).toEqual([
      ACCOUNT,
      group('a1'),
      group('a2'),
      group('work'),
      group('z'),
      group('s'),
      group('r'),
      group('f'),
    ])
    expect(calendars.map(({ accessRole, writable, primary }) => [accessRole, writable, primary])).toEqual([
      ['owner', true, true],
      ...Array.from({ length: 4 }, () => ['owner', true, false]),
      ['writer', true, false],
      ['reader', false, false],
      ['freeBusyReader', false, false],
    ])
    const writable = await clinic.sync.integrations.listCalendars(owner, { writable: true })
    expect(ids(writable)).toEqual(ids(calendars).slice(0, 6))
  })

  it('leaves hidden calendars out unless they are asked for', async () => {
    await using clinic = await openClinic()
    await grantAll(clinic)
    const api = `${clinic.google.endpoints.apiRootUrl}calendar/v3/users/me/calendarList/${group('work')}`
    await hide(clinic, api)
    expect(ids(await clinic.sync.integrations.listCalendars(owner))).toEqual([ACCOUNT])
    const all = await clinic.sync.integrations.listCalendars(owner, { includeHidden: true })
    expect(all.map(({ id, hidden }) => [id, hidden])).toEqual([
      [ACCOUNT, false],
      [group('work'), true],
    ])
  })

  it('turns every page', async () => {
    await using clinic = await openClinic()
    for (let n = 0; n < 7; n += 1) user(clinic).addCalendar({ id: group(`c${n}`), summary: `C ${n}` })
    clinic.google.faults.maxPageSize(2)
    expect(await clinic.sync.integrations.listCalendars(owner)).toHaveLength(9)
    expect(clinic.calls()).toHaveLength(5)
  })

  it('takes entries as they come: unknown roles, no fields, none at all', async () => {
    await using clinic = await openClinic()
    const odd = withListEdited(clinic, () => ({
      items: [
        { id: 'bare' },
        { id: 'odd', summary: 'Odd', accessRole: 'superintendent' },
        {},
        null,
        { id: 'x', deleted: true },
      ],
    }))
    const common = { primary: false, timeZone: null, selected: false, hidden: false, color: null }
    expect(await odd.integrations.listCalendars(owner)).toEqual([
      { ...common, id: 'bare', title: 'bare', accessRole: 'reader', writable: false, dedicated: false },
      { ...common, id: 'odd', title: 'Odd', accessRole: 'superintendent', writable: false, dedicated: false },
    ])
    for (const empty of [{}, { items: [] }]) {
      const none = withListEdited(clinic, () => empty)
      expect(await none.integrations.listCalendars(owner)).toEqual([])
      await none.close()
    }
    await odd.close()
  })

  it('does not take half an answer for an empty list', async () => {
    await using clinic = await openClinic()
    const broken = withListEdited(clinic, () => null)
    await expect(broken.integrations.listCalendars(owner)).rejects.toMatchObject({
      code: 'GOOGLE_UNAVAILABLE',
    })
    await broken.close()
  })

  it('without the scope for the list says which is missing, with no call', async () => {
    await using clinic = await openClinic()
    await clinic.connect({ grant: [scope('calendar.events.owned')] })
    await expect(clinic.sync.integrations.listCalendars(owner)).rejects.toMatchObject({
      code: 'OAUTH_SCOPE_MISSING',
      message: expect.stringContaining(scope('calendar.calendarlist.readonly')),
    })
    expect(clinic.calls()).toEqual([])
    expect(await clinic.sync.integrations.get(owner)).toMatchObject({ status: 'active' })
  })

  it('refuses a choice it does not know', async () => {
    await using clinic = await openClinic()
    const choice = { writable: 'yes' } as never
    await expect(clinic.sync.integrations.listCalendars(owner, choice)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      problems: [{ path: 'writable' }],
    })
  })
})

describe('calendars that make an owner busy', () => {
  const [team, shared] = [group('team'), group('shared')]

  async function withOthers(): Promise<Clinic> {
    const clinic = await openClinic()
    user(clinic).addCalendar({ id: team, summary: 'Team', accessRole: 'reader' })
    user(clinic).addCalendar({ id: shared, summary: 'Shared', accessRole: 'freeBusyReader' })
    return clinic
  }

  it('are checked when they are saved, each once, in one call', async () => {
    await using clinic = await withOthers()
    const busyCalendarIds = [team, shared]
    expect(await clinic.sync.integrations.updateSettings(owner, { busyCalendarIds })).toMatchObject({
      settings: { busyCalendarIds },
    })
    expect(clinic.calls()).toEqual(['freebusy.query'])
    await clinic.sync.integrations.updateSettings(owner, { busyCalendarIds: [team] })
    await clinic.sync.integrations.updateSettings(owner, { busyCalendarIds: [team], locale: 'en' })
    expect(clinic.calls()).toEqual([])
  })

  it('that are not there are all named by their place, and nothing is changed', async () => {
    await using clinic = await withOthers()
    const busyCalendarIds = [team, 'nobody@example.com', shared, group('gone')]
    await expect(
      clinic.sync.integrations.updateSettings(owner, { busyCalendarIds, locale: 'en' }),
    ).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      problems: [{ path: 'busyCalendarIds.1' }, { path: 'busyCalendarIds.3' }],
    })
    expect(await clinic.sync.integrations.get(owner)).toMatchObject({
      settings: { busyCalendarIds: [], locale: 'pt-BR' },
    })
  })

  it('are named beside a calendar that cannot hold the events', async () => {
    await using clinic = await withOthers()
    await expect(
      clinic.sync.integrations.updateSettings(owner, {
        calendarId: team,
        busyCalendarIds: ['nobody@example.com'],
      }),
    ).rejects.toMatchObject({ problems: [{ path: 'calendarId' }, { path: 'busyCalendarIds.0' }] })
  })

  it('cannot be saved while Google is not reached, and nothing is changed', async () => {
    await using clinic = await withOthers()
    clinic.google.faults.failNext({ match: { path: '/freeBusy' }, status: 503, times: 3 })
    await expect(
      clinic.sync.integrations.updateSettings(owner, { busyCalendarIds: [team], locale: 'en' }),
    ).rejects.toMatchObject({ code: 'GOOGLE_UNAVAILABLE', retryable: true })
    expect(await clinic.sync.integrations.get(owner)).toMatchObject({
      settings: { busyCalendarIds: [], locale: 'pt-BR' },
    })
  })

  it('are looked for in the list without the scope for busy times, and taken as they are without either', async () => {
    await using clinic = await withOthers()
    const save = (id: string): Promise<unknown> =>
      clinic.sync.integrations.updateSettings(owner, { busyCalendarIds: [id] })
    await clinic.connect({
      grant: [scope('calendar.events.owned'), scope('calendar.calendarlist.readonly')],
    })
    await save(shared)
    await expect(save('nobody@example.com')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await clinic.connect({ grant: [scope('calendar.events.owned')] })
    expect(await save('nobody@example.com')).toMatchObject({
      missingScopes: expect.arrayContaining([scope('calendar.freebusy')]),
    })
  })

  it('are kept once each, and without the calendar that holds the events', async () => {
    await using clinic = await withOthers()
    const busyCalendarIds = [team, 'primary', ACCOUNT, team, shared]
    expect(await clinic.sync.integrations.updateSettings(owner, { busyCalendarIds })).toMatchObject({
      settings: { busyCalendarIds: [team, shared] },
    })
  })

  it('are not those of another account', async () => {
    await using clinic = await withOthers()
    const busyCalendarIds = [OTHER_ACCOUNT]
    await expect(clinic.sync.integrations.updateSettings(owner, { busyCalendarIds })).rejects.toMatchObject({
      problems: [{ path: 'busyCalendarIds.0' }],
    })
    clinic.google.user(OTHER_ACCOUNT).share('primary', { with: ACCOUNT, role: 'freeBusyReader' })
    expect(await clinic.sync.integrations.updateSettings(owner, { busyCalendarIds })).toMatchObject({
      settings: { busyCalendarIds },
    })
  })
})

/** What the person does in Google's page, by the call that the page makes. */
async function hide(clinic: Clinic, url: string): Promise<void> {
  const integration = await clinic.storage.integrations.find(owner)
  if (integration === null) throw new Error('not connected')
  let token = ''
  const reading = createAppointmentSync({
    ...clinic.options,
    google: {
      ...clinic.options.google,
      fetch: (input, init) => {
        token = new Headers(init?.headers).get('authorization') ?? token
        return clinic.google.fetch(input, init)
      },
    },
  })
  await reading.integrations.listCalendars(owner)
  await reading.close()
  const answer = await clinic.google.fetch(url, {
    method: 'PATCH',
    headers: { authorization: token, 'content-type': 'application/json' },
    body: JSON.stringify({ hidden: true }),
  })
  expect(answer.status).toBe(200)
}
