import { migrateToLatest } from 'appointment-sync/adapters/storage-kysely'
import type { Storage } from 'appointment-sync/ports'
import { type CompiledQuery, sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { databaseFile, NOW, open as openDatabase, ref, storageOn } from './kysely-database.ts'

const job = { ...ref, appointmentId: 'appointment-1' }

describe('query plans', () => {
  /** The plans of every statement that the call sends, as SQLite explains them. */
  async function plansOf(call: (storage: Storage) => Promise<unknown>): Promise<string> {
    const sent: CompiledQuery[] = []
    const db = openDatabase(databaseFile(), (event) => sent.push(event.query))
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

  const filter = { tenantId: ref.tenantId, limit: 50 }
  const open = { ...filter, status: 'open' } as const
  const of = { integrationId: 'integration-1' }

  test.each<[string, string, (storage: Storage) => Promise<unknown>]>([
    ['integrations.find', 'integrations_owner', (s) => s.integrations.find(ref)],
    [
      'integrations.scan',
      'integrations_scan',
      (s) => s.integrations.scan({ status: 'active', afterId: 'i', limit: 5 }),
    ],
    ['credentials.find', 'autoindex', (s) => s.credentials.find(ref)],
    ['oauthStates.consume', 'autoindex', (s) => s.oauthStates.consume('a')],
    ['oauthStates.deleteExpired', 'oauth_states_expiry', (s) => s.oauthStates.deleteExpired(NOW)],
    ['links.find', 'autoindex', (s) => s.links.find(ref, 'a')],
    ['links.findByEvents', 'links_event', (s) => s.links.findByEvents(ref, 'primary', ['e1', 'e2'])],
    ['links.findMany', 'autoindex', (s) => s.links.findMany(ref, ['a', 'b'])],
    ['links.listStanding', 'autoindex', (s) => s.links.listStanding(ref, ['a', 'b'])],
    ['links.listCalendars', 'links_event', (s) => s.links.listCalendars(ref)],
    [
      'links.listByState',
      'links_live',
      (s) => s.links.listByState(ref, { state: 'live', afterAppointmentId: 'a', limit: 5 }),
    ],
    ['cursors.find', 'autoindex', (s) => s.cursors.find(ref, 'primary')],
    [
      'outbox.claim of one job',
      'autoindex',
      (s) => s.outbox.claim({ nowMs: NOW, leaseMs: 1, limit: 1, ref: job }),
    ],
    ['outbox.count of an integration', 'outbox_integration', (s) => s.outbox.count(of)],
    ['outbox.listStanding', 'autoindex', (s) => s.outbox.listStanding(ref, ['a', 'b'])],
    [
      'outbox.listDead',
      'outbox_dead',
      (s) => s.outbox.listDead({ tenantId: 'a', limit: 5, cursor: '["i","a"]' }),
    ],
    ['outbox.revive', 'autoindex', (s) => s.outbox.revive(job, NOW)],
    ['channels.find', 'autoindex', (s) => s.channels.find('c')],
    ['channels.list', 'channels_integration', (s) => s.channels.list(ref)],
    ['channels.listExpiring', 'channels_expiry', (s) => s.channels.listExpiring(NOW, 5)],
    ['channels.removeAll', 'channels_integration', (s) => s.channels.removeAll(ref)],
    ['eventOffers.findMany', 'autoindex', (s) => s.eventOffers.findMany(ref, ['a', 'b'])],
    [
      'eventOffers.findByEvents',
      'offers_event',
      (s) => s.eventOffers.findByEvents(ref, 'primary', ['e1', 'e2']),
    ],
    ['eventOffers.holds by appointment', 'offers_appointment', (s) => s.eventOffers.holds(ref, 'a', NOW)],
    ['eventOffers.holds by time', 'offers_asked', (s) => s.eventOffers.holds(ref, 'a', NOW)],
    ['eventOffers.purge', 'offers_age', (s) => s.eventOffers.purge(NOW, 5)],
    ['inbox.listDue', 'inbox_order', (s) => s.inbox.listDue(ref, NOW, 5)],
    ['inbox.listForAppointment', 'inbox_appointment', (s) => s.inbox.listForAppointment(ref, 'a')],
    ['inbox.count of an integration', 'inbox_integration', (s) => s.inbox.count(of)],
    ['conflicts.findOpen', 'conflicts_open', (s) => s.conflicts.findOpen(ref, 'a')],
    ['conflicts.list', 'conflicts_list', (s) => s.conflicts.list(open)],
    ['conflicts.list of a user', 'conflicts_owner', (s) => s.conflicts.list({ ...open, userId: 'user-1' })],
    ['conflicts.countOpen', 'conflicts_integration', (s) => s.conflicts.countOpen(of)],
    ['syncLog.list', 'log_list', (s) => s.syncLog.list(filter)],
    ['syncLog.list of a user', 'log_owner', (s) => s.syncLog.list({ ...filter, userId: 'user-1' })],
    [
      'syncLog.list of an appointment',
      'log_appointment',
      (s) => s.syncLog.list({ ...filter, appointmentId: 'a' }),
    ],
    ['syncLog.summarize', 'log_integration', (s) => s.syncLog.summarize({ ...of, sinceMs: NOW })],
    [
      'syncLog.purge',
      'log_list',
      (s) => s.syncLog.purge({ tenantId: ref.tenantId, beforeMs: NOW, limit: 5 }),
    ],
    [
      'syncLog.list of an appointment and its occurrences',
      'log_appointment',
      async (s) => void (await s.syncLog.removeOfAppointment(ref.tenantId, 'a', 5)),
    ],
    ['syncLog.removeOwned', 'log_owner', (s) => s.syncLog.removeOwned(ref, 5)],
    ['syncLog.listTenants', 'log_', (s) => s.syncLog.listTenants({ afterTenantId: 'a', limit: 5 })],
    [
      'conflicts.purge',
      'conflicts_age',
      (s) => s.conflicts.purge({ tenantId: ref.tenantId, beforeMs: NOW, limit: 5 }),
    ],
    ['conflicts.listTenants', 'conflicts_', (s) => s.conflicts.listTenants({ afterTenantId: 'a', limit: 5 })],
    [
      'conflicts.listOfAppointment',
      'conflicts_appointment',
      (s) => s.conflicts.listOfAppointment(ref.tenantId, 'a'),
    ],
    [
      'conflicts.removeOfAppointment',
      'conflicts_appointment',
      (s) => s.conflicts.removeOfAppointment(ref.tenantId, 'a'),
    ],
    ['links.listOfAppointment', 'links_appointment', (s) => s.links.listOfAppointment(ref.tenantId, 'a')],
    ['inbox.listOfAppointment', 'inbox_person', (s) => s.inbox.listOfAppointment(ref.tenantId, 'a')],
    ['inbox.removeOfAppointment', 'inbox_person', (s) => s.inbox.removeOfAppointment(ref.tenantId, 'a')],
    ['inbox.list', 'autoindex', (s) => s.inbox.list(ref, { afterChangeId: 'a', limit: 5 })],
    ['outbox.listOfAppointment', 'outbox_appointment', (s) => s.outbox.listOfAppointment(ref.tenantId, 'a')],
    [
      'outbox.removeOfAppointment',
      'outbox_appointment',
      (s) => s.outbox.removeOfAppointment(ref.tenantId, 'a'),
    ],
    ['outbox.list', 'autoindex', (s) => s.outbox.list(ref, { afterAppointmentId: 'a', limit: 5 })],
    ['eventOffers.list', 'autoindex', (s) => s.eventOffers.list(ref, { afterId: 'a', limit: 5 })],
    ['cursors.list', 'autoindex', (s) => s.cursors.list(ref)],
    ['oauthStates.list', 'oauth_states_owner', (s) => s.oauthStates.list(ref)],
    ['oauthStates.removeOwned', 'oauth_states_owner', (s) => s.oauthStates.removeOwned(ref)],
    ['leases.forget', 'autoindex', (s) => s.leases.forget('k')],
    [
      'integrations.remove',
      'integrations_owner',
      (s) => s.integrations.remove({ ...ref, id: ref.integrationId }, 1),
    ],
    ['busy.findCalendar', 'autoindex', (s) => s.busy.findCalendar(ref, 'primary')],
    [
      'busy.replaceEvents',
      'busy_blocks_series',
      (s) => s.busy.replaceEvents(ref, 'primary', { eventIds: ['e'], blocks: [], generation: 'g' }),
    ],
    ['busy.sweep', 'busy_blocks_series', (s) => s.busy.sweep(ref, 'primary', 'g')],
    ['busy.forgetTitles', 'busy_blocks_range', (s) => s.busy.forgetTitles(ref)],
    ['busy.removeCalendar', 'busy_blocks_series', (s) => s.busy.removeCalendar(ref, 'primary')],
    ['busy.removeAll', 'busy_blocks_range', (s) => s.busy.removeAll(ref)],
    ['leases.holds', 'autoindex', (s) => s.leases.holds({ key: 'k', fence: 1 }, NOW)],
  ])('%s searches in index %s and sorts nothing', async (_, index, call) => {
    const plans = await plansOf(call)
    expect(plans).toMatch(
      new RegExp(`^SEARCH appointment_sync_\\w+ USING (COVERING )?INDEX \\w*${index}`, 'm'),
    )
    expect(plans).not.toMatch(/\bSCAN appointment_sync/)
    expect(plans).not.toContain('TEMP B-TREE')
  })

  test('busy times of many are one statement: owners, calendars and ranges of blocks, each by its index', async () => {
    const question = { tenantId: ref.tenantId, userIds: ['user-1', 'user-2'], fromMs: NOW, toMs: NOW + 1 }
    const plans = await plansOf((storage) => storage.busy.read(question))
    expect(plans).toMatch(/^SEARCH holder USING INDEX \w+_owner \(tenant_id=\? AND user_id=\?\)$/m)
    expect(plans).toMatch(/^SEARCH calendar USING INDEX \w+ \(tenant_id=\? AND integration_id=\?\)$/m)
    expect(plans).toMatch(
      /^SEARCH block USING INDEX \w+_range \(tenant_id=\? AND integration_id=\? AND start_ms>\? AND start_ms<\?\)$/m,
    )
    expect(plans).not.toMatch(/\bSCAN (holder|calendar|block|appointment_sync)/)
    expect(plans).not.toContain('TEMP B-TREE')
  })

  test('a cursor is a place in the index, not a filter', async () => {
    const log = await plansOf((s) => s.syncLog.list({ ...filter, cursor: `${NOW}:e` }))
    expect(log).toContain('(tenant_id=? AND at_ms<?)')
    const conflicts = await plansOf((s) => s.conflicts.list({ ...open, cursor: `${NOW}:c` }))
    expect(conflicts).toContain('(tenant_id=? AND status=? AND opened_at_ms<?)')
  })

  test('outbox.claim reads and sorts the jobs that are due, and no other', async () => {
    const plans = await plansOf((s) => s.outbox.claim({ nowMs: NOW, leaseMs: 1, limit: 5 }))
    expect(plans).toMatch(
      /^SEARCH appointment_sync_outbox USING INDEX \w+_due \(dead=\? AND due_at_ms<\?\)$/m,
    )
    expect(plans).toMatch(
      /^SEARCH appointment_sync_outbox USING INDEX \w+ \(tenant_id=\? AND .*appointment_id=\?\)$/m,
    )
    expect(plans).not.toMatch(/\bSCAN appointment_sync/)
  })

  test('inbox.listIntegrationsDue reads only the due entries, out of the index alone', async () => {
    expect(await plansOf((storage) => storage.inbox.listIntegrationsDue(NOW, 5))).toMatch(
      /SEARCH appointment_sync_inbox USING COVERING INDEX/,
    )
  })
})
