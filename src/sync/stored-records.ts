import type {
  Conflict,
  EventLink,
  EventOffer,
  InboxEntry,
  Integration,
  IntegrationRef,
  SyncLogEntry,
  WatchChannel,
} from '../domain/index.ts'
import type {
  BusyCalendar,
  OAuthState,
  OutboxJob,
  StorageSession,
  StoredBusyBlock,
  SyncCursor,
} from '../ports/index.ts'
import { linkPages } from './link-pages.ts'

/** What is stored, without secrets and without what only workers need. Instants are epoch milliseconds. */
export interface StoredRecords {
  readonly integration: Omit<Integration, 'version'>
  readonly link: Omit<EventLink, 'version'>
  readonly conflict: Omit<Conflict, 'version'>
  /** A change from Google that the host was not told of yet. */
  readonly inbox: InboxEntry
  /** An intent that is not in Google yet. */
  readonly outbox: Omit<OutboxJob, 'fence' | 'leasedUntilMs' | 'revision'>
  readonly log: SyncLogEntry
  /** An event of the owner's own that was offered to the host. */
  readonly offer: Omit<EventOffer, 'version'>
  /** What is known of a calendar's busy times; the sync token is left out. */
  readonly busyCalendar: Omit<BusyCalendar, 'syncToken'>
  readonly busyTime: StoredBusyBlock
  /** How far a calendar was read; the sync token is left out. */
  readonly cursor: Omit<SyncCursor, 'version' | 'syncToken'>
  /** Without the hash of its token. */
  readonly channel: Omit<WatchChannel, 'version' | 'tokenHash'>
  /** A connection that was begun; without the hash of its state and the sealed verifier. */
  readonly authorization: Omit<OAuthState, 'stateHash' | 'sealedVerifier'>
}

/** One record of an export: what it is, and the record as plain JSON. */
export type StoredRecord = {
  readonly [Kind in keyof StoredRecords]: { readonly kind: Kind; readonly record: StoredRecords[Kind] }
}[keyof StoredRecords]

/** A kind of record of an owner: how all of them are read, page by page, and removed. */
interface OwnerData {
  readonly list: (session: StorageSession, ref: IntegrationRef) => AsyncIterable<StoredRecord>
  readonly removeAll: (session: StorageSession, ref: IntegrationRef) => Promise<unknown>
}

const PAGE = 200
/** The last instant that a `Date` can be, epoch milliseconds. */
const LAST_MS = 8_640_000_000_000_000
/** Log entries that are removed by one statement. */
export const LOG_BATCH = 1000

/**
 * Everything that is stored of an owner besides the integration, in the order in which it is erased. What is listed here
 * is exported and erased: a new store is one more line.
 */
export const OWNER_DATA: readonly OwnerData[] = [
  { list: authorizations, removeAll: ({ oauthStates }, ref) => oauthStates.removeOwned(ref) },
  { list: links, removeAll: ({ links: store }, ref) => store.removeAll(ref) },
  { list: conflicts, removeAll: ({ conflicts: store }, ref) => store.removeAll(ref) },
  { list: inbox, removeAll: ({ inbox: store }, ref) => store.removeAll(ref) },
  { list: outbox, removeAll: ({ outbox: store }, ref) => store.forget(ref) },
  { list: cursors, removeAll: ({ cursors: store }, ref) => store.removeAll(ref) },
  { list: offers, removeAll: ({ eventOffers: store }, ref) => store.removeAll(ref) },
  { list: busyTimes, removeAll: ({ busy: store }, ref) => store.removeAll(ref) },
  { list: channels, removeAll: ({ channels: store }, ref) => store.removeAll(ref) },
  { list: logOfOwner, removeAll: removeLog },
]

/** The same of an appointment and its occurrences, over all integrations of the tenant. */
export const APPOINTMENT_DATA: readonly ((
  session: StorageSession,
  tenantId: string,
  appointmentId: string,
) => AsyncIterable<StoredRecord>)[] = [
  async function* ({ links: store }, tenantId, appointmentId) {
    for (const link of await store.listOfAppointment(tenantId, appointmentId)) yield ofLink(link)
  },
  async function* ({ conflicts: store }, tenantId, appointmentId) {
    for (const one of await store.listOfAppointment(tenantId, appointmentId)) yield ofConflict(one)
  },
  async function* ({ inbox: store }, tenantId, appointmentId) {
    for (const record of await store.listOfAppointment(tenantId, appointmentId))
      yield { kind: 'inbox', record }
  },
  async function* ({ outbox: store }, tenantId, appointmentId) {
    for (const job of await store.listOfAppointment(tenantId, appointmentId)) yield ofJob(job)
  },
  ({ syncLog }, tenantId, ofAppointment) => logPages(syncLog, { tenantId, ofAppointment }),
]

