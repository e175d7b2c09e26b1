import { describe, expect, it } from 'vitest'
import type { ConflictPolicy } from 'appointment-sync'
import { type Clinic, onlyEvent, openClinic, owner, spanOf } from './clinic.ts'

const NINE = '2026-05-05T12:00:00.000Z'
const ELEVEN = { start: '2026-05-05T11:00:00-03:00', end: '2026-05-05T11:30:00-03:00' }
const SIXTEEN = {
  start: { dateTime: '2026-05-05T16:00:00-03:00' },
  end: { dateTime: '2026-05-05T16:30:00-03:00' },
}

/** An appointment at 9, moved to 11 in the app and to 16 in Google, the later edit last; then pulled. */
async function contested(policy: ConflictPolicy, later: 'app' | 'google' = 'google'): Promise<Clinic> {
  const clinic = await openClinic({ settings: { conflictResolution: policy } })
  await clinic.push('a1')
  await clinic.sync.pullFromGoogle(owner)
  const app = (): unknown => clinic.put('a1', ELEVEN)
  const google = (): unknown => clinic.hand.patch(onlyEvent(clinic.hand).id, SIXTEEN)
  for (const edit of later === 'google' ? [app, google] : [google, app]) {
    clinic.clock.advance(60_000)
    edit()
  }
  await clinic.sync.pullFromGoogle(owner)
  await clinic.sync.tasks.run('drain_outbox')
  return clinic
}

const inGoogle = (clinic: Clinic): string => spanOf(onlyEvent(clinic.hand))[0]
const inApp = (clinic: Clinic): string =>
  new Date(clinic.book.appointments.get('a1')?.start ?? 0).toISOString()
const T11 = '2026-05-05T14:00:00.000Z'
const T16 = '2026-05-05T19:00:00.000Z'

describe('both sides changed the time differently', () => {
  it.each([
    ['google_wins', 'app', T16],
    ['app_wins', 'google', T11],
    ['latest_wins', 'google', T16],
    ['latest_wins', 'app', T11],
    ['merge', 'google', T16],
    ['merge', 'app', T11],
  ] as const)('%s with the later edit in %s ends at %s on both sides', async (policy, later, end) => {
    await using clinic = await contested(policy, later)
    expect([inApp(clinic), inGoogle(clinic)]).toEqual([end, end])
    expect(await clinic.sync.pullFromGoogle(owner)).toMatchObject({ applied: 0, rejected: 0, conflicts: 0 })
  })

  it('manual opens one conflict, touches neither side’s time, and keeps syncing the rest', async () => {
    await using clinic = await contested('manual')
    expect([inApp(clinic), inGoogle(clinic)]).toEqual([T11, T16])
    const { items } = await clinic.sync.conflicts.list({ tenantId: owner.tenantId })
    expect(items).toMatchObject([
      {
        appointmentId: 'a1',
        reason: 'both_changed',
        fields: ['time'],
        base: { time: { startMs: Date.parse(NINE) } },
        app: { time: { startMs: Date.parse(T11) } },
        google: { time: { startMs: Date.parse(T16) } },
      },
    ])
    clinic.clock.advance(1000)
    const conflictId = items[0]?.id
    expect(await clinic.push('a1', { service: { name: 'Barba' } })).toEqual({
      status: 'conflict',
      conflictId,
    })
    expect(onlyEvent(clinic.hand)['summary']).toBe('[Agendamento] Barba - João Silva')
    expect(inGoogle(clinic)).toBe(T16)
    expect(await clinic.push('other')).toMatchObject({ status: 'success' })
    clinic.clock.advance(1000)
    const noon = { start: '2026-05-05T12:00:00-03:00', end: '2026-05-05T12:30:00-03:00' }
    expect(await clinic.push('a1', { service: { name: 'Barba e cabelo' }, ...noon })).toMatchObject({
      conflictId,
    })
    const a1 = clinic.hand.events().find((event) => (event['summary'] as string).includes('Barba e cabelo'))
    expect(spanOf(a1 ?? {})[0]).toBe(T16)
    const open = await clinic.sync.conflicts.list({ tenantId: owner.tenantId })
    expect(open.items).toMatchObject([{ app: { time: { startMs: Date.parse(noon.start) } } }])
  })

  it.each([
    ['app', T11],
    ['google', T16],
    [{ fields: { time: 'app' } }, T11],
    [{ fields: { time: 'google' } }, T16],
  ] as const)('a person settles it with %j', async (resolution, end) => {
    await using clinic = await contested('manual')
    const { items } = await clinic.sync.conflicts.list({ tenantId: owner.tenantId })
    const target = { tenantId: owner.tenantId, conflictId: items[0]?.id ?? '' }
    expect(await clinic.sync.conflicts.resolve(target, resolution)).toMatchObject({ status: 'resolved' })
    expect([inApp(clinic), inGoogle(clinic)]).toEqual([end, end])
    await expect(clinic.sync.conflicts.resolve(target, resolution)).rejects.toMatchObject({
      code: 'CONFLICT_ALREADY_RESOLVED',
    })
  })

  it('it settles itself once both sides say the same', async () => {
    await using clinic = await contested('manual')
    clinic.clock.advance(1000)
    clinic.hand.patch(onlyEvent(clinic.hand).id, {
      start: { dateTime: ELEVEN.start },
      end: { dateTime: ELEVEN.end },
    })
    await clinic.sync.pullFromGoogle(owner)
    expect((await clinic.sync.conflicts.list({ tenantId: owner.tenantId })).items).toEqual([])
    const settled = await clinic.sync.conflicts.list({ tenantId: owner.tenantId, status: 'resolved' })
    expect(settled.items).toMatchObject([{ resolution: 'sides_agree' }])
  })

  it('another tenant can neither see nor settle it, nor a colleague settle it in their own name', async () => {
    await using clinic = await contested('manual')
    const { items } = await clinic.sync.conflicts.list({ tenantId: owner.tenantId })
    expect((await clinic.sync.conflicts.list({ tenantId: 'clinic-2' })).items).toEqual([])
    const conflictId = items[0]?.id ?? ''
    for (const stranger of [{ tenantId: 'clinic-2' }, { ...owner, userId: 'a-colleague' }]) {
      const settling = clinic.sync.conflicts.resolve({ ...stranger, conflictId }, 'app')
      await expect(settling).rejects.toMatchObject({ code: 'CONFLICT_NOT_FOUND' })
    }
  })

  it('a field that is not contested cannot be settled', async () => {
    await using clinic = await contested('manual')
    const { items } = await clinic.sync.conflicts.list({ tenantId: owner.tenantId })
    const target = { tenantId: owner.tenantId, conflictId: items[0]?.id ?? '' }
    await expect(clinic.sync.conflicts.resolve(target, { fields: { title: 'app' } })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      problems: [{ path: 'fields.title' }],
    })
  })
})

