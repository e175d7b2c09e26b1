import { describe, expect, it } from 'vitest'
import type { EventLink } from '../../src/domain/index.ts'
import { onlyEvent, openClinic, owner } from './clinic.ts'

const URL = 'https://app.example.com/appointments/a1'

describe('what the settings say of an event', () => {
  it('colours follow the status, back to the calendar’s own', async () => {
    await using clinic = await openClinic({ settings: { colorByStatus: { confirmed: '5', completed: '2' } } })
    await clinic.push('a1')
    expect(onlyEvent(clinic.hand)['colorId']).toBe('5')
    await clinic.push('a1', { status: 'completed' })
    expect(onlyEvent(clinic.hand)['colorId']).toBe('2')
    await clinic.push('a1', { status: 'no_show' })
    expect(onlyEvent(clinic.hand)).not.toHaveProperty('colorId')
  })

  it('reminders are each there once, and none is none: not even the calendar’s own', async () => {
    await using clinic = await openClinic({ settings: { reminderMinutes: [60, 0, 60, 40_320] } })
    await clinic.push('a1')
    const minutes = (): unknown =>
      (
        onlyEvent(clinic.hand)['reminders'] as unknown as { overrides?: { minutes: number }[] }
      ).overrides?.map((one) => one.minutes)
    expect(minutes()).toEqual([0, 60, 40_320])
    await clinic.sync.integrations.updateSettings(owner, { reminderMinutes: [] })
    await clinic.sync.syncAllAppointmentsForUser(owner)
    expect(onlyEvent(clinic.hand)['reminders']).toEqual({ useDefault: false })
    await expect(
      clinic.sync.integrations.updateSettings(owner, { reminderMinutes: [1, 2, 3, 4, 5, 6] }),
    ).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', problems: [{ path: 'reminderMinutes' }] })
  })

  it('a tentative booking may leave the time free, until it is confirmed', async () => {
    await using clinic = await openClinic({ settings: { freeStatuses: ['pending'] } })
    const busy = async (): Promise<unknown> => {
      const range = { from: new Date('2026-05-05T00:00:00Z'), to: new Date('2026-05-06T00:00:00Z') }
      const answer = await clinic.sync.availability.busy(owner, { ...range, source: 'google' })
      return answer.status === 'known' ? answer.busy.length : answer
    }
    await clinic.push('a1', { status: 'pending' })
    expect(onlyEvent(clinic.hand)).toMatchObject({ status: 'tentative', transparency: 'transparent' })
    expect(await busy()).toBe(0)
    await clinic.push('a1', { status: 'confirmed' })
    expect(onlyEvent(clinic.hand)['status']).toBe('confirmed')
    expect(onlyEvent(clinic.hand)['transparency'] ?? 'opaque').toBe('opaque')
    expect(await busy()).toBe(1)
  })

  it('visibility hides the details, and a user’s own choice stays until the setting changes', async () => {
    await using clinic = await openClinic({ settings: { visibility: 'private' } })
    await clinic.push('a1')
    const { id } = onlyEvent(clinic.hand)
    expect(onlyEvent(clinic.hand)['visibility']).toBe('private')
    clinic.hand.patch(id, { visibility: 'public' })
    await clinic.sync.pullFromGoogle(owner)
    await clinic.push('a1', { notes: 'x' })
    expect(onlyEvent(clinic.hand)['visibility']).toBe('public')
    await clinic.sync.integrations.updateSettings(owner, { visibility: 'default' })
    await clinic.sync.syncAllAppointmentsForUser(owner)
    expect(onlyEvent(clinic.hand)['visibility'] ?? 'default').toBe('default')
    expect(clinic.book.told).toEqual([])
  })

  it.each([
    ['pt-BR', 'Abrir o agendamento'],
    ['en', 'Open the appointment'],
    ['es', 'Abrir la cita'],
  ] as const)('the way back to the appointment is named in %s', async (locale, title) => {
    await using clinic = await openClinic({ settings: { locale } })
    await clinic.push('a1', { url: URL })
    expect(onlyEvent(clinic.hand)['source']).toEqual({ title, url: URL })
    await clinic.push('a1', { url: `${URL}?tab=2` })
    expect(onlyEvent(clinic.hand)['source']).toEqual({ title, url: `${URL}?tab=2` })
    await clinic.push('a1', { url: undefined })
    expect(onlyEvent(clinic.hand)).not.toHaveProperty('source')
  })

  it('an appointment with a bad address is refused whole: nothing is sent or stored', async () => {
    await using clinic = await openClinic()
    const bad = clinic.put('a1', { url: 'javascript:alert(1)', conference: 'zoom' as never })
    await expect(clinic.sync.syncAppointmentToGoogle(bad)).rejects.toMatchObject({
      code: 'INVALID_APPOINTMENT',
      problems: [{ path: 'conference' }, { path: 'url' }],
    })
    expect(clinic.calls()).toEqual([])
    expect(clinic.hand.events()).toEqual([])
  })
})

describe('links from before these fields', () => {
  it('cost no write after an update, for Google has its defaults', async () => {
    await using clinic = await openClinic()
    for (let n = 0; n < 30; n += 1) await clinic.push(`a${n}`)
    const [integration] = await clinic.storage.integrations.scan({
      status: 'active',
      afterId: null,
      limit: 1,
    })
    const ref = { ...owner, integrationId: integration?.id ?? '' }
    const ids = Array.from({ length: 30 }, (_, n) => `a${n}`)
    for (const link of await clinic.storage.links.findMany(ref, ids)) {
      const { visibility: _v, transparency: _t, source: _s, conference: _c, ...app } = link.base.app
      const { rendering: _r, ...base } = link.base
      const older: EventLink = {
        ...link,
        fingerprint: 'older',
        base: { ...base, app },
        version: link.version + 1,
      }
      expect(await clinic.storage.links.replace(older, link.version)).toBe(true)
    }
    clinic.calls()
    expect(await clinic.sync.syncAllAppointmentsForUser(owner)).toMatchObject({ skipped: 30, updated: 0 })
    expect(clinic.calls()).toEqual([])
    await clinic.sync.integrations.updateSettings(owner, { visibility: 'private' })
    expect(await clinic.sync.syncAllAppointmentsForUser(owner)).toMatchObject({ updated: 30 })
  })
})
