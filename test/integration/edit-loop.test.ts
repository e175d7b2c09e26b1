import { describe, expect, it } from 'vitest'
import { type Clinic, onlyEvent, openClinic, owner, spanOf } from './clinic.ts'

const MINE = '2026-05-05T18:00:00.000Z'
/** What another tool wants the event to be. */
const theirs = {
  start: { dateTime: '2026-05-05T15:00:00-03:00' },
  end: { dateTime: '2026-05-05T15:30:00-03:00' },
}
const startOf = (clinic: Clinic): string => spanOf(onlyEvent(clinic.hand))[0]

/** One turn of a tool that puts its own value back whenever the event has another one; how many writes there were. */
async function turn(clinic: Clinic): Promise<number> {
  if (startOf(clinic) !== MINE) clinic.hand.patch(onlyEvent(clinic.hand).id, theirs)
  clinic.clock.advance(60_000)
  clinic.calls()
  await clinic.sync.pullFromGoogle(owner)
  clinic.clock.advance(10_000)
  await clinic.sync.tasks.run('drain_outbox')
  return clinic.calls().filter((method) => /patch|insert|delete|update|move/.test(method)).length
}

describe('another sync tool that puts its own time back each time', () => {
  it.each(['app_wins', 'manual'] as const)(
    'under %s is overwritten five times, then a person is asked',
    async (policy) => {
      await using clinic = await openClinic({ settings: { conflictResolution: policy } })
      await clinic.push('a1')
      await clinic.sync.pullFromGoogle(owner)
      // A host that does not take the time, and says so by pushing its own again.
      clinic.book.apply = () => {
        const stubborn = clinic.put('a1')
        void clinic.sync.handlers.appointmentUpdated(stubborn)
        return Promise.resolve({ status: 'applied' })
      }
      let writes = 0
      for (let n = 0; n < 30; n += 1) writes += await turn(clinic)
      expect(writes).toBeGreaterThan(0)
      expect(writes).toBeLessThanOrEqual(6)
      const { items } = await clinic.sync.conflicts.list({ tenantId: owner.tenantId })
      expect(items).toMatchObject([{ appointmentId: 'a1', fields: ['time'] }])
      const log = await clinic.sync.logs.list({ tenantId: owner.tenantId, action: 'park' })
      if (items[0]?.reason === 'edit_loop')
        expect(log.items).toMatchObject([{ fields: ['time'], status: 'conflict' }])
      expect(await turn(clinic)).toBe(0)
    },
  )

  it('under to_google, where nobody is told, is parked too', async () => {
    await using clinic = await openClinic({ settings: { syncDirection: 'to_google' } })
    await clinic.push('a1')
    let writes = 0
    for (let n = 0; n < 30; n += 1) {
      clinic.hand.patch(onlyEvent(clinic.hand).id, theirs)
      clinic.clock.advance(60_000)
      clinic.calls()
      await clinic.push('a1', {
        notes: `note ${n}`,
        start: `2026-05-05T09:${String(n).padStart(2, '0')}:00-03:00`,
      })
      writes += clinic.calls().filter((method) => method === 'events.patch').length
    }
    // The notes go on being written; the time is left to whoever decides.
    expect(startOf(clinic)).toBe(MINE)
    expect(writes).toBeGreaterThan(10)
    const { items } = await clinic.sync.conflicts.list({ tenantId: owner.tenantId })
    expect(items).toMatchObject([{ reason: 'edit_loop', fields: ['time'] }])
  })
})

describe('a person who edits often', () => {
  it('is not taken for a tool: edits that the host follows overwrite nothing', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1')
    for (let n = 0; n < 20; n += 1) {
      const dateTime = (minute: number): string => `2026-05-05T1${n % 10}:${minute}:00-03:00`
      clinic.hand.patch(onlyEvent(clinic.hand).id, {
        start: { dateTime: dateTime(10) },
        end: { dateTime: dateTime(40) },
      })
      clinic.clock.advance(60_000)
      await clinic.sync.pullFromGoogle(owner)
    }
    expect((await clinic.sync.conflicts.list({ tenantId: owner.tenantId })).items).toEqual([])
    expect(clinic.book.told).toHaveLength(20)
  })

  it('and is overwritten now and then, not within the hour, is asked nothing', async () => {
    await using clinic = await openClinic({ settings: { conflictResolution: 'app_wins' } })
    await clinic.push('a1')
    for (let n = 0; n < 10; n += 1) {
      clinic.hand.patch(onlyEvent(clinic.hand).id, theirs)
      clinic.clock.advance(1000)
      await clinic.push('a1', { start: `2026-05-05T09:0${n}:00-03:00` })
      clinic.clock.advance(3_600_000)
    }
    expect((await clinic.sync.conflicts.list({ tenantId: owner.tenantId })).items).toEqual([])
  })
})

describe('a tool that deletes the event each time it is made', () => {
  it('is given in to after five new events, and a person is asked', async () => {
    await using clinic = await openClinic({ settings: { conflictResolution: 'app_wins' } })
    await clinic.push('a1')
    let made = 0
    for (let n = 0; n < 30; n += 1) {
      for (const event of clinic.hand.events()) clinic.hand.delete(event.id)
      clinic.clock.advance(60_000)
      await clinic.sync.pullFromGoogle(owner)
      clinic.calls()
      const end = `2026-05-05T10:${n + 10}:00-03:00`
      await clinic.push('a1', { end, status: 'confirmed' })
      made += clinic.calls().filter((method) => method === 'events.insert').length
    }
    expect(made).toBeLessThanOrEqual(6)
    const { items } = await clinic.sync.conflicts.list({ tenantId: owner.tenantId })
    expect(items).toMatchObject([{ reason: 'edit_loop', fields: ['existence'] }])
  })
})

describe('a loop that a person has decided', () => {
  it('for the app starts counting anew', async () => {
    await using clinic = await openClinic({ settings: { syncDirection: 'to_google' } })
    await clinic.push('a1')
    const fight = async (n: number): Promise<void> => {
      clinic.hand.patch(onlyEvent(clinic.hand).id, theirs)
      clinic.clock.advance(60_000)
      await clinic.push('a1', { start: `2026-05-05T09:${String(n).padStart(2, '0')}:00-03:00` })
    }
    for (let n = 0; n < 10; n += 1) await fight(n)
    const { items } = await clinic.sync.conflicts.list({ tenantId: owner.tenantId })
    const conflictId = items[0]?.id ?? ''
    await clinic.sync.conflicts.resolve({ tenantId: owner.tenantId, conflictId }, 'app')
    expect(startOf(clinic)).toBe('2026-05-05T12:09:00.000Z')
    await fight(11)
    expect(startOf(clinic)).toBe('2026-05-05T12:11:00.000Z')
  })
})
