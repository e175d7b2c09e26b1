import { describe, expect, it } from 'vitest'
import { ACCOUNT, openClinic, owner } from './clinic.ts'

const insert = { method: 'POST', path: '/events' } as const
const HOUR_MS = 3_600_000

describe('a usage limit that is used up', () => {
  it('parks the owner with reason and time, and costs one call for all of their appointments (node#3422)', async () => {
    await using clinic = await openClinic()
    clinic.google.faults.failNext({ match: insert, status: 403, reason: 'quotaExceeded', times: 100 })
    const first = await clinic.push('a1')
    expect(first).toMatchObject({ status: 'queued', error: { code: 'GOOGLE_QUOTA_EXCEEDED' } })
    expect(clinic.calls()).toEqual(['events.insert'])

    for (const id of ['a2', 'a3', 'a4']) {
      expect(await clinic.push(id)).toMatchObject({
        status: 'queued',
        error: { code: 'GOOGLE_QUOTA_EXCEEDED' },
      })
    }
    await expect(clinic.sync.pullFromGoogle(owner)).rejects.toMatchObject({ code: 'GOOGLE_QUOTA_EXCEEDED' })
    await clinic.sync.tasks.run('drain_outbox')
    await clinic.sync.tasks.run('sync_all_calendar_integrations')
    expect(clinic.calls()).toEqual([])
    expect(await clinic.sync.integrations.status(owner)).toMatchObject({
      status: 'active',
      parkedUntil: new Date(clinic.clock.now() + 6 * HOUR_MS),
      parkedReason: 'GOOGLE_QUOTA_EXCEEDED',
    })
    const { items } = await clinic.sync.logs.list({ tenantId: owner.tenantId, action: 'park' })
    expect(items).toMatchObject([{ errorCode: 'GOOGLE_QUOTA_EXCEEDED', appointmentId: null }])
  })

  it('ends by itself: what waited goes out, and the owner is no longer parked', async () => {
    await using clinic = await openClinic()
    clinic.google.faults.failNext({ match: insert, status: 403, reason: 'quotaExceeded' })
    await clinic.push('a1')
    await clinic.push('a2')
    clinic.clock.advance(6 * HOUR_MS + 60_000)
    expect((await clinic.sync.tasks.run('drain_outbox')).counts).toMatchObject({ pushed: 2 })
    expect(clinic.hand.events()).toHaveLength(2)
    expect(await clinic.sync.integrations.status(owner)).toMatchObject({
      parkedUntil: null,
      parkedReason: null,
    })
  })

  it('that meets the first call after the parking parks again, for one more call', async () => {
    await using clinic = await openClinic()
    clinic.google.faults.failNext({ match: insert, status: 403, reason: 'quotaExceeded', times: 100 })
    await clinic.push('a1')
    await clinic.push('a2')
    clinic.calls()
    clinic.clock.advance(6 * HOUR_MS + 60_000)
    await clinic.sync.tasks.run('drain_outbox')
    const { parkedUntil } = await clinic.sync.integrations.status(owner)
    expect(parkedUntil?.getTime()).toBe(clinic.clock.now() + 6 * HOUR_MS)
    expect(clinic.calls()).toEqual(['events.get', 'events.insert'])
  })

  it('is ended by hand, by switching the integration on', async () => {
    await using clinic = await openClinic()
    clinic.google.faults.failNext({ match: insert, status: 403, reason: 'quotaExceeded' })
    await clinic.push('a1')
    expect(await clinic.sync.integrations.setActive(owner, true)).toMatchObject({ parkedUntil: null })
    await clinic.sync.tasks.run('drain_outbox')
    expect(clinic.hand.events()).toHaveLength(1)
  })

  it('leaves other owners alone', async () => {
    await using clinic = await openClinic()
    const rui = { tenantId: 'clinic-2', userId: 'rui' }
    await clinic.connect({ as: rui })
    clinic.google.faults.failNext({ match: insert, status: 403, reason: 'quotaExceeded' })
    await clinic.push('a1')
    expect(await clinic.push('b1', rui)).toMatchObject({ status: 'success' })
  })

  it('does not stop an owner from leaving', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1')
    clinic.google.faults.failNext({ match: insert, status: 403, reason: 'quotaExceeded' })
    await clinic.push('a2')
    expect(await clinic.sync.integrations.disconnect(owner, { removeEvents: 'all' })).toMatchObject({
      status: 'done',
      eventsRemoved: 1,
    })
  })
})

describe('a calendar that is gone', () => {
  it('parks the owner and cancels nothing; another calendar ends it', async () => {
    const settings = { calendarId: 'work@group.calendar.google.com' }
    await using clinic = await openClinic({ settings })
    await clinic.push('a1')
    await clinic.sync.pullFromGoogle(owner)
    clinic.google.user(ACCOUNT).deleteCalendar(settings.calendarId)
    await expect(clinic.sync.pullFromGoogle(owner)).rejects.toMatchObject({ code: 'GOOGLE_CALENDAR_GONE' })
    clinic.calls()
    await clinic.push('a2')
    expect(clinic.calls()).toEqual([])
    expect(clinic.book.told).toEqual([])
    expect(await clinic.sync.integrations.status(owner)).toMatchObject({
      parkedReason: 'GOOGLE_CALENDAR_GONE',
    })
    await clinic.sync.integrations.updateSettings(owner, { calendarId: 'primary' })
    await clinic.sync.tasks.run('drain_outbox')
    expect(clinic.hand.events().length).toBeGreaterThanOrEqual(1)
    expect(await clinic.sync.integrations.status(owner)).toMatchObject({ parkedReason: null })
  })
})

describe('a scope that went missing', () => {
  it('makes the integration wait for its owner, with no further call', async () => {
    await using clinic = await openClinic()
    clinic.google.faults.failNext({ match: insert, status: 403, reason: 'insufficientPermissions' })
    expect(await clinic.push('a1')).toMatchObject({
      status: 'queued',
      retryAt: null,
      error: { code: 'OAUTH_SCOPE_MISSING' },
    })
    clinic.calls()
    await clinic.push('a2')
    await clinic.sync.tasks.run('drain_outbox')
    expect(clinic.calls()).toEqual([])
    expect(await clinic.sync.integrations.status(owner)).toMatchObject({
      status: 'needs_reconnect',
      statusReason: 'OAUTH_SCOPE_MISSING',
    })
    await clinic.connect()
    await clinic.sync.tasks.run('drain_outbox')
    expect(clinic.hand.events()).toHaveLength(2)
  })
})

describe('a push and a pull that meet the limit at the same time', () => {
  it('park once', async () => {
    await using clinic = await openClinic()
    clinic.google.faults.failNext({ status: 403, reason: 'quotaExceeded', times: 100 })
    const pull = clinic.sync.pullFromGoogle(owner)
    await Promise.allSettled([pull, clinic.push('a1'), clinic.push('a2')])
    const { items } = await clinic.sync.logs.list({ tenantId: owner.tenantId, action: 'park' })
    expect(items).toHaveLength(1)
  })
})
