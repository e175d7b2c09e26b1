import { describe, expect, it } from 'vitest'
import type { Appointment, SyncSettings } from 'appointment-sync'
import { type Clinic, onlyEvent, openClinic, owner } from './clinic.ts'

const CLIENT = 'joao@email.com'
const SISTER = 'ana@email.com'

interface Guest {
  readonly email: string
  readonly displayName?: string
  readonly responseStatus: string
}

const guestsOf = (clinic: Clinic): Guest[] =>
  (onlyEvent(clinic.hand)['attendees'] ?? []) as unknown as Guest[]
const answersOf = (clinic: Clinic): Record<string, string> =>
  Object.fromEntries(guestsOf(clinic).map(({ email, responseStatus }) => [email, responseStatus]))
/** What the host was told of guests. */
const answersTold = ({ book }: Clinic): [string, string][] =>
  book.told.flatMap((change) =>
    change.type === 'attendee_responded' ? [[change.email, change.response]] : [],
  )
/** How many writes asked Google to mail the guests, since the last look. */
const mails = ({ google }: Clinic): number => {
  const asked = google.requests.filter(({ query }) => query['sendUpdates'] !== undefined)
  google.requests.length = 0
  return asked.length
}

/** A clinic whose client is invited; the appointment stands. */
async function invited(
  settings: Partial<SyncSettings> = {},
  changes: Partial<Appointment> = {},
): Promise<Clinic> {
  const clinic = await openClinic({ settings: { invite: 'client', ...settings } })
  await clinic.push('a1', changes)
  await clinic.sync.pullFromGoogle(owner)
  clinic.clock.advance(60_000)
  clinic.google.requests.length = 0
  return clinic
}

const answer = (clinic: Clinic, response: 'accepted' | 'declined' | 'tentative', who = CLIENT): void => {
  clinic.clock.advance(1000)
  clinic.hand.respond(onlyEvent(clinic.hand).id, response, who)
}

