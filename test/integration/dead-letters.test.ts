import { describe, expect, it } from 'vitest'
import { createAppointmentSync } from 'appointment-sync'
import { openClinic, owner } from './clinic.ts'

const insert = { method: 'POST', path: '/events' } as const

describe('a dead letter', () => {
  it('is listed with its code, and goes out once it is driven again', async () => {
    await using clinic = await openClinic()
    clinic.google.faults.failNext({ match: insert, status: 400, reason: 'invalid' })
    await clinic.push('a1')
    await clinic.push('a2')
    expect(await clinic.sync.outbox.deadLetters.list({ tenantId: owner.tenantId })).toEqual({
      items: [
        {
          ...owner,
          appointmentId: 'a1',
          action: 'push',
          attempts: 1,
          errorCode: 'GOOGLE_REJECTED',
          enqueuedAt: new Date(clinic.clock.now()),
        },
      ],
      nextCursor: null,
    })
    expect(await clinic.sync.outbox.deadLetters.redrive({ ...owner, appointmentId: 'a1' })).toBe(true)
    expect((await clinic.sync.tasks.run('drain_outbox')).counts).toMatchObject({ pushed: 1 })
    expect(clinic.hand.events()).toHaveLength(2)
    expect((await clinic.sync.outbox.deadLetters.list({ tenantId: owner.tenantId })).items).toEqual([])
  })

  it('of another tenant is neither shown nor driven', async () => {
    await using clinic = await openClinic()
    clinic.google.faults.failNext({ match: insert, status: 400, reason: 'invalid' })
    await clinic.push('a1')
    const stranger = { tenantId: 'clinic-2', userId: owner.userId }
    expect((await clinic.sync.outbox.deadLetters.list(stranger)).items).toEqual([])
    expect(await clinic.sync.outbox.deadLetters.redrive({ ...stranger, appointmentId: 'a1' })).toBe(false)
    expect((await clinic.sync.metrics()).outboxDead).toBe(1)
  })

  it('that is none is not driven; rubbish is refused by name', async () => {
    await using clinic = await openClinic()
    const { deadLetters } = clinic.sync.outbox
    expect(await deadLetters.redrive({ ...owner, appointmentId: 'unknown' })).toBe(false)
    await expect(deadLetters.list({ tenantId: '', limit: 0 })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      problems: [{ path: 'tenantId' }, { path: 'limit' }],
    })
    await expect(deadLetters.redrive({ ...owner, appointmentId: '' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
  })
})

describe('a poison message', () => {
  it('blocks nobody else: the others of its batch go out, and it dies alone', async () => {
    await using clinic = await openClinic()
    await clinic.sync.integrations.setActive(owner, false)
    for (let n = 0; n < 30; n += 1) await clinic.push(`a${String(n).padStart(2, '0')}`)
    const poison = 'a13'
    const good = clinic.book.get
    clinic.book.get = (ref) =>
      ref.appointmentId === poison ? Promise.resolve({ id: poison, end: 'rubbish' } as never) : good(ref)
    await clinic.sync.integrations.setActive(owner, true)
    expect((await clinic.sync.tasks.run('drain_outbox')).counts).toMatchObject({ pushed: 29, failed: 1 })
    expect(clinic.hand.events()).toHaveLength(29)
    expect((await clinic.sync.outbox.deadLetters.list({ tenantId: owner.tenantId })).items).toMatchObject([
      { appointmentId: poison, errorCode: 'INVALID_APPOINTMENT' },
    ])
  })
})

describe('a tenant with a backlog', () => {
  it('does not delay the first of another: it goes out with the first claim', async () => {
    await using clinic = await openClinic()
    const rui = { tenantId: 'clinic-2', userId: 'rui' }
    await clinic.connect({ as: rui, account: 'second@example.com' })
    const worker = createAppointmentSync(clinic.options)
    for (const who of [owner, rui]) await worker.integrations.setActive(who, false)
    for (let n = 0; n < 1000; n += 1) clinic.put(`a${n}`)
    const nowMs = clinic.clock.now()
    const { integrationId } = (await worker.integrations.get(owner)) ?? { integrationId: '' }
    for (let n = 0; n < 1000; n += 1) {
      const ref = { ...owner, integrationId, appointmentId: `a${n}` }
      await clinic.storage.outbox.enqueue({ ref, action: 'push', dueAtMs: nowMs, nowMs })
    }
    clinic.clock.advance(60_000)
    await clinic.push('b1', rui)
    for (const who of [owner, rui]) await worker.integrations.setActive(who, true)
    clinic.clock.advance(1000)
    clinic.calls()
    const order: string[] = []
    const { fetch } = clinic.google
    const watching = createAppointmentSync({
      ...clinic.options,
      google: {
        ...clinic.options.google,
        fetch: (input, init) => {
          order.push(new Headers(init?.headers).get('authorization') ?? '')
          return fetch(input, init)
        },
      },
    })
    await watching.tasks.run('drain_outbox')
    expect(clinic.google.user('second@example.com').calendar().events()).toHaveLength(1)
    // Two accounts wrote, and the one with a single job was among the first four requests.
    const [first] = order
    expect(order.slice(0, 4).some((token) => token !== first)).toBe(true)
    await worker.close()
    await watching.close()
  }, 60_000)
})
