import { describe, expect, it } from 'vitest'
import type { Conflict, ConflictResolution, SyncSettings } from 'appointment-sync'
import { type Clinic, onlyEvent, openClinic, owner, spanOf } from './clinic.ts'

const span = (hour: number): { start: string; end: string } => ({
  start: `2026-05-05T${hour}:00:00-03:00`,
  end: `2026-05-05T${hour}:30:00-03:00`,
})
const eventSpan = (hour: number): object => ({
  start: { dateTime: span(hour).start },
  end: { dateTime: span(hour).end },
})
const startOf = (hour: number): string => new Date(span(hour).start).toISOString()

async function onlyConflict(clinic: Clinic, status: 'open' | 'resolved' = 'open'): Promise<Conflict> {
  const { items } = await clinic.sync.conflicts.list({ tenantId: owner.tenantId, status })
  const [conflict] = items
  if (conflict === undefined || items.length !== 1) throw new Error(`found ${items.length} conflicts`)
  return conflict
}

/** Time and location were changed on both sides. */
async function contested(settings: Partial<SyncSettings> = {}): Promise<Clinic> {
  const clinic = await openClinic({ settings })
  await clinic.push('a1', { location: 'Sala 0' })
  await clinic.sync.pullFromGoogle(owner)
  clinic.clock.advance(60_000)
  clinic.put('a1', { ...span(11), location: 'Sala 1' })
  clinic.clock.advance(60_000)
  clinic.hand.patch(onlyEvent(clinic.hand).id, { ...eventSpan(16), location: 'Room 2' })
  await clinic.sync.pullFromGoogle(owner)
  await clinic.sync.tasks.run('drain_outbox')
  clinic.clock.advance(60_000)
  return clinic
}

const target = (conflict: Conflict, by?: string): { tenantId: string; conflictId: string; by?: string } => ({
  tenantId: owner.tenantId,
  conflictId: conflict.id,
  ...(by === undefined ? {} : { by }),
})

describe('a policy of its own for a field', () => {
  it('puts the time to review while the app’s location is written', async () => {
    await using clinic = await contested({
      conflictResolution: 'app_wins',
      conflictResolutionByField: { time: 'manual' },
    })
    expect(await onlyConflict(clinic)).toMatchObject({ fields: ['time'] })
    expect(onlyEvent(clinic.hand)['location']).toBe('Sala 1')
    expect(spanOf(onlyEvent(clinic.hand))[0]).toBe(startOf(16))
  })

  it('decides about a deletion apart from the fields', async () => {
    await using clinic = await openClinic({
      settings: { conflictResolution: 'manual', conflictResolutionByField: { existence: 'merge' } },
    })
    await clinic.push('a1')
    await clinic.sync.pullFromGoogle(owner)
    clinic.clock.advance(60_000)
    clinic.put('a1', span(11))
    clinic.hand.delete(onlyEvent(clinic.hand).id)
    await clinic.sync.pullFromGoogle(owner)
    await clinic.sync.tasks.run('drain_outbox')
    expect(spanOf(onlyEvent(clinic.hand))[0]).toBe(startOf(11))
  })

  it('is asked again, field by field, before a change that waited is told', async () => {
    await using clinic = await openClinic({
      settings: {
        descriptionTemplate: '{{ notes }}',
        conflictResolutionByField: { title: 'app_wins', location: 'manual', description: 'google_wins' },
      },
    })
    await clinic.push('a1')
    await clinic.sync.pullFromGoogle(owner)
    clinic.book.answers.push(() => Promise.reject(new Error('down')))
    const theirs = { summary: 'theirs', location: 'theirs', description: 'theirs' }
    clinic.hand.patch(onlyEvent(clinic.hand).id, theirs)
    await clinic.sync.pullFromGoogle(owner)
    clinic.clock.advance(900_000)
    clinic.put('a1', { title: 'mine', location: 'mine', notes: 'mine' })
    clinic.book.answers.push(() => {
      clinic.put('a1', { notes: 'theirs' })
      return Promise.resolve({ status: 'applied' })
    })
    for (let round = 0; round < 3; round += 1) {
      await clinic.sync.pullFromGoogle(owner)
      await clinic.sync.tasks.run('drain_outbox')
      clinic.clock.advance(60_000)
    }
    expect(onlyEvent(clinic.hand)).toMatchObject({ ...theirs, summary: '[Agendamento] mine - João Silva' })
    expect(await onlyConflict(clinic)).toMatchObject({ fields: ['location'] })
    expect(clinic.book.told.at(-1)).toMatchObject({ type: 'edited', fields: { description: 'theirs' } })
    expect(clinic.book.told).toHaveLength(2)
  })

  it('that does not exist is refused with its path', async () => {
    await using clinic = await openClinic()
    const patch = {
      conflictResolutionByField: { time: 'mine', colour: 'manual' },
    } as unknown as Partial<SyncSettings>
    await expect(clinic.sync.integrations.updateSettings(owner, patch)).rejects.toMatchObject({
      problems: expect.arrayContaining([
        expect.objectContaining({ path: 'conflictResolutionByField.time' }),
      ]) as unknown,
    })
  })
})

