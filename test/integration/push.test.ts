import { describe, expect, it } from 'vitest'
import { appointment, onlyEvent, openClinic, owner, spanOf } from './clinic.ts'

describe('push', () => {
  it('a booked appointment becomes one event that says what the issue shows', async () => {
    await using clinic = await openClinic()
    const result = await clinic.push('a1')
    const event = onlyEvent(clinic.hand)
    expect(result).toEqual({ status: 'success', action: 'created', googleEventId: event.id })
    expect(event['summary']).toBe('[Agendamento] Corte de Cabelo - João Silva')
    expect(event['description']).toBe(
      [
        'Serviço: Corte de Cabelo',
        'Duração: 30 min',
        'Cliente: João Silva',
        'Telefone: (11) 99999-9999',
        'Email: joao@email.com',
        'Profissional: Maria Santos',
        'Status: confirmed',
      ].join('\n'),
    )
    expect(event.id).toMatch(/^[a-v0-9]{52}$/)
    expect(spanOf(event)).toEqual(['2026-05-05T12:00:00.000Z', '2026-05-05T12:30:00.000Z'])
    expect(event['reminders']).toEqual({
      useDefault: false,
      overrides: [
        { method: 'popup', minutes: 15 },
        { method: 'popup', minutes: 60 },
      ],
    })
    expect(clinic.calls()).toEqual(['events.insert'])
  })

  it('an appointment that did not change costs no Google call', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1')
    clinic.calls()
    expect(await clinic.push('a1')).toEqual({ status: 'skipped', reason: 'unchanged' })
    expect(clinic.calls()).toEqual([])
  })

  it('a rescheduled appointment is one patch of the changed fields alone', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1')
    clinic.hand.patch(onlyEvent(clinic.hand).id, {})
    clinic.calls()
    const result = await clinic.push('a1', {
      start: '2026-05-05T15:00:00-03:00',
      end: '2026-05-05T15:30:00-03:00',
    })
    expect(result).toMatchObject({ status: 'success', action: 'updated' })
    const patch = clinic.google.requests.find((request) => request.calendarMethod === 'calendar.events.patch')
    expect(Object.keys(patch?.requestBody as object).sort()).toEqual(['end', 'start'])
    expect(spanOf(onlyEvent(clinic.hand))[0]).toBe('2026-05-05T18:00:00.000Z')
  })

  it('a cancelled appointment leaves the calendar, and cancelling twice is harmless', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1')
    const cancelled = clinic.put('a1', { status: 'cancelled' })
    expect(await clinic.sync.deleteAppointmentFromGoogle(cancelled)).toMatchObject({
      status: 'success',
      action: 'deleted',
    })
    expect(clinic.hand.events()).toEqual([])
    clinic.calls()
    expect(await clinic.sync.syncAppointmentToGoogle(cancelled)).toEqual({
      status: 'skipped',
      reason: 'not_on_calendar',
    })
    expect(clinic.calls()).toEqual([])
  })

  it('an edit that a person made just before the cancellation is overruled, but on record', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1')
    const { id } = onlyEvent(clinic.hand)
    clinic.hand.patch(id, { location: 'Sala 2' })
    clinic.calls()
    expect(await clinic.push('a1', { status: 'cancelled' })).toMatchObject({ action: 'deleted' })
    expect(clinic.calls()).toEqual(['events.delete', 'events.get', 'events.delete'])
    const { items } = await clinic.sync.logs.list({ tenantId: owner.tenantId, action: 'edit' })
    expect(items).toMatchObject([{ status: 'skipped', appointmentId: 'a1', googleEventId: id }])
  })

  it('an appointment confirmed again after its cancellation gets the next generation of event id', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1')
    const first = onlyEvent(clinic.hand).id
    await clinic.push('a1', { status: 'cancelled' })
    clinic.clock.advance(1000)
    expect(await clinic.push('a1', { status: 'confirmed' })).toMatchObject({
      status: 'success',
      action: 'created',
    })
    const second = onlyEvent(clinic.hand).id
    expect(second).not.toBe(first)
    expect(clinic.calls()).not.toContain('events.get')
  })

  it('a call that comes late with an older version changes nothing', async () => {
    await using clinic = await openClinic()
    const old = clinic.put('a1')
    clinic.clock.advance(60_000)
    await clinic.push('a1', { start: '2026-05-05T10:00:00-03:00', end: '2026-05-05T10:30:00-03:00' })
    expect(await clinic.sync.syncAppointmentToGoogle(old)).toEqual({ status: 'skipped', reason: 'stale' })
    expect(spanOf(onlyEvent(clinic.hand))[0]).toBe('2026-05-05T13:00:00.000Z')
  })

  it('a creation that comes after the cancellation does not bring the event to life', async () => {
    await using clinic = await openClinic()
    const created = clinic.put('a1')
    clinic.clock.advance(60_000)
    await clinic.sync.handlers.appointmentCancelled(clinic.put('a1', { status: 'cancelled' }))
    expect(await clinic.sync.handlers.appointmentCreated(created)).toEqual({
      status: 'skipped',
      reason: 'stale',
    })
    expect(clinic.hand.events()).toEqual([])
  })

  it('an insert whose answer is lost finds its own event: one event, not two (adicu/adi-website#109)', async () => {
    await using clinic = await openClinic()
    clinic.google.faults.dropNext({ match: { method: 'POST', path: /events/ }, applied: true })
    expect(await clinic.push('a1')).toMatchObject({ status: 'queued', error: { code: 'GOOGLE_UNAVAILABLE' } })
    clinic.clock.advance(60_000)
    await clinic.sync.tasks.run('drain_outbox')
    onlyEvent(clinic.hand)
    expect(await clinic.push('a1')).toEqual({ status: 'skipped', reason: 'unchanged' })
    const log = await clinic.sync.logs.list({ tenantId: owner.tenantId, action: 'adopt' })
    expect(log.items).toHaveLength(1)
  })

  it('a Date with milliseconds is the same time in Google, also after a lost answer', async () => {
    await using clinic = await openClinic()
    const start = new Date('2026-05-05T12:00:00.727Z')
    const end = new Date('2026-05-05T12:30:00.727Z')
    clinic.google.faults.dropNext({ match: { method: 'POST', path: /events/ }, applied: true })
    await clinic.push('a1', { start, end })
    clinic.clock.advance(60_000)
    await clinic.sync.tasks.run('drain_outbox')
    expect(spanOf(onlyEvent(clinic.hand))[0]).toBe('2026-05-05T12:00:00.000Z')
    expect((await clinic.sync.conflicts.list({ tenantId: owner.tenantId })).items).toEqual([])
    expect(await clinic.push('a1', { start, end })).toEqual({ status: 'skipped', reason: 'unchanged' })
  })

  it('an insert whose answer is lost, then changed by the app, still is one event with the newest content', async () => {
    await using clinic = await openClinic()
    clinic.google.faults.dropNext({ match: { method: 'POST', path: /events/ }, applied: true })
    await clinic.push('a1')
    clinic.clock.advance(1000)
    await clinic.push('a1', { start: '2026-05-05T16:00:00-03:00', end: '2026-05-05T16:30:00-03:00' })
    expect(spanOf(onlyEvent(clinic.hand))[0]).toBe('2026-05-05T19:00:00.000Z')
    expect(clinic.book.told).toEqual([])
  })

  it('a patch whose answer is lost is not taken for a person’s edit', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1')
    await clinic.sync.pullFromGoogle(owner)
    clinic.google.faults.dropNext({ match: { method: 'PATCH' }, applied: true })
    await clinic.push('a1', { start: '2026-05-05T16:00:00-03:00', end: '2026-05-05T16:30:00-03:00' })
    // The app thinks better of it before the outbox comes round: back to the first time.
    clinic.clock.advance(1000)
    await clinic.push('a1', { start: '2026-05-05T09:00:00-03:00', end: '2026-05-05T09:30:00-03:00' })
    await clinic.sync.pullFromGoogle(owner)
    expect(spanOf(onlyEvent(clinic.hand))[0]).toBe('2026-05-05T12:00:00.000Z')
    expect(clinic.book.told).toEqual([])
  })

  it('412: an edit made in Google meanwhile is merged, not overwritten', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1')
    clinic.hand.patch(onlyEvent(clinic.hand).id, { location: 'Sala 2' })
    clinic.calls()
    const result = await clinic.push('a1', {
      start: '2026-05-05T16:00:00-03:00',
      end: '2026-05-05T16:30:00-03:00',
    })
    expect(result).toMatchObject({ status: 'success', action: 'updated' })
    const event = onlyEvent(clinic.hand)
    expect(event['location']).toBe('Sala 2')
    expect(spanOf(event)[0]).toBe('2026-05-05T19:00:00.000Z')
    expect(clinic.calls()).toEqual(['events.patch', 'events.get', 'events.patch'])
    await clinic.sync.tasks.run('drain_outbox')
    expect(clinic.book.told).toMatchObject([{ type: 'edited', fields: { location: 'Sala 2' } }])
  })

  it('a text that the user rewrote in Google survives a push that only moves the appointment', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1')
    clinic.hand.patch(onlyEvent(clinic.hand).id, { summary: 'João, meu melhor cliente' })
    await clinic.sync.pullFromGoogle(owner)
    await clinic.push('a1', { start: '2026-05-05T16:00:00-03:00', end: '2026-05-05T16:30:00-03:00' })
    expect(onlyEvent(clinic.hand)['summary']).toBe('João, meu melhor cliente')
  })

  it('an event deleted in Google before the push is an inbound cancellation, not a reason to make another', async () => {
    await using clinic = await openClinic({ settings: { conflictResolution: 'google_wins' } })
    await clinic.push('a1')
    clinic.hand.delete(onlyEvent(clinic.hand).id)
    clinic.clock.advance(1000)
    await clinic.push('a1', { service: { name: 'Barba' } })
    await clinic.sync.tasks.run('drain_outbox')
    expect(clinic.book.told).toMatchObject([{ type: 'cancelled' }])
    expect(clinic.hand.events()).toEqual([])
  })

  it('an outage answers queued, and the outbox brings the event in once Google is back', async () => {
    await using clinic = await openClinic()
    clinic.google.faults.failNext({ status: 503, times: 2 })
    expect(await clinic.push('a1')).toMatchObject({ status: 'queued', error: { code: 'GOOGLE_UNAVAILABLE' } })
    expect(clinic.hand.events()).toEqual([])
    const asked = clinic.google.requests.map(({ requestBody }) => (requestBody as { id: string }).id)
    clinic.clock.advance(30 * 60_000)
    await clinic.sync.tasks.run('drain_outbox')
    clinic.clock.advance(30 * 60_000)
    await clinic.sync.tasks.run('drain_outbox')
    expect(onlyEvent(clinic.hand).id).toBe(asked[0])
  })

  it('a push that Google keeps waiting answers queued at the deadline and is not doubled', async () => {
    await using clinic = await openClinic()
    const { promise, resolve } = Promise.withResolvers<void>()
    clinic.google.faults.delayNext({ match: { method: 'POST', path: /events/ }, until: promise })
    const pushing = clinic.push('a1')
    while (clinic.google.requests.length === 0) await new Promise((next) => setImmediate(next))
    clinic.clock.advance(5_000)
    expect(await pushing).toMatchObject({ status: 'queued', error: { code: 'PUSH_TIMEOUT' } })
    resolve()
    clinic.clock.advance(30 * 60_000)
    await clinic.sync.tasks.run('drain_outbox')
    onlyEvent(clinic.hand)
  })

  it('two pushes of one appointment at once end in one event with the newer content', async () => {
    await using clinic = await openClinic()
    const first = clinic.put('a1')
    clinic.clock.advance(1)
    const second = clinic.put('a1', { start: '2026-05-05T16:00:00-03:00', end: '2026-05-05T16:30:00-03:00' })
    await Promise.all([
      clinic.sync.syncAppointmentToGoogle(first),
      clinic.sync.syncAppointmentToGoogle(second),
    ])
    clinic.clock.advance(60_000)
    await clinic.sync.tasks.run('drain_outbox')
    expect(spanOf(onlyEvent(clinic.hand))[0]).toBe('2026-05-05T19:00:00.000Z')
  })

  it('a poisonous appointment is put aside and does not stop the next', async () => {
    await using clinic = await openClinic()
    clinic.google.faults.failNext({ status: 400, reason: 'invalid', times: 1 })
    expect(await clinic.push('bad')).toMatchObject({ status: 'queued', retryAt: null })
    expect(await clinic.push('good')).toMatchObject({ status: 'success' })
    expect(await clinic.sync.metrics()).toMatchObject({ outboxDead: 1 })
    expect((await clinic.sync.health()).checks.outbox.status).toBe('degraded')
    expect(await clinic.push('bad', { notes: 'mended' })).toMatchObject({ status: 'success' })
    expect(await clinic.sync.metrics()).toMatchObject({ outboxDead: 0 })
  })

  it('bad input names every problem by path, and nothing is stored or sent', async () => {
    await using clinic = await openClinic()
    const bad = appointment('a1', {
      start: '2026-05-05T09:00:00',
      end: 'soon',
      client: { name: 'João', email: 'not an address' },
    })
    const failure = await clinic.sync.syncAppointmentToGoogle(bad).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'INVALID_APPOINTMENT' })
    expect((failure as { problems: { path: string }[] }).problems.map(({ path }) => path).sort()).toEqual([
      'client.email',
      'end',
      'start',
    ])
    expect(clinic.calls()).toEqual([])
    expect(await clinic.storage.outbox.count({})).toMatchObject({ pending: 0 })
  })

  it('client info and notes that are switched off reach Google by no field', async () => {
    await using clinic = await openClinic({
      settings: { includeClientInfo: false, includeNotes: false, invite: 'client' },
    })
    await clinic.push('a1', { notes: 'alérgico a menta' })
    const sent = JSON.stringify(clinic.google.requests.map((request) => request.requestBody))
    for (const secret of ['João', '99999', 'joao@email.com', 'alérgico']) expect(sent).not.toContain(secret)
    expect(sent).toContain('Corte de Cabelo')
  })

  it('an invited client is a guest, keeps the answer given, and a guest the user added stays', async () => {
    await using clinic = await openClinic({ settings: { invite: 'client' } })
    await clinic.push('a1')
    const { id } = onlyEvent(clinic.hand)
    clinic.hand.respond(id, 'accepted', 'joao@email.com')
    const answered = clinic.hand.get(id)['attendees'] as object[]
    clinic.hand.patch(id, { attendees: [...answered, { email: 'mother@example.com' }] })
    await clinic.push('a1', { attendees: [{ email: 'colleague@example.com' }] })
    const guests = onlyEvent(clinic.hand)['attendees'] as { email: string; responseStatus: string }[]
    expect(guests.map(({ email, responseStatus }) => `${email} ${responseStatus}`).sort()).toEqual([
      'colleague@example.com needsAction',
      'joao@email.com accepted',
      'mother@example.com needsAction',
    ])
  })

  it('whole days go to Google as dates with an exclusive end, and can become timed again', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1', { allDay: true, start: '2026-05-05', end: '2026-05-06' })
    expect(onlyEvent(clinic.hand)['start']).toEqual({ date: '2026-05-05' })
    expect(onlyEvent(clinic.hand)['end']).toEqual({ date: '2026-05-06' })
    await clinic.push('a1', {
      ...appointment('a1'),
      updatedAt: new Date(clinic.clock.now() + 1),
      allDay: false,
    })
    expect(spanOf(onlyEvent(clinic.hand))[0]).toBe('2026-05-05T12:00:00.000Z')
  })

  it('a push for an owner without a connection is skipped, and one of a paused owner waits', async () => {
    await using clinic = await openClinic()
    const stranger = appointment('x', { userId: 'somebody-else' })
    expect(await clinic.sync.syncAppointmentToGoogle(stranger)).toEqual({
      status: 'skipped',
      reason: 'not_connected',
    })
    await clinic.sync.integrations.setActive(owner, false)
    expect(await clinic.push('a1')).toEqual({ status: 'skipped', reason: 'paused' })
    await clinic.sync.integrations.setActive(owner, true)
    await clinic.sync.tasks.run('drain_outbox')
    onlyEvent(clinic.hand)
  })
})