describe('answers of guests', () => {
  it('are told once, with the address and the answer', async () => {
    await using clinic = await invited()
    answer(clinic, 'accepted')
    await clinic.sync.pullFromGoogle(owner)
    await clinic.sync.pullFromGoogle(owner)
    expect(clinic.book.told).toEqual([
      {
        changeId: expect.stringMatching(/^[0-9a-f]{40}$/) as string,
        owner,
        appointmentId: 'a1',
        googleEventId: onlyEvent(clinic.hand).id,
        observedAt: expect.any(Date) as Date,
        type: 'attendee_responded',
        email: CLIENT,
        response: 'accepted',
      },
    ])
    const { items } = await clinic.sync.logs.list({ tenantId: owner.tenantId, action: 'respond' })
    expect(items).toMatchObject([{ status: 'success', appointmentId: 'a1' }])
    expect(JSON.stringify(items)).not.toContain(CLIENT)
  })

  it('given several times between two pulls are told as the last of them', async () => {
    await using clinic = await invited()
    answer(clinic, 'accepted')
    answer(clinic, 'tentative')
    answer(clinic, 'declined')
    await clinic.sync.pullFromGoogle(owner)
    expect(answersTold(clinic)).toEqual([[CLIENT, 'declined']])
  })

  it('taken back before anybody looked are not told', async () => {
    await using clinic = await invited()
    answer(clinic, 'accepted')
    clinic.hand.respond(onlyEvent(clinic.hand).id, 'needsAction', CLIENT)
    await clinic.sync.pullFromGoogle(owner)
    expect(answersTold(clinic)).toEqual([])
  })

  it('that a host could not take wait for it, in order, and an overtaken one is dropped', async () => {
    await using clinic = await invited({}, { attendees: [{ email: SISTER, name: 'Ana' }] })
    for (let n = 0; n < 20; n += 1) clinic.book.answers.push(() => Promise.reject(new Error('down')))
    answer(clinic, 'accepted')
    await clinic.sync.pullFromGoogle(owner)
    answer(clinic, 'tentative', SISTER)
    await clinic.sync.pullFromGoogle(owner)
    answer(clinic, 'declined')
    await clinic.sync.pullFromGoogle(owner)
    clinic.book.told.length = 0
    clinic.book.answers.length = 0
    for (let round = 0; round < 3; round += 1) {
      clinic.clock.advance(3_600_000)
      await clinic.sync.tasks.run('drain_outbox')
    }
    expect(answersTold(clinic)).toEqual([
      [SISTER, 'tentative'],
      [CLIENT, 'declined'],
    ])
  })

  it('that the host refuses stay as they are: nothing is undone, and nobody is asked', async () => {
    await using clinic = await invited()
    clinic.book.answers.push(() => Promise.resolve({ status: 'rejected', reason: 'not interested' }))
    answer(clinic, 'declined')
    await clinic.sync.pullFromGoogle(owner)
    await clinic.sync.tasks.run('drain_outbox')
    expect(answersOf(clinic)).toEqual({ [CLIENT]: 'declined' })
    expect(await clinic.sync.conflicts.list(owner)).toMatchObject({ items: [] })
    expect(answersTold(clinic)).toHaveLength(1)
  })

  it('are told too where a push meets them first', async () => {
    await using clinic = await invited()
    answer(clinic, 'accepted')
    expect(await clinic.push('a1', { notes: 'Trazer exames' })).toMatchObject({ action: 'updated' })
    await clinic.sync.tasks.run('drain_outbox')
    expect(answersTold(clinic)).toEqual([[CLIENT, 'accepted']])
    await clinic.sync.pullFromGoogle(owner)
    expect(answersTold(clinic)).toHaveLength(1)
  })

  it('of guests that the user added are the user’s own affair', async () => {
    await using clinic = await invited()
    clinic.hand.patch(onlyEvent(clinic.hand).id, {
      attendees: [...guestsOf(clinic), { email: 'friend@email.com', responseStatus: 'accepted' }],
    })
    await clinic.sync.pullFromGoogle(owner)
    expect(clinic.book.told).toEqual([])
  })

  it('under `to_google` are told to nobody, and once the owner switches to both ways', async () => {
    await using clinic = await invited({ syncDirection: 'to_google' })
    answer(clinic, 'accepted')
    await clinic.push('a1', { notes: 'a' })
    await clinic.sync.tasks.run('drain_outbox')
    expect(clinic.book.told).toEqual([])
    await clinic.sync.integrations.updateSettings(owner, { syncDirection: 'bidirectional' })
    clinic.hand.patch(onlyEvent(clinic.hand).id, { colorId: '3' })
    await clinic.sync.pullFromGoogle(owner)
    await clinic.sync.tasks.run('drain_outbox')
    expect(answersTold(clinic)).toEqual([[CLIENT, 'accepted']])
  })

  it('come with a reschedule by the user, after it', async () => {
    await using clinic = await invited()
    answer(clinic, 'accepted')
    clinic.hand.patch(onlyEvent(clinic.hand).id, {
      start: { dateTime: '2026-05-05T16:00:00-03:00' },
      end: { dateTime: '2026-05-05T16:30:00-03:00' },
    })
    await clinic.sync.pullFromGoogle(owner)
    expect(clinic.book.told.map(({ type }) => type)).toEqual(['rescheduled', 'attendee_responded'])
  })
})

