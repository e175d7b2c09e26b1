import type { AppointmentSync, ConflictResolution, ContestedField } from 'appointment-sync'
import { otherCalendar, timeValue } from './calendar-view.ts'
import type { Row } from './host.ts'
import { type AppointmentRecord, type OwnerRecord, standing, type Values } from './ledger.ts'
import { type ConflictSideChoice, type Field, FIELDS, type HookManner, type Move } from './moves.ts'
import type { Person } from './person.ts'
import type { Notification } from './post.ts'
import { ruleTime, shareTexts } from './series.ts'
import type { Worker, World } from './world.ts'

/** Makes a move. What it starts in a worker goes on after this returns. */
export async function perform(world: World, person: Person, move: Move): Promise<void> {
  world.note(`move ${JSON.stringify(move)}`)
  switch (move.kind) {
    case 'host books':
    case 'host reschedules':
    case 'host edits':
    case 'host cancels':
    case 'host erases':
    case 'host cancels series':
      return hostMove(world, move)
    case 'stale hook':
      return staleHook(world, move)
    case 'person edits':
      return person.edit(world.recordOf(move.slot), move.fields, move.far)
    case 'person reverts':
      return person.revert(world.recordOf(move.slot), move.field)
    case 'person deletes':
      return person.delete(world.recordOf(move.slot))
    case 'person deletes series':
      return person.deleteSeries(world.recordOf(move.slot))
    case 'person restores':
      return person.restore(world.recordOf(move.slot))
    case 'person moves':
      return person.move(world.recordOf(move.slot))
    case 'guest answers':
      return byGuest(world, world.recordOf(move.slot), (record) => world.guests.answer(record, move.response))
    case 'person invites':
      return byGuest(world, world.recordOf(move.slot), (record) => world.guests.inviteFriend(record))
    case 'person adds':
      return person.addOwn(world.ownerAt(move.owner))
    case 'person changes own':
      return person.changeOwn(world.ownerAt(move.owner))
    case 'person removes own':
      return person.removeOwn(world.ownerAt(move.owner))
    case 'person resolves':
      return start(world, world.workerAt(move.worker), 'resolve', (sync) =>
        resolveOne(sync, world.ownerAt(move.owner), move.side),
      )
    case 'forged notification': {
      const known = move.known ? await channelIdOf(world, world.ownerAt(move.owner)) : null
      return deliver(world, world.workerAt(move.worker), {
        'x-goog-channel-id': known ?? 'made-up',
        'x-goog-channel-token': 'made-up',
        'x-goog-resource-id': 'made-up',
        'x-goog-resource-state': 'exists',
      })
    }
    case 'task':
      return start(world, world.workerAt(move.worker), move.task, (sync) => sync.tasks.run(move.task))
    case 'pull':
      return start(world, world.workerAt(move.worker), 'pull', (sync) =>
        sync.pullFromGoogle(refOf(world.ownerAt(move.owner))).catch(unlessInactive),
      )
    case 'sync all':
      return start(world, world.workerAt(move.worker), 'sync all', (sync) =>
        sync.syncAllAppointmentsForUser(refOf(world.ownerAt(move.owner))).catch(unlessInactive),
      )
    case 'set active':
      return start(world, world.workerAt(move.worker), `set active ${String(move.active)}`, (sync) =>
        sync.integrations.setActive(refOf(world.ownerAt(move.owner)), move.active).catch(unlessInactive),
      )
    case 'set policy': {
      const owner = world.ownerAt(move.owner)
      owner.policies.add(move.policy)
      return start(world, world.workerAt(move.worker), `set policy ${move.policy}`, (sync) =>
        sync.integrations
          .updateSettings(refOf(owner), { conflictResolution: move.policy })
          .catch(unlessInactive),
      )
    }
    case 'switch calendar':
      return start(world, world.workerAt(move.worker), 'switch calendar', (sync) =>
        switchCalendar(world, sync, world.ownerAt(move.owner)).catch(unlessInactive),
      )
    case 'set window':
      return start(world, world.workerAt(move.worker), `set window ${move.futureDays}`, (sync) =>
        sync.integrations
          .updateSettings(refOf(world.ownerAt(move.owner)), { syncFutureDays: move.futureDays })
          .catch(unlessInactive),
      )
    case 'disconnect': {
      const owner = world.ownerAt(move.owner)
      const worker = world.workerAt(move.worker)
      if (!worker.life.alive) return
      noteDisconnect(world, owner)
      return start(world, worker, 'disconnect', (sync) =>
        sync.integrations.disconnect(refOf(owner), { removeEvents: move.removeEvents }).catch(unlessInactive),
      )
    }
    case 'connect':
      return start(world, world.workerAt(move.worker), 'connect', (sync) =>
        connect(world, sync, world.ownerAt(move.owner)),
      )
    default:
      return trouble(world, move)
  }
}

