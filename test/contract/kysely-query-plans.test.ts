import { migrateToLatest } from 'appointment-sync/adapters/storage-kysely'
import type { Storage } from 'appointment-sync/ports'
import { type CompiledQuery, sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { databaseFile, NOW, open, ref, storageOn } from './kysely-database.ts'

const job = { ...ref, appointmentId: 'appointment-1' }

describe('query plans', () => {
  /** The plans of every statement that the call sends, as SQLite explains them. */
  async function plansOf(call: (storage: Storage) => Promise<unknown>): Promise<string> {
    const sent: CompiledQuery[] = []
    const db = open(databaseFile(), (event) => sent.push(event.query))
    await migrateToLatest(db, { dialect: 'sqlite' })
    sent.length = 0
    await call(storageOn(db))
    const lines: string[] = []
    for (const query of sent.filter((query) => query.query.kind !== 'RawNode')) {
      const explain = { ...query, sql: `explain query plan ${query.sql}`, query: sql``.toOperationNode() }
      const { rows } = await db.executeQuery<{ detail: string }>(explain)
      lines.push(...rows.map(({ detail }) => detail))
    }
    return lines.join('\n')
  }

  const filter = { tenantId: 'tenant-1', limit: 50 }
  const calls: Record<string, (storage: Storage) => Promise<unknown>> = {
    'integrations.find': (storage) => storage.integrations.find(ref),
    'integrations.scan': (storage) => storage.integrations.scan({ status: 'active', afterId: 'i', limit: 5 }),
    'oauthStates.deleteExpired': (storage) => storage.oauthStates.deleteExpired(NOW),
    'links.find': (storage) => storage.links.find(ref, 'a'),
    'links.findByEvents': (storage) => storage.links.findByEvents(ref, 'primary', ['e1', 'e2']),
    'links.listLive': (storage) => storage.links.listLive(ref, { afterAppointmentId: 'a', limit: 5 }),
    'cursors.find': (storage) => storage.cursors.find(ref, 'primary'),
    'outbox.claim': (storage) => storage.outbox.claim({ nowMs: NOW, leaseMs: 1, limit: 5 }),
    'outbox.claim of one job': (storage) =>
      storage.outbox.claim({ nowMs: NOW, leaseMs: 1, limit: 1, ref: job }),
    'outbox.enqueue': (storage) =>
      storage.outbox.enqueue({ ref: job, action: 'push', dueAtMs: NOW, nowMs: NOW }),
    'outbox.count of an integration': (storage) => storage.outbox.count({ integrationId: 'integration-1' }),
    'inbox.listDue': (storage) => storage.inbox.listDue(ref, NOW, 5),
    'inbox.listForAppointment': (storage) => storage.inbox.listForAppointment(ref, 'a'),
    'conflicts.findOpen': (storage) => storage.conflicts.findOpen(ref, 'a'),
    'conflicts.list': (storage) => storage.conflicts.list({ ...filter, status: 'open', cursor: `${NOW}:c` }),
    'conflicts.countOpen': (storage) => storage.conflicts.countOpen({ integrationId: 'integration-1' }),
    'syncLog.list': (storage) => storage.syncLog.list({ ...filter, cursor: `${NOW}:e` }),
    'syncLog.list of a user': (storage) => storage.syncLog.list({ ...filter, userId: 'user-1' }),
    'syncLog.list of an appointment': (storage) => storage.syncLog.list({ ...filter, appointmentId: 'a' }),
    'syncLog.summarize': (storage) =>
      storage.syncLog.summarize({ integrationId: 'integration-1', sinceMs: NOW }),
    'syncLog.purge': (storage) => storage.syncLog.purge(NOW, 5),
    'leases.holds': (storage) => storage.leases.holds({ key: 'k', fence: 1 }, NOW),
  }

  test.each(Object.entries(calls))('%s reads through an index and sorts nothing', async (_, call) => {
    const plans = await plansOf(call)
    expect(plans).toContain('INDEX')
    expect(plans).not.toMatch(/\bSCAN appointment_sync/)
    expect(plans).not.toContain('TEMP B-TREE')
  })

  test('inbox.listIntegrationsDue reads only the due entries, out of the index alone', async () => {
    expect(await plansOf((storage) => storage.inbox.listIntegrationsDue(NOW, 5))).toMatch(
      /SEARCH appointment_sync_inbox USING COVERING INDEX/,
    )
  })
})