async function* authorizations(
  { oauthStates }: StorageSession,
  ref: IntegrationRef,
): AsyncGenerator<StoredRecord> {
  for (const { stateHash: _, sealedVerifier: _v, ...record } of await oauthStates.list(ref))
    yield { kind: 'authorization', record }
}

async function* links(session: StorageSession, ref: IntegrationRef): AsyncGenerator<StoredRecord> {
  for (const state of ['live', 'unconfirmed', 'removed'] as const) {
    for await (const page of linkPages(session, ref, state, PAGE)) yield* page.map(ofLink)
  }
}

async function* conflicts(
  { conflicts: store }: StorageSession,
  { tenantId, userId }: IntegrationRef,
): AsyncGenerator<StoredRecord> {
  for (const status of ['open', 'resolved'] as const) {
    let cursor: string | undefined
    do {
      const page: Awaited<ReturnType<typeof store.list>> = await store.list({
        tenantId,
        userId,
        status,
        limit: PAGE,
        cursor,
      })
      yield* page.items.map(ofConflict)
      cursor = page.nextCursor ?? undefined
    } while (cursor !== undefined)
  }
}

async function* inbox({ inbox: store }: StorageSession, ref: IntegrationRef): AsyncGenerator<StoredRecord> {
  let afterChangeId: string | null = null
  for (;;) {
    const page: InboxEntry[] = await store.list(ref, { afterChangeId, limit: PAGE })
    for (const record of page) yield { kind: 'inbox', record }
    if (page.length < PAGE) return
    afterChangeId = page.at(-1)?.changeId ?? null
  }
}

async function* outbox({ outbox: store }: StorageSession, ref: IntegrationRef): AsyncGenerator<StoredRecord> {
  let afterAppointmentId: string | null = null
  for (;;) {
    const page: OutboxJob[] = await store.list(ref, { afterAppointmentId, limit: PAGE })
    yield* page.map(ofJob)
    if (page.length < PAGE) return
    afterAppointmentId = page.at(-1)?.appointmentId ?? null
  }
}

async function* cursors(
  { cursors: store }: StorageSession,
  ref: IntegrationRef,
): AsyncGenerator<StoredRecord> {
  for (const { version: _, syncToken: _t, ...record } of await store.list(ref))
    yield { kind: 'cursor', record }
}

async function* offers(
  { eventOffers: store }: StorageSession,
  ref: IntegrationRef,
): AsyncGenerator<StoredRecord> {
  let afterId: string | null = null
  for (;;) {
    const page: EventOffer[] = await store.list(ref, { afterId, limit: PAGE })
    for (const { version: _, ...record } of page) yield { kind: 'offer', record }
    if (page.length < PAGE) return
    afterId = page.at(-1)?.id ?? null
  }
}

/** Of all times; an owner has some hundred of them. */
async function* busyTimes(
  { busy }: StorageSession,
  { tenantId, userId }: IntegrationRef,
): AsyncGenerator<StoredRecord> {
  const always = { fromMs: -LAST_MS, toMs: LAST_MS }
  for (const { calendars, blocks } of await busy.read({ tenantId, userIds: [userId], ...always })) {
    for (const { syncToken: _, ...record } of calendars) yield { kind: 'busyCalendar', record }
    for (const record of blocks) yield { kind: 'busyTime', record }
  }
}

async function* channels(
  { channels: store }: StorageSession,
  ref: IntegrationRef,
): AsyncGenerator<StoredRecord> {
  for (const { version: _, tokenHash: _h, ...record } of await store.list(ref))
    yield { kind: 'channel', record }
}

function logOfOwner(
  { syncLog }: StorageSession,
  { tenantId, userId }: IntegrationRef,
): AsyncGenerator<StoredRecord> {
  return logPages(syncLog, { tenantId, userId })
}

async function* logPages(
  store: StorageSession['syncLog'],
  filter: { readonly tenantId: string; readonly userId?: string; readonly ofAppointment?: string },
): AsyncGenerator<StoredRecord> {
  let cursor: string | undefined
  do {
    const page: Awaited<ReturnType<typeof store.list>> = await store.list({ ...filter, limit: PAGE, cursor })
    for (const record of page.items) yield { kind: 'log', record }
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
}

async function removeLog({ syncLog }: StorageSession, owner: IntegrationRef): Promise<void> {
  while ((await syncLog.removeOwned(owner, LOG_BATCH)) === LOG_BATCH);
}

/** The integration as it is exported. */
export function ofIntegration(integration: Integration): StoredRecord {
  const { version: _, ...record } = integration
  return { kind: 'integration', record }
}

function ofLink(link: EventLink): StoredRecord {
  const { version: _, ...record } = link
  return { kind: 'link', record }
}

function ofConflict(conflict: Conflict): StoredRecord {
  const { version: _, ...record } = conflict
  return { kind: 'conflict', record }
}

function ofJob(job: OutboxJob): StoredRecord {
  const { fence: _, leasedUntilMs: _l, revision: _r, ...record } = job
  return { kind: 'outbox', record }
}
