import { expect, it } from 'vitest'
import { memoryStorage } from 'appointment-sync/adapters/storage-memory'
import { type AppointmentSyncOptions, checkOptions } from '../../src/appointment-sync-options.ts'
import { isAppointmentSyncError } from '../../src/errors/index.ts'

const options = (changes: object): AppointmentSyncOptions => ({
  google: { clientId: 'c', clientSecret: 's', redirectUri: 'https://app.example.com/back' },
  appointments: {
    get: async () => null,
    list: async () => ({ items: [] }),
    apply: async () => ({ status: 'applied' }),
  },
  storage: memoryStorage(),
  encryption: { keys: [{ id: 'k', secret: 'a secret of at least 32 characters, for tests' }] },
  ...changes,
})

it('the quota is that of a new project, unless it is given', () => {
  const google = { unitsPerMinutePerUser: 600, unitsPerMinutePerProject: 10_000 }
  expect(checkOptions(options({})).quota).toEqual(google)
  expect(checkOptions(options({ quota: { unitsPerMinutePerUser: 60 } })).quota).toEqual({
    ...google,
    unitsPerMinutePerUser: 60,
  })
  expect(checkOptions(options({ quota: 'unlimited' })).quota).toBeNull()
})

it.each([
  [{ quota: 'none' }, 'quota'],
  [{ quota: { unitsPerMinutePerUser: 0 } }, 'quota.unitsPerMinutePerUser'],
  [{ quota: { unitsPerMinutePerProject: 1.5 } }, 'quota.unitsPerMinutePerProject'],
  [{ quota: { unitsPerMinute: 5 } }, 'quota'],
  [{ rateLimiter: { take: () => undefined } }, 'rateLimiter.block'],
])('%j is refused by its path', (changes, path) => {
  try {
    checkOptions(options(changes))
  } catch (error) {
    if (!isAppointmentSyncError(error, 'INVALID_CONFIGURATION')) throw error
    expect(error.problems.map((problem) => problem.path)).toContain(path)
    return
  }
  throw new Error('the options were expected to be refused')
})