/** What a guest does shows in the event at once. */
function byGuest(
  world: World,
  record: AppointmentRecord,
  work: (record: AppointmentRecord) => string | null,
): void {
  const what = work(record)
  if (what === null) return
  world.note(what)
  world.writes.refresh(record.owner.email)
  // An answer moves the time of the event's last change.
  for (const event of standing(record)) {
    const shown = world.writes.view(event.email).get(event.id)
    if (shown !== undefined) world.ledger.noteShown(event, shown.values, shown.updatedMs)
  }
}

/** Another calendar than the account's first one needs a wider scope, which the person goes and grants. */
async function switchCalendar(world: World, sync: AppointmentSync, owner: OwnerRecord): Promise<unknown> {
  const view = await sync.integrations.get(refOf(owner))
  if (view === null || view.status === 'disconnected') return { reason: 'not connected' }
  const calendarId = otherCalendar(owner.email, view.settings.calendarId)
  const { status, missingScopes } = await sync.integrations.updateSettings(refOf(owner), { calendarId })
  if (status === 'needs_reconnect' && missingScopes.length > 0) await connect(world, sync, owner)
  return { status }
}

/** A notification reaches a process. */
export function deliver(world: World, worker: Worker, notification: Notification): void {
  start(world, worker, 'notification', (sync) => sync.notifications.receive(notification))
}

async function channelIdOf(world: World, owner: OwnerRecord): Promise<string | null> {
  const integration = await world.storage.integrations.find(owner)
  if (integration === null) return null
  const ref = { ...refOf(owner), integrationId: integration.id }
  return (await world.storage.channels.list(ref))[0]?.id ?? null
}

function start(
  world: World,
  worker: Worker,
  name: string,
  work: (sync: AppointmentSync) => Promise<unknown>,
): void {
  void world.begin(worker, name, (sync) => work(sync).catch(unlessTransient))
}

/** What a host must expect of any call: a storage that fails, a row that somebody else changed, a timed-out step. */
const EXPECTED = new Set([
  'STORAGE_FAILED',
  'WRITE_CONTENDED',
  'INTEGRATION_BUSY',
  'HOST_SOURCE_FAILED',
  'OAUTH_GRANT_REVOKED',
  'OAUTH_REFRESH_FAILED',
  'OAUTH_EXCHANGE_FAILED',
  'OAUTH_CODE_REJECTED',
  'OAUTH_CLIENT_REJECTED',
  'TOKEN_STORE_CONFLICT',
  'GOOGLE_TIMEOUT',
  'GOOGLE_UNAVAILABLE',
  'GOOGLE_UNAUTHORIZED',
  'GOOGLE_RATE_LIMITED',
  'GOOGLE_QUOTA_EXCEEDED',
  'GOOGLE_FORBIDDEN',
  'GOOGLE_NOT_FOUND',
  'GOOGLE_GONE',
  'GOOGLE_PRECONDITION_FAILED',
  'GOOGLE_DUPLICATE_ID',
  'GOOGLE_SYNC_TOKEN_INVALID',
  'CONFLICT_ALREADY_RESOLVED',
  'CONFLICT_NOT_FOUND',
])

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : ''
}

function unlessTransient(error: unknown): { reason: string } {
  if (EXPECTED.has(codeOf(error))) return { reason: codeOf(error) }
  throw error
}

/** Calls for an owner who is not connected, or paused, are refused. */
function unlessInactive(error: unknown): { reason: string } {
  const code = codeOf(error)
  if (code === 'INTEGRATION_INACTIVE' || code === 'INTEGRATION_NOT_FOUND') return { reason: code }
  throw error
}

function refOf({ tenantId, userId }: OwnerRecord): { tenantId: string; userId: string } {
  return { tenantId, userId }
}

type HostMove = Extract<Move, { hook: HookManner }>