describe('a conflict of two fields', () => {
  it('shrinks when the app comes to say what Google says of one', async () => {
    await using clinic = await contested()
    expect(await onlyConflict(clinic)).toMatchObject({ fields: ['time', 'location'] })
    await clinic.push('a1', span(16))
    expect(await onlyConflict(clinic)).toMatchObject({ fields: ['location'], app: { location: 'Sala 1' } })
    expect((await onlyConflict(clinic)).app.time).toBeUndefined()
    clinic.clock.advance(1000)
    await clinic.push('a1', span(17))
    expect(spanOf(onlyEvent(clinic.hand))[0]).toBe(startOf(17))
    expect(onlyEvent(clinic.hand)['location']).toBe('Room 2')
  })

  it('shrinks when a person in Google comes to say what the app says of one, and ends with the other', async () => {
    await using clinic = await contested()
    clinic.hand.patch(onlyEvent(clinic.hand).id, { location: 'Sala 1' })
    await clinic.sync.pullFromGoogle(owner)
    expect(await onlyConflict(clinic)).toMatchObject({ fields: ['time'] })
    clinic.clock.advance(1000)
    await clinic.push('a1', span(16))
    expect(await onlyConflict(clinic, 'resolved')).toMatchObject({ resolution: 'sides_agree', decisions: [] })
  })

  it('lets uncontested fields and other appointments go on', async () => {
    await using clinic = await contested()
    await clinic.push('a1', { service: { name: 'Barba' } })
    expect(onlyEvent(clinic.hand)['summary']).toBe('[Agendamento] Barba - João Silva')
    clinic.hand.patch(onlyEvent(clinic.hand).id, { description: 'a note' })
    await clinic.sync.pullFromGoogle(owner)
    expect(clinic.book.told).toMatchObject([{ type: 'edited', fields: { description: 'a note' } }])
    expect(await clinic.push('a2')).toMatchObject({ status: 'success', action: 'created' })
    expect(await onlyConflict(clinic)).toMatchObject({ fields: ['time', 'location'] })
  })

  it('is settled field by field, and says who decided what, when', async () => {
    await using clinic = await contested()
    const { sync, clock } = clinic
    const conflict = await onlyConflict(clinic)
    const first = clock.now()
    const partly = await sync.conflicts.resolve(target(conflict, 'ana'), { fields: { time: 'app' } })
    expect(partly).toMatchObject({ status: 'open', fields: ['location'] })
    expect(spanOf(onlyEvent(clinic.hand))[0]).toBe(startOf(11))
    expect(onlyEvent(clinic.hand)['location']).toBe('Room 2')
    clock.advance(1000)
    await sync.conflicts.resolve(target(conflict, 'bruno'), 'google')
    const settled = await sync.conflicts.get({ ...owner, conflictId: conflict.id })
    expect(settled).toMatchObject({ status: 'resolved', resolution: 'google' })
    expect(settled.decisions).toEqual([
      { field: 'time', side: 'app', by: 'ana', atMs: first },
      { field: 'location', side: 'google', by: 'bruno', atMs: first + 1000 },
    ])
    expect(await onlyConflict(clinic, 'resolved')).toEqual(settled)
    const { items } = await sync.logs.list({ tenantId: owner.tenantId, action: 'resolve' })
    expect(items.map(({ fields }) => fields)).toEqual([['location:google'], ['time:app']])
    expect(JSON.stringify(items)).not.toContain('ana')
  })

  it('may be settled by nobody in particular', async () => {
    await using clinic = await contested()
    const settled = await clinic.sync.conflicts.resolve(target(await onlyConflict(clinic)), 'app')
    expect(settled.decisions.map(({ by }) => by)).toEqual([null, null])
  })

  it('of two who decide at the same time takes one', async () => {
    await using clinic = await contested()
    const conflict = await onlyConflict(clinic)
    const outcomes = await Promise.allSettled(
      (['app', 'google'] as const).map((side) => clinic.sync.conflicts.resolve(target(conflict, side), side)),
    )
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    const { decisions } = await onlyConflict(clinic, 'resolved')
    expect(new Set(decisions.map(({ by }) => by)).size).toBe(1)
  })
})