describe('the guest list', () => {
  const both = [{ email: SISTER, name: 'Ana' }]

  it('is written with every answer as it was read, also one given between the read and the write', async () => {
    await using clinic = await invited()
    answer(clinic, 'accepted')
    const { id } = onlyEvent(clinic.hand)
    let asked = 0
    const inner = clinic.google.fetch
    // The sister's answer comes after the push has read the list, and before it writes.
    const racing = {
      ...clinic.options,
      google: {
        ...clinic.options.google,
        fetch: (async (...args: Parameters<typeof fetch>) => {
          const method = new Request(args[0], args[1]).method
          if (method === 'PATCH' && (asked += 1) === 1) clinic.hand.respond(id, 'tentative', CLIENT)
          return inner(...args)
        }) as typeof fetch,
      },
    }
    const { createAppointmentSync } = await import('appointment-sync')
    await using sync = createAppointmentSync(racing)
    const result = await sync.syncAppointmentToGoogle(clinic.put('a1', { attendees: both }))
    expect(result).toMatchObject({ action: 'updated' })
    expect(asked).toBe(2)
    expect(answersOf(clinic)).toEqual({ [CLIENT]: 'tentative', [SISTER]: 'needsAction' })
    await sync.tasks.run('drain_outbox')
    expect(answersTold(clinic).at(-1)).toEqual([CLIENT, 'tentative'])
  })

  it('keeps the guests that the user added, and gives up only those of the app’s own', async () => {
    await using clinic = await invited({}, { attendees: both })
    const friend = { email: 'friend@email.com', responseStatus: 'declined', comment: 'No time' }
    clinic.hand.patch(onlyEvent(clinic.hand).id, { attendees: [...guestsOf(clinic), friend] })
    await clinic.push('a1', { attendees: [] })
    expect(answersOf(clinic)).toEqual({ [CLIENT]: 'needsAction', 'friend@email.com': 'declined' })
    expect(guestsOf(clinic).find(({ email }) => email === 'friend@email.com')).toMatchObject(friend)
  })

  it('does not put back a guest whom the user took off, until the app lists that guest anew', async () => {
    await using clinic = await invited({ invite: 'none' }, { attendees: both })
    clinic.hand.patch(onlyEvent(clinic.hand).id, { attendees: [] })
    await clinic.sync.pullFromGoogle(owner)
    await clinic.sync.syncAllAppointmentsForUser(owner)
    expect(answersOf(clinic)).toEqual({})
    await clinic.push('a1', { attendees: [...both, { email: 'third@email.com' }] })
    expect(answersOf(clinic)).toEqual({ 'third@email.com': 'needsAction' })
    await clinic.push('a1', { attendees: [] })
    await clinic.push('a1', { attendees: both })
    expect(answersOf(clinic)).toEqual({ [SISTER]: 'needsAction' })
  })

  it('knows an address however it is written, and takes a new name for a guest without a mail', async () => {
    await using clinic = await invited({ invite: 'none' }, { attendees: [{ email: 'ANA@Email.com' }] })
    answer(clinic, 'accepted', SISTER)
    await clinic.push('a1', { attendees: [{ email: 'Ana@EMAIL.com', name: 'Ana Lima' }] })
    expect(guestsOf(clinic)).toEqual([{ email: SISTER, displayName: 'Ana Lima', responseStatus: 'accepted' }])
    expect(mails(clinic)).toBe(0)
    // Google drops a name that repeats the address: that is no change to be written.
    await clinic.push('a1', { attendees: [{ email: SISTER, name: SISTER }] })
    clinic.calls()
    await clinic.push('a1', { notes: 'x', attendees: [{ email: SISTER, name: SISTER.toUpperCase() }] })
    expect(clinic.calls()).toEqual(['events.patch'])
  })

  it('of 200 keeps to what Google takes, the guests who are there first', async () => {
    const many = Array.from({ length: 199 }, (_, n) => ({ email: `guest${n}@example.com` }))
    await using clinic = await invited({}, { attendees: many })
    expect(guestsOf(clinic)).toHaveLength(200)
    const { id } = onlyEvent(clinic.hand)
    clinic.hand.patch(id, {
      attendees: [...guestsOf(clinic).slice(1), { email: 'friend@email.com', responseStatus: 'accepted' }],
    })
    await clinic.push('a1', { attendees: [...many.slice(0, 198), { email: 'new@example.com' }] })
    expect(guestsOf(clinic)).toHaveLength(200)
    expect(answersOf(clinic)['friend@email.com']).toBe('accepted')
    expect(answersOf(clinic)['new@example.com']).toBe('needsAction')
  })

  it('holds no client of whom nothing may reach Google', async () => {
    await using clinic = await openClinic({ settings: { invite: 'client', includeClientInfo: false } })
    await clinic.push('a1', { attendees: [{ email: CLIENT }, { email: SISTER }] })
    expect(Object.keys(answersOf(clinic))).toEqual([SISTER])
    expect(JSON.stringify(clinic.google.requests)).not.toContain(CLIENT)
  })

  it('that Google shows in part only is not written back, and the rest of the appointment is', async () => {
    await using clinic = await invited()
    const inner = clinic.google.fetch
    const partial = (async (...args: Parameters<typeof fetch>) => {
      const answered = await inner(...args)
      if (new Request(args[0], args[1]).method !== 'GET') return answered
      const event = (await answered.json()) as object
      return Response.json({ ...event, attendees: [], attendeesOmitted: true })
    }) as typeof fetch
    const { createAppointmentSync } = await import('appointment-sync')
    await using sync = createAppointmentSync({
      ...clinic.options,
      google: { ...clinic.options.google, fetch: partial },
    })
    const changed = clinic.put('a1', { location: 'Sala 3', attendees: both })
    expect(await sync.syncAppointmentToGoogle(changed)).toMatchObject({ action: 'updated' })
    expect(Object.keys(answersOf(clinic))).toEqual([CLIENT])
    expect(onlyEvent(clinic.hand)['location']).toBe('Sala 3')
  })
})