describe('the app changed what a person deleted in Google', () => {
  async function deleted(policy: ConflictPolicy): Promise<Clinic> {
    const clinic = await openClinic({ settings: { conflictResolution: policy } })
    await clinic.push('a1')
    await clinic.sync.pullFromGoogle(owner)
    clinic.clock.advance(60_000)
    clinic.put('a1', ELEVEN)
    clinic.hand.delete(onlyEvent(clinic.hand).id)
    await clinic.sync.pullFromGoogle(owner)
    await clinic.sync.tasks.run('drain_outbox')
    return clinic
  }

  it.each(['google_wins', 'latest_wins'] as const)('%s cancels the appointment', async (policy) => {
    await using clinic = await deleted(policy)
    expect(clinic.book.appointments.get('a1')?.status).toBe('cancelled')
    expect(clinic.hand.events()).toEqual([])
  })

  it.each(['app_wins', 'merge'] as const)('%s puts the event back at the app’s time', async (policy) => {
    await using clinic = await deleted(policy)
    expect(inGoogle(clinic)).toBe(T11)
    expect(clinic.book.told).toEqual([])
  })

  it.each([
    ['app', 'confirmed', 1],
    ['google', 'cancelled', 0],
  ] as const)('manual asks, and %s leaves the appointment %s', async (side, status, events) => {
    await using clinic = await deleted('manual')
    const { items } = await clinic.sync.conflicts.list({ tenantId: owner.tenantId })
    expect(items).toMatchObject([{ fields: ['existence'], app: { exists: true }, google: { exists: false } }])
    await clinic.sync.syncAllAppointmentsForUser(owner)
    expect(clinic.hand.events()).toEqual([])
    await clinic.sync.conflicts.resolve({ tenantId: owner.tenantId, conflictId: items[0]?.id ?? '' }, side)
    expect(clinic.book.appointments.get('a1')?.status).toBe(status)
    expect(clinic.hand.events()).toHaveLength(events)
  })
})

describe('the host refuses a change', () => {
  async function refused(policy: ConflictPolicy, act: (clinic: Clinic) => void): Promise<Clinic> {
    const clinic = await openClinic({ settings: { conflictResolution: policy } })
    await clinic.push('a1')
    await clinic.sync.pullFromGoogle(owner)
    clinic.book.answers.push(() => Promise.resolve({ status: 'rejected', reason: 'outside opening hours' }))
    act(clinic)
    await clinic.sync.pullFromGoogle(owner)
    await clinic.sync.tasks.run('drain_outbox')
    return clinic
  }
  const move = (clinic: Clinic): void => void clinic.hand.patch(onlyEvent(clinic.hand).id, SIXTEEN)
  const remove = (clinic: Clinic): void => clinic.hand.delete(onlyEvent(clinic.hand).id)

  it('app_wins puts the event back to the app’s time', async () => {
    await using clinic = await refused('app_wins', move)
    expect(inGoogle(clinic)).toBe(NINE)
    const { items } = await clinic.sync.logs.list({ tenantId: owner.tenantId, status: 'rejected' })
    expect(items).toMatchObject([{ action: 'reschedule', appointmentId: 'a1' }])
  })

  it('app_wins puts a deleted event back', async () => {
    await using clinic = await refused('app_wins', remove)
    expect(inGoogle(clinic)).toBe(NINE)
  })

  it('manual puts it to review with the reason, and either side can be chosen', async () => {
    await using clinic = await refused('manual', move)
    expect(inGoogle(clinic)).toBe(T16)
    const { items } = await clinic.sync.conflicts.list({ tenantId: owner.tenantId })
    expect(items).toMatchObject([
      { reason: 'rejected_by_host', hostReason: 'outside opening hours', fields: ['time'] },
    ])
    await clinic.sync.conflicts.resolve({ tenantId: owner.tenantId, conflictId: items[0]?.id ?? '' }, 'app')
    expect(inGoogle(clinic)).toBe(NINE)
  })

  it('a refused restoration takes the event off again', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1')
    const { id } = onlyEvent(clinic.hand)
    await clinic.push('a1', { status: 'cancelled' })
    await clinic.sync.pullFromGoogle(owner)
    clinic.clock.advance(1000)
    clinic.hand.patch(id, { status: 'confirmed' })
    clinic.book.answers.push(() => Promise.resolve({ status: 'rejected', reason: 'slot taken' }))
    await clinic.sync.pullFromGoogle(owner)
    await clinic.sync.tasks.run('drain_outbox')
    expect(clinic.book.told).toMatchObject([{ type: 'restored' }])
    expect(clinic.hand.events()).toEqual([])
  })
})