describe('a decision that cannot be read', () => {
  it('is refused with every problem, and nothing is stored', async () => {
    await using clinic = await contested()
    const before = await onlyConflict(clinic)
    const bad = { tenantId: '', conflictId: before.id, by: 'x'.repeat(192) }
    const decision = { fields: { time: 'both' } } as unknown as ConflictResolution
    await expect(clinic.sync.conflicts.resolve(bad, decision)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      problems: [
        expect.objectContaining({ path: 'tenantId' }),
        expect.objectContaining({ path: 'by' }),
        expect.objectContaining({ path: 'resolution' }),
      ],
    })
    const strangers = { fields: { title: 'app', existence: 'app', time: 'app' } } as const
    await expect(clinic.sync.conflicts.resolve(target(before), strangers)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      problems: [{ path: 'fields.title' }, { path: 'fields.existence' }],
    })
    expect(await onlyConflict(clinic)).toEqual(before)
  })

  it('an unknown conflict, another tenant’s and a colleague’s are not found', async () => {
    await using clinic = await contested()
    const { id: conflictId } = await onlyConflict(clinic)
    for (const stranger of [
      { ...owner, conflictId: 'unknown' },
      { tenantId: 'clinic-2', conflictId },
      { tenantId: owner.tenantId, userId: 'bruno', conflictId },
    ]) {
      await expect(clinic.sync.conflicts.get(stranger)).rejects.toMatchObject({ code: 'CONFLICT_NOT_FOUND' })
    }
    await expect(clinic.sync.conflicts.get({ tenantId: '', conflictId: '' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      problems: [
        expect.objectContaining({ path: 'tenantId' }),
        expect.objectContaining({ path: 'conflictId' }),
      ],
    })
  })
})

describe('an appointment that is gone from both sides', () => {
  it.each(['erased', 'cancelled'] as const)('and %s in the app ends its conflict', async (how) => {
    await using clinic = await openClinic()
    await clinic.push('a1')
    await clinic.sync.pullFromGoogle(owner)
    clinic.clock.advance(60_000)
    clinic.put('a1', span(11))
    clinic.hand.delete(onlyEvent(clinic.hand).id)
    await clinic.sync.pullFromGoogle(owner)
    expect(await onlyConflict(clinic)).toMatchObject({ fields: ['existence'] })
    clinic.clock.advance(1000)
    if (how === 'cancelled') await clinic.push('a1', { status: 'cancelled' })
    else {
      clinic.book.appointments.delete('a1')
      await clinic.sync.deleteAppointmentFromGoogle({ ...owner, appointmentId: 'a1' })
    }
    expect(await onlyConflict(clinic, 'resolved')).toMatchObject({ resolution: 'sides_agree' })
    expect(clinic.hand.events()).toEqual([])
  })
})
