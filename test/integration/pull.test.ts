import { describe, expect, it } from 'vitest'
import { appointment, onlyEvent, openClinic, owner, spanOf } from './clinic.ts'

const moved = {
  start: { dateTime: '2026-05-06T14:00:00-03:00', timeZone: 'America/Sao_Paulo' },
  end: { dateTime: '2026-05-06T14:30:00-03:00', timeZone: 'America/Sao_Paulo' },
}

describe('pull', () => {
  it('the first pull reads the window and keeps a token; the next reads only what changed', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1')
    clinic.hand.insert({ summary: 'Dentista', ...moved })
    expect(await clinic.sync.pullFromGoogle(owner)).toMatchObject({ mode: 'full', events: 2, echoes: 1 })
    clinic.hand.insert({ summary: 'Almoço', ...moved })
    expect(await clinic.sync.pullFromGoogle(owner)).toMatchObject({
      mode: 'incremental',
      events: 1,
      applied: 0,
    })
    expect(clinic.book.told).toEqual([])
  })

  it('an event moved in Google is a rescheduled appointment, and nothing is written back', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1')
    await clinic.sync.pullFromGoogle(owner)
    clinic.hand.patch(onlyEvent(clinic.hand).id, moved)
    clinic.calls()
    expect(await clinic.sync.pullFromGoogle(owner)).toMatchObject({ status: 'success', applied: 1 })
    expect(clinic.book.told).toMatchObject([
      {
        type: 'rescheduled',
        owner,
        appointmentId: 'a1',
        start: new Date('2026-05-06T17:00:00Z'),
        end: new Date('2026-05-06T17:30:00Z'),
        timeZone: 'America/Sao_Paulo',
        allDay: false,
      },
    ])
    expect(
      await clinic.sync.syncAppointmentToGoogle(clinic.book.appointments.get('a1') ?? appointment('a1')),
    ).toEqual({
      status: 'skipped',
      reason: 'unchanged',
    })
    expect(clinic.calls()).toEqual(['events.list'])
  })

  it('a host whose hook pushes inside apply neither waits for itself nor echoes', async () => {
    await using clinic = await openClinic()
    clinic.book.onApplied = (after) => clinic.sync.handlers.appointmentUpdated(after)
    await clinic.push('a1')
    clinic.hand.patch(onlyEvent(clinic.hand).id, moved)
    clinic.calls()
    expect(await clinic.sync.pullFromGoogle(owner)).toMatchObject({ applied: 1 })
    expect(clinic.calls()).toEqual(['events.list'])
    expect(await clinic.sync.pullFromGoogle(owner)).toMatchObject({ applied: 0 })
    expect(clinic.book.told).toHaveLength(1)
  })

  it('an event deleted in Google is a cancelled appointment (calcom/cal.diy#1919), told once', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1')
    await clinic.sync.pullFromGoogle(owner)
    clinic.hand.delete(onlyEvent(clinic.hand).id)
    expect(await clinic.sync.pullFromGoogle(owner)).toMatchObject({ applied: 1 })
    expect(clinic.book.told).toMatchObject([{ type: 'cancelled', appointmentId: 'a1' }])
    expect(clinic.book.appointments.get('a1')?.status).toBe('cancelled')
    await clinic.sync.syncAllAppointmentsForUser(owner)
    await clinic.sync.pullFromGoogle(owner)
    expect(clinic.book.told).toHaveLength(1)
    expect(clinic.hand.events()).toEqual([])
  })

  it('an event restored from the bin is told as restored', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1')
    const { id } = onlyEvent(clinic.hand)
    await clinic.sync.pullFromGoogle(owner)
    clinic.hand.delete(id)
    await clinic.sync.pullFromGoogle(owner)
    clinic.clock.advance(1000)
    clinic.hand.patch(id, { status: 'confirmed' })
    await clinic.sync.pullFromGoogle(owner)
    expect(clinic.book.told.map(({ type }) => type)).toEqual(['cancelled', 'restored'])
    await clinic.sync.syncAllAppointmentsForUser(owner)
    expect(onlyEvent(clinic.hand).id).toBe(id)
  })

  it('our own writes are passed over by their etag', async () => {
    await using clinic = await openClinic()
    await clinic.sync.pullFromGoogle(owner)
    await clinic.push('a1')
    await clinic.push('a1', { start: '2026-05-05T11:00:00-03:00', end: '2026-05-05T11:30:00-03:00' })
    expect(await clinic.sync.pullFromGoogle(owner)).toMatchObject({ events: 1, echoes: 1, applied: 0 })
    expect(clinic.book.told).toEqual([])
  })

  it('a page that fails half-way leaves the cursor where it was, and reading again loses and doubles nothing', async () => {
    await using clinic = await openClinic()
    for (const id of ['a1', 'a2', 'a3', 'a4']) await clinic.push(id)
    await clinic.sync.pullFromGoogle(owner)
    const ref = { ...owner, integrationId: (await clinic.sync.integrations.get(owner))?.integrationId ?? '' }
    const before = await clinic.storage.cursors.find(ref, 'primary')
    for (const event of clinic.hand.events()) clinic.hand.patch(event.id, moved)
    clinic.calls()
    clinic.google.faults.maxPageSize(2)
    clinic.google.faults.failNext({ match: { path: '/events' }, status: 503, after: 1, times: 3 })
    await expect(clinic.sync.pullFromGoogle(owner)).rejects.toMatchObject({ code: 'GOOGLE_UNAVAILABLE' })
    // The first page, and three tries of the second.
    expect(clinic.calls()).toEqual(['events.list', 'events.list', 'events.list', 'events.list'])
    expect(await clinic.storage.cursors.find(ref, 'primary')).toEqual(before)
    await clinic.sync.pullFromGoogle(owner)
    const after = await clinic.storage.cursors.find(ref, 'primary')
    expect(after?.syncToken).not.toBe(before?.syncToken)
    expect(clinic.book.told.map(({ appointmentId }) => appointmentId).sort()).toEqual([
      'a1',
      'a2',
      'a3',
      'a4',
    ])
    expect(new Set(clinic.book.told.map(({ changeId }) => changeId)).size).toBe(4)
  })

  it('short and empty pages are read to the end (Tymeslot PR94)', async () => {
    await using clinic = await openClinic()
    for (const id of ['a1', 'a2', 'a3']) await clinic.push(id)
    await clinic.sync.pullFromGoogle(owner)
    for (const event of clinic.hand.events()) clinic.hand.delete(event.id)
    clinic.google.faults.maxPageSize(1)
    clinic.google.faults.emptyPages(true)
    expect(await clinic.sync.pullFromGoogle(owner)).toMatchObject({ applied: 3 })
  })

  it('410: a full pass finds moves and deletions of the time without a token (twentyhq/twenty#24095)', async () => {
    await using clinic = await openClinic()
    for (const id of ['kept', 'moved', 'deleted']) await clinic.push(id)
    await clinic.sync.pullFromGoogle(owner)
    const idOf = async (appointmentId: string): Promise<string> => {
      const integrationId = (await clinic.sync.integrations.get(owner))?.integrationId ?? ''
      return (await clinic.storage.links.find({ ...owner, integrationId }, appointmentId))?.eventId ?? ''
    }
    clinic.hand.patch(await idOf('moved'), moved)
    clinic.hand.delete(await idOf('deleted'))
    clinic.google.faults.expireSyncTokens()
    expect(await clinic.sync.pullFromGoogle(owner)).toMatchObject({ mode: 'full', applied: 2 })
    expect(clinic.book.told.map(({ type, appointmentId }) => `${appointmentId} ${type}`).sort()).toEqual([
      'deleted cancelled',
      'moved rescheduled',
    ])
  })

  it('after 410 an event moved beyond the window is moved, not cancelled', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1')
    await clinic.sync.pullFromGoogle(owner)
    clinic.hand.patch(onlyEvent(clinic.hand).id, {
      start: { dateTime: '2027-01-06T14:00:00-03:00' },
      end: { dateTime: '2027-01-06T14:30:00-03:00' },
    })
    clinic.google.faults.expireSyncTokens()
    await clinic.sync.pullFromGoogle(owner)
    expect(clinic.book.told).toMatchObject([{ type: 'rescheduled', start: new Date('2027-01-06T17:00:00Z') }])
  })

  it('a full pass that fails never cancels anything (XiovV/calich#186)', async () => {
    await using clinic = await openClinic()
    for (const id of ['a1', 'a2', 'a3']) await clinic.push(id)
    await clinic.sync.pullFromGoogle(owner)
    clinic.google.faults.expireSyncTokens()
    clinic.google.faults.maxPageSize(1)
    clinic.google.faults.failNext({ match: { path: '/events' }, status: 503, after: 2, times: 3 })
    await expect(clinic.sync.pullFromGoogle(owner)).rejects.toMatchObject({ code: 'GOOGLE_UNAVAILABLE' })
    expect(clinic.book.told).toEqual([])
  })

  it('a calendar that went away is an error, not a cancellation of everything on it', async () => {
    await using clinic = await openClinic({ settings: { calendarId: 'work@group.calendar.google.com' } })
    await clinic.push('a1')
    await clinic.sync.pullFromGoogle(owner)
    clinic.google.user('maria@example.com').removeCalendar('work@group.calendar.google.com')
    await expect(clinic.sync.pullFromGoogle(owner)).rejects.toMatchObject({ code: 'GOOGLE_CALENDAR_GONE' })
    clinic.clock.advance(1000)
    expect(await clinic.push('a1', { notes: 'x' })).toMatchObject({ error: { code: 'GOOGLE_CALENDAR_GONE' } })
    expect(clinic.book.told).toEqual([])
  })

  it('a host that is down is told again later, with the same change id, and nothing overtakes', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1')
    const { id } = onlyEvent(clinic.hand)
    clinic.hand.patch(id, moved)
    const down = (): Promise<never> => Promise.reject(new Error('database is down'))
    clinic.book.answers.push(down)
    expect(await clinic.sync.pullFromGoogle(owner)).toMatchObject({ applied: 0, waiting: 1 })
    clinic.hand.patch(id, { location: 'Sala 2' })
    expect(await clinic.sync.pullFromGoogle(owner)).toMatchObject({ applied: 0 })
    clinic.clock.advance(60 * 60_000)
    await clinic.sync.tasks.run('drain_outbox')
    expect(clinic.book.told.map(({ type }) => type)).toEqual(['rescheduled', 'rescheduled', 'edited'])
    expect(clinic.book.told[0]?.changeId).toBe(clinic.book.told[1]?.changeId)
  })

  it('a change that a newer one took over while the host was down is not told any more', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1')
    const { id } = onlyEvent(clinic.hand)
    clinic.hand.patch(id, moved)
    clinic.book.answers.push(() => Promise.reject(new Error('database is down')))
    await clinic.sync.pullFromGoogle(owner)
    clinic.hand.delete(id)
    await clinic.sync.pullFromGoogle(owner)
    clinic.clock.advance(60 * 60_000)
    await clinic.sync.tasks.run('drain_outbox')
    expect(clinic.book.told.map(({ type }) => type)).toEqual(['rescheduled', 'cancelled'])
    expect(clinic.book.appointments.get('a1')?.status).toBe('cancelled')
  })

  it('an appointment the host cannot give stops neither the pull nor the others', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1')
    await clinic.push('a2')
    for (const event of clinic.hand.events()) clinic.hand.patch(event.id, moved)
    clinic.book.appointments.set('a1', { ...appointment('a1'), start: 'rubbish' })
    clinic.book.answers.push(
      () => Promise.resolve({ status: 'applied' }),
      () => Promise.resolve({ status: 'applied' }),
    )
    expect(await clinic.sync.pullFromGoogle(owner)).toMatchObject({ applied: 2 })
  })

  it('to_google reads nothing, from_google writes nothing', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1')
    await clinic.sync.integrations.updateSettings(owner, { syncDirection: 'to_google' })
    expect(await clinic.sync.pullFromGoogle(owner)).toEqual({ status: 'skipped', reason: 'direction' })
    await clinic.sync.integrations.updateSettings(owner, { syncDirection: 'from_google' })
    clinic.calls()
    expect(await clinic.push('a1', { notes: 'x' })).toEqual({ status: 'skipped', reason: 'direction' })
    clinic.hand.patch(onlyEvent(clinic.hand).id, moved)
    expect(await clinic.sync.pullFromGoogle(owner)).toMatchObject({ applied: 1 })
    expect(clinic.calls()).toEqual(['events.list'])
    expect(spanOf(onlyEvent(clinic.hand))[0]).toBe('2026-05-06T17:00:00.000Z')
  })
})