function hostMove(world: World, move: HostMove): void {
  const record = world.recordOf(move.slot)
  const before = world.host.rowOf(record)
  // Ids are not used again.
  if (before === undefined && world.host.history.has(record.key)) return
  const row = changeBooking(world, record, before, move)
  if (row === undefined) return
  world.note(
    `host ${record.key} is ${row.status}, version ${row.version}: ${Object.values(row.values).join(' ')}`,
  )
  if (row.status === 'cancelled' || move.kind === 'host erases') {
    world.ledger.noteGivenUp(record)
  }
  const worker = world.workerAt(move.worker)
  if (move.hook === 'forgotten') return
  callHook(world, worker, row, before === undefined)
  if (move.hook === 'twice') callHook(world, worker, row, false)
}

function changeBooking(
  world: World,
  record: AppointmentRecord,
  before: Row | undefined,
  move: HostMove,
): Row | undefined {
  const { host } = world
  if (record.partOf !== null) return changeOccurrence(world, record, before, move)
  if (move.kind === 'host erases') {
    if (before !== undefined) host.erase(record)
    return before === undefined ? undefined : { ...before, status: 'cancelled' }
  }
  if (move.kind === 'host cancels') {
    return before?.status === 'confirmed' ? host.write(record, 'cancelled', {}) : undefined
  }
  const fields = before === undefined || move.kind === 'host books' ? FIELDS : fieldsOf(move)
  if (before?.status === 'cancelled' && move.kind !== 'host books') return undefined
  const row = host.write(record, 'confirmed', freshValues(world, fields))
  const own = { version: row.version, atMs: row.updatedAtMs }
  for (const field of fields) world.ledger.noteOwnValue(record, field, row.values[field], own)
  return row
}

/** The first booking makes the whole series; later ones are about one occurrence. */
function changeOccurrence(
  world: World,
  record: AppointmentRecord,
  before: Row | undefined,
  move: HostMove,
): Row | undefined {
  const { partOf } = record
  if (partOf === null || move.kind === 'host erases') return undefined
  if (before === undefined) return move.kind === 'host books' ? bookSeries(world, record) : undefined
  if (move.kind === 'host cancels series') return cancelSeries(world, record)
  if (move.kind === 'host cancels') {
    return before.status === 'confirmed' ? world.host.write(record, 'cancelled', {}) : undefined
  }
  if (before.status === 'cancelled' && move.kind !== 'host books') return undefined
  const fields = move.kind === 'host books' ? FIELDS : fieldsOf(move)
  const row = world.host.write(record, 'confirmed', freshValues(world, fields))
  const own = { version: row.version, atMs: row.updatedAtMs }
  for (const field of fields) world.ledger.noteOwnValue(record, field, row.values[field], own)
  return row
}

function bookSeries(world: World, asked: AppointmentRecord): Row | undefined {
  const series = asked.partOf?.series
  if (series === undefined) return undefined
  const [title, description, location] = [0, 1, 2].map(() => world.freshText('host'))
  const texts = { title: title ?? '', description: description ?? '', location: location ?? '' }
  shareTexts(world.ledger, series, texts)
  for (const record of series.occurrences) {
    const time = ruleTime(record.partOf?.originalStartMs ?? 0)
    const row = world.host.write(record, 'confirmed', { time, ...texts })
    const own = { version: row.version, atMs: row.updatedAtMs }
    world.ledger.noteOwnValue(record, 'time', time, own)
    for (const field of FIELDS) record.ownValues[field].set(row.values[field], own)
  }
  return world.host.rowOf(asked)
}

function cancelSeries(world: World, asked: AppointmentRecord): Row | undefined {
  for (const record of asked.partOf?.series.occurrences ?? []) {
    if (world.host.rowOf(record)?.status !== 'confirmed') continue
    world.host.write(record, 'cancelled', {})
    world.ledger.noteGivenUp(record)
  }
  return world.host.rowOf(asked)
}

function fieldsOf(move: HostMove): readonly Field[] {
  return move.kind === 'host edits' ? move.fields : ['time']
}

function freshValues(world: World, fields: readonly Field[]): Partial<Values> {
  return Object.fromEntries(
    fields.map((field) => {
      const { startMs, endMs } = world.freshTime()
      return [field, field === 'time' ? timeValue(startMs, endMs) : world.freshText('host')]
    }),
  )
}

function callHook(world: World, worker: Worker, row: Row, isNew: boolean): void {
  const appointment = world.host.appointmentOf(row)
  const name = `hook ${row.record.key} version ${row.version}`
  start(world, worker, name, async ({ handlers }) => {
    const call =
      appointment.status === 'cancelled'
        ? handlers.appointmentCancelled(appointment)
        : isNew
          ? handlers.appointmentCreated(appointment)
          : handlers.appointmentUpdated(appointment)
    const result = await call
    const taken = result.status !== 'skipped' || result.reason !== 'not_connected'
    if (taken)
      world.acknowledged.set(
        row.record.key,
        Math.max(row.version, world.acknowledged.get(row.record.key) ?? 0),
      )
    return result
  })
}