describe('Google mails the guests', () => {
  const LATER = { start: '2026-05-05T15:00:00-03:00', end: '2026-05-05T15:30:00-03:00' }

  it.each<[string, Partial<Appointment>, number]>([
    ['a new time', LATER, 1],
    ['a new place', { location: 'Rua Nova 5' }, 1],
    ['another title', { title: 'Coloração' }, 1],
    ['another guest', { attendees: [{ email: SISTER }] }, 1],
    ['the end of it', { status: 'cancelled' }, 1],
    ['a note in the description', { notes: 'Trazer exames' }, 0],
    ['the professional’s name', { professional: { name: 'Ana' } }, 0],
    ['its confirmation', { status: 'completed' }, 0],
    ['a way back to it', { url: 'https://app.example.com/a1' }, 0],
    ['a conference', { conference: 'meet' }, 0],
  ])('of %s as often as it matters to them', async (_, changes, expected) => {
    await using clinic = await invited()
    expect(await clinic.push('a1', changes)).toMatchObject({ status: 'success' })
    expect(mails(clinic)).toBe(expected)
  })

  it('of a pending booking that is confirmed: no, its status is the host’s to tell', async () => {
    await using clinic = await invited({}, { status: 'pending' })
    expect(await clinic.push('a1', { status: 'confirmed' })).toMatchObject({ action: 'updated' })
    expect(onlyEvent(clinic.hand)['status']).toBe('confirmed')
    expect(mails(clinic)).toBe(0)
  })

  it.each<[string, Partial<SyncSettings>]>([
    ['colours', { colorByStatus: { confirmed: '5' } }],
    ['reminders', { reminderMinutes: [5] }],
    ['visibility', { visibility: 'private' }],
    ['free time', { freeStatuses: ['confirmed'] }],
    ['the description', { descriptionTemplate: '{{ service.name }}' }],
    ['the titles', { eventPrefix: '[Consulta]' }],
    ['the language', { locale: 'en' }],
  ])('of no repair of many events: %s', async (_, settings) => {
    await using clinic = await invited()
    for (let n = 0; n < 20; n += 1) await clinic.push(`b${n}`)
    mails(clinic)
    await clinic.sync.integrations.updateSettings(owner, settings)
    expect(await clinic.sync.syncAllAppointmentsForUser(owner)).toMatchObject({ updated: 21 })
    expect(mails(clinic)).toBe(0)
  })

  it('of a new title also when the first try to write it failed', async () => {
    await using clinic = await invited()
    clinic.google.faults.failNext({ status: 503, times: 20, match: { method: 'PATCH' } })
    const title = clinic.push('a1', { title: 'Coloração' })
    expect(await title).toMatchObject({ status: 'queued' })
    clinic.google.faults.clear()
    clinic.google.requests.length = 0
    clinic.clock.advance(3_600_000)
    await clinic.sync.tasks.run('drain_outbox')
    expect(onlyEvent(clinic.hand)['summary']).toContain('Coloração')
    expect(mails(clinic)).toBe(1)
  })

  it('of nothing that is over: a first sync of a year’s past mails nobody (odoo/odoo#87477)', async () => {
    await using clinic = await openClinic({ settings: { invite: 'client', syncPastDays: 365 } })
    for (let n = 1; n <= 60; n += 1) {
      const startMs = clinic.clock.now() - n * 86_400_000
      clinic.put(`p${n}`, { start: new Date(startMs), end: new Date(startMs + 1_800_000) })
    }
    clinic.put('whole-day', { allDay: true, start: '2026-04-20', end: '2026-04-22' })
    clinic.put('to-come')
    expect(await clinic.sync.syncAllAppointmentsForUser(owner)).toMatchObject({ created: 62 })
    expect(mails(clinic)).toBe(1)
    clinic.put('p1', { location: 'Sala 9' })
    await clinic.sync.syncAllAppointmentsForUser(owner)
    await clinic.push('p2', { status: 'cancelled' })
    expect(mails(clinic)).toBe(0)
    await clinic.push('p3', LATER)
    expect(mails(clinic)).toBe(1)
  })

  it('of nothing when there are no guests', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1')
    await clinic.push('a1', LATER)
    await clinic.push('a1', { status: 'cancelled' })
    expect(mails(clinic)).toBe(0)
  })
})
