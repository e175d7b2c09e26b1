import {
  type AppointmentSync,
  createAppointmentSync,
  DEFAULT_SETTINGS,
  type Integration,
  type IntegrationRef,
} from 'appointment-sync'
import { memoryStorage } from 'appointment-sync/adapters/storage-memory'
import type { BusyBlock, Storage } from 'appointment-sync/ports'
import { type Bench, compare, type Contestant, perOperation, type Scale } from './measure.ts'
import { openSqlite } from './storages.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const NOW = Date.parse('2026-05-04T00:00:00Z')
const TENANT = 'clinic'

/** How many professionals are asked about, and how many blocks they have together. */
interface Size {
  readonly users: number
  readonly blocks: number
}

/** Busy times of many professionals in one question, against one question for each. */
export const availability: Bench = {
  name: 'availability',
  run: async (scale, report) => {
    const size = scale.smoke ? { users: 5, blocks: 100 } : { users: 50, blocks: 10_000 }
    await using sqlite = await openSqlite()
    for (const [name, storage] of [
      ['SQLite', sqlite.storage],
      ['memory', memoryStorage()],
    ] as const) {
      await fill(storage, size)
      const sync = overStorage(storage)
      const [each, together] = contestants(sync, scale, size)
      const rows = await compare(scale, each, [together])
      report({
        title: `availability: ${size.blocks} blocks over 90 days, ${size.users} professionals, ${name}`,
        rows,
        notes: ['an operation is the whole question: 90 days of all of them'],
      })
    }
  },
}

function contestants(sync: AppointmentSync, scale: Scale, size: Size): [Contestant, Contestant] {
  const userIds = Array.from({ length: size.users }, (_, index) => `u${index}`)
  const range = { from: new Date(NOW), to: new Date(NOW + 90 * DAY_MS) }
  const times = scale.smoke ? 1 : 10
  const found = (count: number): void => {
    if (count !== size.blocks) throw new Error(`${count} of ${size.blocks} busy times were found`)
  }
  return [
    {
      name: 'one query for each professional',
      run: () =>
        perOperation(times, async () => {
          let count = 0
          for (const userId of userIds) {
            const answer = await sync.availability.busy({ tenantId: TENANT, userId }, range)
            count += answer.status === 'known' ? answer.busy.length : 0
          }
          found(count)
        }),
    },
    {
      name: 'busyOf, one query',
      run: () =>
        perOperation(times, async () => {
          const answers = await sync.availability.busyOf({ tenantId: TENANT, userIds, ...range })
          const known = answers.map(({ availability: of }) => (of.status === 'known' ? of.busy.length : 0))
          found(known.reduce((sum, count) => sum + count, 0))
        }),
    },
  ]
}

/** An SDK that asks nobody but its storage. */
function overStorage(storage: Storage): AppointmentSync {
  return createAppointmentSync({
    google: { clientId: 'bench', clientSecret: 'bench', redirectUri: 'https://example.com/callback' },
    appointments: {
      get: () => Promise.resolve(null),
      list: () => Promise.resolve({ items: [] }),
      apply: () => Promise.resolve({ status: 'applied' }),
    },
    encryption: { keys: [{ id: 'k1', secret: 'a secret of at least 32 characters, for benches' }] },
    storage,
    clock: { now: () => NOW, sleep: () => new Promise(() => undefined) },
  })
}

async function fill(storage: Storage, { users, blocks }: Size): Promise<void> {
  const each = blocks / users
  for (let user = 0; user < users; user += 1) {
    const ref = { tenantId: TENANT, userId: `u${user}`, integrationId: `i${user}` }
    await storage.integrations.insert(anIntegration(ref))
    await storage.busy.saveCalendar({
      ...ref,
      calendarId: 'primary',
      asOfMs: NOW,
      coveredFromMs: NOW - DAY_MS,
      coveredToMs: NOW + 91 * DAY_MS,
      timeZone: 'UTC',
      source: 'events',
      syncToken: null,
      withTitles: false,
      errorCode: null,
    })
    const apart = (90 * DAY_MS) / each
    const own = Array.from({ length: each }, (_, index): BusyBlock => {
      const startMs = Math.floor(NOW + index * apart)
      return { eventId: `e${index}`, seriesId: null, startMs, endMs: startMs + HOUR_MS / 2, title: null }
    })
    await storage.busy.replaceEvents(ref, 'primary', { eventIds: [], blocks: own, generation: 'g' })
  }
}

function anIntegration({ tenantId, userId, integrationId }: IntegrationRef): Integration {
  return {
    id: integrationId,
    tenantId,
    userId,
    status: 'active',
    statusReason: null,
    googleAccountId: userId,
    googleEmail: null,
    grantedScopes: [],
    missingScopes: [],
    settings: { ...DEFAULT_SETTINGS, syncFutureDays: 90 },
    parkedUntilMs: null,
    parkedReason: null,
    dedicatedCalendar: null,
    removeEvents: null,
    createdAtMs: NOW,
    updatedAtMs: NOW,
    version: 1,
  }
}