function staleHook(world: World, move: Extract<Move, { kind: 'stale hook' }>): void {
  const record = world.recordOf(move.slot)
  const row = world.host.history.get(record.key)?.at(-1 - move.back)
  // What a series was at that time is not kept.
  if (row !== undefined && record.partOf === null && world.host.rowOf(record) !== undefined)
    callHook(world, world.workerAt(move.worker), row, false)
}

async function resolveOne(
  sync: AppointmentSync,
  owner: OwnerRecord,
  side: ConflictSideChoice,
): Promise<unknown> {
  const { items } = await sync.conflicts.list({ ...refOf(owner), status: 'open' })
  const [conflict] = items
  if (conflict === undefined) return undefined
  const target = { tenantId: owner.tenantId, conflictId: conflict.id }
  return sync.conflicts.resolve(target, side === 'mixed' ? mixed(conflict.fields) : side)
}

/** One field to each side, the rest left open. */
function mixed([first, second]: readonly ContestedField[]): ConflictResolution {
  if (first === undefined) return 'app'
  return { fields: { [first]: 'google', ...(second === undefined ? {} : { [second]: 'app' }) } }
}

/** From here on nothing is promised for this owner, until they connect again. */
function noteDisconnect(world: World, owner: OwnerRecord): void {
  owner.disconnected = true
  owner.everDisconnected = true
  world.ledger.forget(owner)
}

/** The person goes through Google's consent page. */
export async function connect(world: World, sync: AppointmentSync, owner: OwnerRecord): Promise<void> {
  const { url } = await sync.oauth.getAuthUrl({ owner: refOf(owner) })
  const back = new URL(world.google.authorize(url, { email: owner.email, grant: 'all' })).searchParams
  const code = back.get('code') ?? ''
  world.grants.consented(code, owner.email)
  owner.halfConnected = true
  await sync.oauth.handleCallback({
    code,
    state: back.get('state') ?? '',
    owner: refOf(owner),
  })
  if (owner.disconnected) world.ledger.forget(owner)
  owner.disconnected = false
  // Google may have ended it before the answer was back.
  owner.grantLost = !world.grants.stands(code)
  owner.halfConnected = false
  owner.code = code
}

function loseGrants(world: World, email: string, lose: (email: string) => void): void {
  lose(email)
  world.endGrants(email)
}

/** Faults, crashes and the passing of time. */
function trouble(world: World, move: Move): void {
  const { faults, google } = world
  switch (move.kind) {
    case 'google fault': {
      const { fault, aim, applied, after, times } = move
      faults.google.push({ fault, aim, applied, passing: after, left: times })
      return
    }
    case 'storage fault': {
      const { life } = world.workerAt(move.worker)
      faults.storage.push({ life, atPassage: life.passages + move.after, committed: move.committed, left: 1 })
      return
    }
    case 'host fault':
      faults.host.push({ call: move.call, applied: move.applied, left: move.times })
      return
    case 'sync tokens expire':
      return google.faults.expireSyncTokens()
    case 'trash emptied':
      return google.faults.emptyTrash()
    case 'tombstones purged':
      google.faults.purgeTombstones()
      // Google forgets a deletion only when no sync token needs it any more.
      return google.faults.expireSyncTokens()
    case 'access tokens expire':
      return google.faults.expireAccessTokens()
    case 'grant revoked':
      return loseGrants(world, world.ownerAt(move.owner).email, google.faults.revokeGrants)
    case 'grant expires':
      return loseGrants(world, world.ownerAt(move.owner).email, google.faults.expireGrants)
    case 'calendars hidden':
      world.hidden.wanted = move.hidden
      return
    case 'read lag':
      return google.faults.readLag(move.ms)
    case 'page size':
      google.faults.maxPageSize(move.size)
      return google.faults.emptyPages(move.emptyPages)
    case 'crash': {
      const { life } = world.workerAt(move.worker)
      if (life.diesAt === null) life.diesAt = life.passages + move.after
      life.diesAfterEffect = move.effect
      return
    }
    case 'restart': {
      if (move.rotateKeys) world.keysRotated = true
      return world.restart(world.workerAt(move.worker))
    }
    case 'time passes':
      return world.clock.advance(move.ms)
    default:
      throw new Error(`no such move: ${move.kind}`)
  }
}
