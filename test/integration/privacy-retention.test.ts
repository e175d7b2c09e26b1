import { createAppointmentSync, isAppointmentSyncError } from 'appointment-sync'
import { describe, expect, it } from 'vitest'
import { aConflict, aLogEntry } from '../../src/testing/contracts/records.ts'
import { type Clinic, openClinic } from './clinic.ts'

const DAY_MS = 86_400_000
const TENANTS = ['short', 'long', 'throws', 'rubbish'] as const

/** For each tenant a log line and a settled conflict of 10, 40 and 100 days ago, and an open conflict. */
async function fill({ storage, clock }: Clinic): Promise<void> {
  for (const tenantId of TENANTS) {
    for (const days of [10, 40, 100]) {
      const [id, atMs] = [`${days}`, clock.now() - days * DAY_MS]
      await storage.syncLog.append(aLogEntry({ tenantId, id, atMs }))
      const settled = { status: 'resolved', openedAtMs: atMs - 1, resolvedAtMs: atMs } as const
      await storage.conflicts.replace(aConflict({ tenantId, id, appointmentId: id, ...settled }), null)
    }
    await storage.conflicts.replace(aConflict({ tenantId, id: 'open', openedAtMs: 1 }), null)
  }
}

/** The ages that are left of a tenant's log, and of its settled conflicts; they are always the same. */
async function left({ storage }: Clinic, tenantId: string): Promise<string[]> {
  const log = await storage.syncLog.list({ tenantId, limit: 100 })
  const conflicts = await storage.conflicts.list({ tenantId, status: 'resolved', limit: 100 })
  const ages = log.items.map(({ id }) => id)
  expect(conflicts.items.map(({ id }) => id)).toEqual(ages)
  expect(await storage.conflicts.find(tenantId, 'open')).not.toBeNull()
  return ages
}

describe('purge_logs', () => {
  it('keeps the log and settled conflicts as long as each tenant wants', async () => {
    const warnings: object[] = []
    const warn = (fields: object): void => void warnings.push(fields)
    const quiet = (): void => undefined
    await using clinic = await openClinic({
      connected: false,
      logger: { debug: quiet, info: quiet, warn, error: quiet },
      logRetentionDays: async (tenantId) => {
        if (tenantId === 'throws') throw new Error('secret of the host')
        return tenantId === 'short' ? 30 : tenantId === 'long' ? 90 : Number.NaN
      },
    })
    await fill(clinic)
    const { counts } = await clinic.sync.tasks.run('purge_logs')
    expect(counts).toEqual({ purged: 3, conflictsPurged: 3, failed: 2 })
    expect(await left(clinic, 'short')).toEqual(['10'])
    expect(await left(clinic, 'long')).toEqual(['10', '40'])
    for (const kept of ['throws', 'rubbish']) expect(await left(clinic, kept)).toEqual(['10', '40', '100'])
    expect(warnings).toMatchObject([{ tenantId: 'rubbish' }, { tenantId: 'throws' }])
    expect(JSON.stringify(warnings)).not.toContain('secret of the host')
  })

  it.each([0, -1, 1.5, 3_651, Number.NaN, '30'])(
    '%s days of one tenant touch nobody’s records',
    async (days) => {
      await using clinic = await openClinic({ connected: false, logRetentionDays: () => days as number })
      await fill(clinic)
      const { counts } = await clinic.sync.tasks.run('purge_logs')
      expect(counts).toEqual({ purged: 0, conflictsPurged: 0, failed: TENANTS.length })
    },
  )

  it('keeps everybody’s for one time when that is what is given', async () => {
    await using clinic = await openClinic({ connected: false, logRetentionDays: 30 })
    await fill(clinic)
    const { counts } = await clinic.sync.tasks.run('purge_logs')
    expect(counts).toEqual({ purged: 8, conflictsPurged: 8, failed: 0 })
  })
})

it.each([0, 3_651, 'for ever', {}])('a retention of %j is no configuration', async (logRetentionDays) => {
  await using clinic = await openClinic({ connected: false })
  try {
    createAppointmentSync({ ...clinic.options, logRetentionDays: logRetentionDays as never })
    expect.unreachable()
  } catch (error) {
    expect(isAppointmentSyncError(error, 'INVALID_CONFIGURATION')).toBe(true)
    expect(isAppointmentSyncError(error) && error.problems?.map(({ path }) => path)).toEqual([
      'logRetentionDays',
    ])
  }
})