describe('calls out of order', () => {
  it('a cancellation that still waits gives way to the confirmation that follows it', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1')
    clinic.google.faults.failNext({ match: { method: 'DELETE' }, status: 503 })
    clinic.clock.advance(1000)
    const cancelled = clinic.put('a1', { status: 'cancelled' })
    expect(await clinic.sync.handlers.appointmentCancelled(cancelled)).toMatchObject({ status: 'queued' })
    clinic.clock.advance(1000)
    await clinic.push('a1', { status: 'confirmed' })
    clinic.clock.advance(30 * 60_000)
    await clinic.sync.tasks.run('drain_outbox')
    onlyEvent(clinic.hand)
  })

  it('a push that is overtaken while it waits does not write the older version last', async () => {
    await using clinic = await openClinic()
    await clinic.push('other')
    const { promise, resolve } = Promise.withResolvers<void>()
    clinic.google.faults.delayNext({ match: { method: 'PATCH' }, until: promise })
    clinic.clock.advance(1)
    // The calendar is busy with another appointment while two versions of a1 come in.
    const busy = clinic.push('other', { notes: 'x' })
    const older = clinic.put('a1')
    clinic.clock.advance(1)
    const newer = clinic.put('a1', { start: '2026-05-05T16:00:00-03:00', end: '2026-05-05T16:30:00-03:00' })
    const pushes = [clinic.sync.syncAppointmentToGoogle(older), clinic.sync.syncAppointmentToGoogle(newer)]
    resolve()
    await Promise.all([busy, ...pushes])
    await clinic.sync.tasks.run('drain_outbox')
    const spans = clinic.hand.events().map((event) => spanOf(event)[0])
    expect(spans.sort()).toEqual(['2026-05-05T12:00:00.000Z', '2026-05-05T19:00:00.000Z'])
  })

  it('a cancellation that comes after a newer confirmation takes nothing away', async () => {
    await using clinic = await openClinic()
    const cancelled = { ...clinic.put('a1'), status: 'cancelled' as const }
    clinic.clock.advance(1000)
    await clinic.push('a1', { status: 'confirmed' })
    expect(await clinic.sync.handlers.appointmentCancelled(cancelled)).toEqual({
      status: 'skipped',
      reason: 'stale',
    })
    onlyEvent(clinic.hand)
  })

  it('an appointment deleted by its id alone stays away for late calls, and returns with a newer version', async () => {
    await using clinic = await openClinic()
    const created = clinic.put('a1')
    await clinic.sync.handlers.appointmentCreated(created)
    const ref = { tenantId: owner.tenantId, userId: owner.userId, appointmentId: 'a1' }
    expect(await clinic.sync.deleteAppointmentFromGoogle(ref)).toMatchObject({ action: 'deleted' })
    expect(await clinic.sync.handlers.appointmentUpdated(created)).toEqual({
      status: 'skipped',
      reason: 'stale',
    })
    clinic.clock.advance(10)
    expect(await clinic.push('a1')).toMatchObject({ status: 'success', action: 'created' })
  })

  it('a caller that stops waiting gets its own reason, and the push goes on from the outbox', async () => {
    await using clinic = await openClinic()
    const { promise, resolve } = Promise.withResolvers<void>()
    clinic.google.faults.delayNext({ match: { method: 'POST', path: /events/ }, until: promise })
    const controller = new AbortController()
    const pushing = clinic.sync.syncAppointmentToGoogle(clinic.put('a1'), { signal: controller.signal })
    while (clinic.google.requests.length === 0) await new Promise((next) => setImmediate(next))
    const reason = new Error('the request was closed')
    controller.abort(reason)
    await expect(pushing).rejects.toBe(reason)
    resolve()
    clinic.clock.advance(30 * 60_000)
    await clinic.sync.tasks.run('drain_outbox')
    onlyEvent(clinic.hand)
    const { items } = await clinic.sync.logs.list({ tenantId: owner.tenantId, status: 'queued' })
    expect(items.map(({ errorCode }) => errorCode)).toEqual(['PUSH_TIMEOUT'])
  })

  it('storage that fails is the one thing a push throws for besides bad input', async () => {
    await using clinic = await openClinic()
    const down = new Error('disk is full')
    clinic.storage.transaction = () => Promise.reject(down)
    await expect(clinic.push('a1')).rejects.toBe(down)
  })
})
