import { describe, expect, it } from 'vitest'
import type { AppointmentChange } from 'appointment-sync'
import { type Clinic, onlyEvent, openClinic, owner, spanOf } from './clinic.ts'

const NINE = { start: '2026-05-05T09:00:00-03:00', end: '2026-05-05T09:30:00-03:00' }
const TEN = { start: '2026-05-05T10:00:00-03:00', end: '2026-05-05T10:30:00-03:00' }
const ELEVEN = { start: '2026-05-05T11:00:00-03:00', end: '2026-05-05T11:30:00-03:00' }
const timesOf = ({ start, end }: { start: string; end: string }): object => ({
  start: { dateTime: start },
  end: { dateTime: end },
})
const startOf = (time: { start: string }): string => new Date(time.start).toISOString()

async function booked(settings: Parameters<typeof openClinic>[0] = {}): Promise<Clinic> {
  const clinic = await openClinic(settings)
  await clinic.push('a1', NINE)
  await clinic.sync.pullFromGoogle(owner)
  clinic.clock.advance(1000)
  return clinic
}

async function settle(clinic: Clinic): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    clinic.clock.advance(3_600_000)
    await clinic.sync.tasks.run('drain_outbox')
    await clinic.sync.pullFromGoogle(owner)
  }
}

/** All that the host was told of texts, the last word on each. */
function toldTexts(told: readonly AppointmentChange[]): object {
  return Object.assign({}, ...told.map((change) => (change.type === 'edited' ? change.fields : {}))) as object
}

describe('a change that waits while one of its fields is edited once more', () => {
  it('is told with the fields that still stand', async () => {
    await using clinic = await booked()
    clinic.book.answers.push(() => Promise.reject(new Error('the host is down')))
    const { id } = onlyEvent(clinic.hand)
    clinic.hand.patch(id, { summary: 'first', location: 'Sala 1' })
    await clinic.sync.pullFromGoogle(owner)
    clinic.book.told.length = 0
    clinic.hand.patch(id, { summary: 'second' })
    await clinic.sync.pullFromGoogle(owner)
    await settle(clinic)
    expect(toldTexts(clinic.book.told)).toMatchObject({ title: 'second', location: 'Sala 1' })
    expect(
      clinic.book.told.some((change) => change.type === 'edited' && change.fields.title === 'first'),
    ).toBe(false)
  })

  it('leaves no conflict behind when the host followed the first edit', async () => {
    await using clinic = await booked({ settings: { conflictResolution: 'manual' } })
    const { id } = onlyEvent(clinic.hand)
    clinic.book.answers.push(async (change) => {
      // The person goes on editing while the host is taking the change, and that is read.
      clinic.hand.patch(id, timesOf(ELEVEN))
      await clinic.sync.pullFromGoogle(owner)
      clinic.put('a1', { ...change, updatedAt: new Date(clinic.clock.now()) })
      return { status: 'applied' }
    })
    clinic.hand.patch(id, timesOf(TEN))
    await clinic.sync.pullFromGoogle(owner)
    await settle(clinic)
    const { items } = await clinic.sync.conflicts.list({ tenantId: owner.tenantId })
    expect(items).toEqual([])
    expect(spanOf(onlyEvent(clinic.hand))[0]).toBe(startOf(ELEVEN))
    expect(new Date(clinic.book.appointments.get('a1')?.start ?? 0).toISOString()).toBe(startOf(ELEVEN))
  })
})

describe('an edit of the app’s', () => {
  it('reaches Google after all when the event whose deletion was in question is restored', async () => {
    await using clinic = await booked({ settings: { conflictResolution: 'manual' } })
    const { id } = onlyEvent(clinic.hand)
    clinic.hand.delete(id)
    clinic.clock.advance(1000)
    expect(await clinic.push('a1', TEN)).toMatchObject({ status: 'conflict' })
    clinic.clock.advance(1000)
    clinic.hand.patch(id, { status: 'confirmed' })
    await settle(clinic)
    expect(spanOf(onlyEvent(clinic.hand))[0]).toBe(startOf(TEN))
    expect((await clinic.sync.conflicts.list({ tenantId: owner.tenantId })).items).toEqual([])
  })

  it('is none when only a refused edit is being put back: a deletion meanwhile is told', async () => {
    await using clinic = await booked({ settings: { conflictResolution: 'merge' } })
    const { id } = onlyEvent(clinic.hand)
    clinic.book.answers.push(() => Promise.resolve({ status: 'rejected', reason: 'taken' }))
    clinic.hand.patch(id, timesOf(TEN))
    await clinic.sync.pullFromGoogle(owner)
    clinic.hand.delete(id)
    await settle(clinic)
    expect(clinic.book.told.map(({ type }) => type)).toEqual(['rescheduled', 'cancelled'])
    expect(clinic.hand.events()).toEqual([])
  })
})

describe('what a policy overrules', () => {
  it('leaves a line in the log that names the fields', async () => {
    await using clinic = await booked({ settings: { conflictResolution: 'app_wins' } })
    const { id } = onlyEvent(clinic.hand)
    clinic.hand.patch(id, timesOf(TEN))
    await clinic.push('a1', ELEVEN)
    const { items } = await clinic.sync.logs.list({ tenantId: owner.tenantId, appointmentId: 'a1' })
    expect(items).toContainEqual(
      expect.objectContaining({ direction: 'from_google', status: 'skipped', fields: ['time'] }),
    )
    expect(spanOf(onlyEvent(clinic.hand))[0]).toBe(startOf(ELEVEN))
  })
})

describe('change ids', () => {
  it('differ when the same state of an event tells something else to a host that connected anew', async () => {
    await using clinic = await booked({ settings: { conflictResolution: 'google_wins' } })
    const { id } = onlyEvent(clinic.hand)
    clinic.hand.patch(id, { location: 'Sala 1', summary: 'by hand' })
    await clinic.sync.pullFromGoogle(owner)
    await clinic.sync.integrations.disconnect(owner, { removeEvents: 'none' })
    clinic.clock.advance(1000)
    clinic.put('a1', { location: 'Sala 1' })
    await clinic.connect()
    await clinic.sync.syncAllAppointmentsForUser(owner)
    await settle(clinic)
    const edits = clinic.book.told.filter(({ type }) => type === 'edited')
    expect(edits.length).toBeGreaterThan(1)
    expect(new Set(edits.map(({ changeId }) => changeId)).size).toBe(edits.length)
  })
})
