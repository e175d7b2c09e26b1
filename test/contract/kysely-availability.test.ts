import { createAppointmentSync, DEFAULT_SETTINGS } from 'appointment-sync'
import { migrateToLatest } from 'appointment-sync/adapters/storage-kysely'
import { expect, test } from 'vitest'
import { databaseFile, NOW, open, ref, storageOn } from './kysely-database.ts'

const DAY_MS = 86_400_000

/** A database with so many professionals, who have so many busy times each over 90 days. */
async function crowded(
  users: number,
  each: number,
): Promise<{ statements: string[]; ask: () => Promise<number> }> {
  const statements: string[] = []
  const db = open(databaseFile(), (event) => statements.push(event.query.sql))
  await migrateToLatest(db, { dialect: 'sqlite' })
  const storage = storageOn(db)
  const { tenantId } = ref
  for (let user = 0; user < users; user += 1) {
    const own = { tenantId, userId: `u${user}`, integrationId: `i${user}` }
    await storage.integrations.insert({
      id: own.integrationId,
      tenantId,
      userId: own.userId,
      status: 'active',
      statusReason: null,
      googleAccountId: null,
      googleEmail: null,
      grantedScopes: [],
      missingScopes: [],
      settings: DEFAULT_SETTINGS,
      parkedUntilMs: null,
      parkedReason: null,
      dedicatedCalendar: null,
      removeEvents: null,
      createdAtMs: NOW,
      updatedAtMs: NOW,
      version: 1,
    })
    await storage.busy.saveCalendar({
      ...own,
      calendarId: 'primary',
      asOfMs: NOW,
      coveredFromMs: NOW,
      coveredToMs: NOW + 90 * DAY_MS,
      timeZone: 'UTC',
      source: 'events',
      syncToken: null,
      withTitles: false,
      errorCode: null,
    })
    const blocks = Array.from({ length: each }, (_, at) => {
      const startMs = NOW + Math.floor((at * 90 * DAY_MS) / each)
      return { eventId: `e${at}`, seriesId: null, startMs, endMs: startMs + 1, title: null }
    })
    await storage.busy.replaceEvents(own, 'primary', { eventIds: [], blocks, generation: 'g' })
  }
  const sync = createAppointmentSync({
    google: { clientId: 'c', clientSecret: 's', redirectUri: 'https://example.com/callback' },
    appointments: {
      get: () => Promise.resolve(null),
      list: () => Promise.resolve({ items: [] }),
      apply: () => Promise.resolve({ status: 'applied' }),
    },
    encryption: { keys: [{ id: 'k1', secret: 'a secret of at least 32 characters, for tests' }] },
    storage,
    clock: { now: () => NOW, sleep: () => Promise.resolve() },
  })
  return {
    statements,
    ask: async () => {
      const userIds = Array.from({ length: users }, (_, user) => `u${user}`)
      const range = { from: new Date(NOW), to: new Date(NOW + 90 * DAY_MS) }
      const answers = await sync.availability.busyOf({ tenantId, userIds, ...range })
      return answers.reduce(
        (sum, { availability }) => sum + (availability.status === 'known' ? availability.busy.length : 0),
        0,
      )
    },
  }
}

test('10,000 busy times over 90 days of 50 professionals are one statement', async () => {
  const { statements, ask } = await crowded(50, 200)
  statements.length = 0
  expect(await ask()).toBe(10_000)
  expect(statements).toHaveLength(1)
})
