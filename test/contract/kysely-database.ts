import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Conflict,
  DEFAULT_SETTINGS,
  type EventLink,
  type InboxEntry,
  type Integration,
  type IntegrationRef,
  type SyncLogEntry,
} from 'appointment-sync'
import { kyselyStorage, migrateToLatest, nodeSqliteDialect } from 'appointment-sync/adapters/storage-kysely'
import type { OAuthState, Storage } from 'appointment-sync/ports'
import { Kysely, type LogEvent } from 'kysely'
import { onTestFinished } from 'vitest'

export const NOW: number = Date.UTC(2026, 0, 15, 12)

export const ref: IntegrationRef = { tenantId: 'tenant-1', userId: 'user-1', integrationId: 'integration-1' }

/** A path for a database file that is gone when the test ends. */
export function databaseFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'appointment-sync-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'storage.db')
}

export interface HostTables {
  host_bookings: { id: string; title: string }
}

/** A Kysely on the file that is closed when the test ends. */
export function open(path: string, log: (event: LogEvent) => void = () => undefined): Kysely<HostTables> {
  const db = new Kysely<HostTables>({ dialect: nodeSqliteDialect({ path }), log })
  onTestFinished(() => db.destroy())
  return db
}

export function storageOn(db: Kysely<HostTables>): Storage {
  return kyselyStorage({ db, dialect: 'sqlite' })
}

/** A migrated database in a file of its own. */
export async function migrated(
  path: string = databaseFile(),
): Promise<{ db: Kysely<HostTables>; storage: Storage }> {
  const db = open(path)
  await migrateToLatest(db, { dialect: 'sqlite' })
  return { db, storage: storageOn(db) }
}

export function anIntegration(over: Partial<Integration> = {}): Integration {
  return {
    id: ref.integrationId,
    tenantId: ref.tenantId,
    userId: ref.userId,
    status: 'active',
    statusReason: null,
    googleAccountId: 'account-1',
    googleEmail: 'ana@clinic.example',
    grantedScopes: ['scope-a'],
    missingScopes: [],
    settings: DEFAULT_SETTINGS,
    createdAtMs: NOW,
    updatedAtMs: NOW,
    version: 1,
    ...over,
  }
}

const time = { allDay: false as const, startMs: NOW, endMs: NOW + 3_600_000, timeZone: 'America/Sao_Paulo' }

export function aLink(over: Partial<EventLink> = {}): EventLink {
  return {
    ...ref,
    appointmentId: 'appointment-1',
    calendarId: 'primary',
    eventId: `event-of-${over.appointmentId ?? 'appointment-1'}`,
    generation: 0,
    state: 'live',
    etag: '"1"',
    fingerprint: 'f',
    base: { app: { time, title: 'Cut' }, google: { time, title: 'Cut' } },
    appointmentUpdatedAtMs: NOW,
    eventUpdatedAtMs: NOW,
    updatedAtMs: NOW,
    version: 1,
    ...over,
  }
}

export function anInboxEntry(over: Partial<InboxEntry> = {}): InboxEntry {
  return {
    ...ref,
    changeId: 'change-1',
    appointmentId: 'appointment-1',
    calendarId: 'primary',
    eventId: 'event-1',
    type: 'rescheduled',
    fields: { time },
    observedAtMs: NOW,
    attempts: 0,
    dueAtMs: NOW,
    lastErrorCode: null,
    ...over,
  }
}

export function aConflict(over: Partial<Conflict> = {}): Conflict {
  return {
    ...ref,
    id: 'conflict-1',
    appointmentId: 'appointment-1',
    calendarId: 'primary',
    eventId: 'event-1',
    reason: 'both_changed',
    hostReason: null,
    fields: ['title', 'existence'],
    base: { title: 'Cut' },
    app: { exists: true, title: 'Cut and wash' },
    google: { exists: false },
    status: 'open',
    resolution: null,
    openedAtMs: NOW,
    resolvedAtMs: null,
    version: 1,
    ...over,
  }
}

export function aLogEntry(over: Partial<SyncLogEntry> = {}): SyncLogEntry {
  return {
    id: 'entry-1',
    ...ref,
    atMs: NOW,
    direction: 'to_google',
    action: 'create',
    status: 'success',
    appointmentId: 'appointment-1',
    googleEventId: 'event-1',
    errorCode: null,
    errorMessage: null,
    attempt: 1,
    durationMs: 12.5,
    fields: ['title'],
    ...over,
  }
}

export function anOAuthState(over: Partial<OAuthState> = {}): OAuthState {
  return {
    stateHash: 'a'.repeat(64),
    tenantId: ref.tenantId,
    userId: ref.userId,
    sealedVerifier: 'sealed',
    scopes: ['scope-a'],
    returnTo: null,
    createdAtMs: NOW,
    expiresAtMs: NOW + 600_000,
    ...over,
  }
}
