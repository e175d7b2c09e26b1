import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Appointment, Owner, StoredRecord } from 'appointment-sync'
import { isAppointmentSyncError } from 'appointment-sync'
import { kyselyStorage, migrateToLatest, nodeSqliteDialect } from 'appointment-sync/adapters/storage-kysely'
import type { Storage } from 'appointment-sync/ports'
import { Kysely } from 'kysely'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ACCOUNT, appointment, type Clinic, onlyEvent, openClinic, OTHER_ACCOUNT, owner } from './clinic.ts'

const PEDRO: Owner = { tenantId: owner.tenantId, userId: 'pedro' }
const ELSEWHERE: Owner = { tenantId: 'clinic-2', userId: 'maria' }

async function all(records: AsyncIterable<StoredRecord>): Promise<StoredRecord[]> {
  const found: StoredRecord[] = []
  for await (const record of records) found.push(record)
  return found
}

function kindsOf(records: readonly StoredRecord[]): string[] {
  return [...new Set(records.map(({ kind }) => kind))].toSorted()
}

/** A storage on a file, and everything that stands in it, table by table. */
async function onFile(): Promise<{ storage: Storage; dump: () => string }> {
  const folder = mkdtempSync(join(tmpdir(), 'appointment-sync-privacy-'))
  const path = join(folder, 'data.sqlite')
  const db = new Kysely<unknown>({ dialect: nodeSqliteDialect({ path }) })
  await migrateToLatest(db, { dialect: 'sqlite' })
  onTestFinished(async () => {
    await db.destroy()
    rmSync(folder, { recursive: true, force: true })
  })
  const dump = (): string => {
    const look = new DatabaseSync(path, { readOnly: true })
    const tables = look.prepare("select name from sqlite_master where type = 'table'").all()
    const rows = tables.map(({ name }) => [name, look.prepare(`select * from "${String(name)}"`).all()])
    look.close()
    return JSON.stringify(rows)
  }
  return { storage: kyselyStorage({ db, dialect: 'sqlite' }), dump }
}

/** An owner with a record of every kind. */
async function fill(clinic: Clinic, of: Owner = owner): Promise<void> {
  await clinic.push('a-live', { ...of })
  await clinic.push('a-gone', { ...of })
  await clinic.sync.deleteAppointmentFromGoogle({ ...of, appointmentId: 'a-gone' })
  await clinic.sync.pullFromGoogle(of)
  await clinic.sync.oauth.getAuthUrl({ owner: of, returnTo: '/back' })
  const { storage } = clinic
  const [live] = await storage.links.listOfAppointment(of.tenantId, 'a-live')
  if (live === undefined) throw new Error('the appointment was not pushed')
  const { tenantId, userId, integrationId, calendarId, eventId } = live
  const ref = { tenantId, userId, integrationId }
  const told = { fields: { title: 'João at nine' }, attempts: 0, details: null, lastErrorCode: null }
  await storage.inbox.put({
    ...ref,
    ...told,
    changeId: 'change-1',
    appointmentId: 'a-live',
    calendarId,
    eventId,
    type: 'edited',
    observedAtMs: 1,
    dueAtMs: clinic.clock.now() + 9e9,
  })
  const sides = { base: {}, app: { exists: true, title: 'João' }, google: { exists: true, title: 'Silva' } }
  const opened = { status: 'open', resolution: null, decisions: [], resolvedAtMs: null } as const
  await storage.conflicts.replace(
    {
      ...ref,
      ...sides,
      ...opened,
      id: `conflict-${of.userId}`,
      appointmentId: 'a-live',
      calendarId,
      eventId,
      reason: 'both_changed',
      hostReason: null,
      fields: ['title'],
      openedAtMs: 1,
      version: 1,
    },
    null,
  )
  const due = clinic.clock.now() + 9e9
  await storage.outbox.enqueue({
    ref: { ...ref, appointmentId: 'a-live' },
    action: 'push',
    dueAtMs: due,
    nowMs: clinic.clock.now(),
  })
  await storage.channels.insert({
    ...ref,
    id: `channel-${of.tenantId}-${of.userId}`,
    calendarId,
    state: 'stopping',
    tokenHash: 'f'.repeat(64),
    resourceId: null,
    expiresAtMs: clinic.clock.now() - 1,
    createdAtMs: 1,
    version: 1,
  })
}

describe('an owner', () => {
  it('is exported whole, one record after the other, and without a secret', async () => {
    const file = await onFile()
    await using clinic = await openClinic({ storage: file.storage })
    await fill(clinic)
    await clinic.connect({ account: OTHER_ACCOUNT, as: PEDRO })
    await clinic.push('p-1', { ...PEDRO })
    const records = await all(clinic.sync.privacy.exportOwner(owner))
    expect(kindsOf(records)).toEqual([
      'authorization',
      'busyCalendar',
      'channel',
      'conflict',
      'cursor',
      'inbox',
      'integration',
      'link',
      'log',
      'outbox',
    ])
    expect(records.filter(({ kind }) => kind === 'link')).toHaveLength(2)
    const text = JSON.stringify(records)
    expect(text).toContain(ACCOUNT)
    expect(text).not.toMatch(/pedro|p-1|token_?hash|"syncToken"|sealedVerifier|stateHash|"fence"|ffff/i)
  })

  it('is erased so that no table names it any more, and nobody else loses anything', async () => {
    const file = await onFile()
    await using clinic = await openClinic({ storage: file.storage })
    await clinic.connect({ account: OTHER_ACCOUNT, as: PEDRO })
    await fill(clinic)
    await clinic.push('p-1', { ...PEDRO, client: { name: 'Rita Lee' } })
    const theirs = await all(clinic.sync.privacy.exportOwner(PEDRO))
    const integrationId = (await clinic.sync.integrations.get(owner))?.integrationId ?? ''
    expect(file.dump()).toContain(integrationId)

    const result = await clinic.sync.privacy.eraseOwner(owner, { removeEvents: 'all' })

    expect(result).toMatchObject({ status: 'done', eventsRemoved: 1, eventsLeft: 0 })
    expect(result.erased).toMatchObject({ integration: 1, authorization: 1 })
    const left = file.dump()
    for (const trace of [integrationId, `"${owner.userId}"`, ACCOUNT, 'a-live', 'a-gone', 'João']) {
      expect(left.includes(trace) ? trace : null).toBeNull()
    }
    expect(await all(clinic.sync.privacy.exportOwner(owner))).toEqual([])
    expect(await clinic.sync.integrations.get(owner)).toBeNull()
    expect(clinic.hand.events()).toEqual([])
    expect(await all(clinic.sync.privacy.exportOwner(PEDRO))).toEqual(theirs)
  })

  it('is erased by a second call when the process died in between', async () => {
    const file = await onFile()
    let broken = false
    const { syncLog } = file.storage
    const storage: Storage = {
      ...file.storage,
      syncLog: {
        ...syncLog,
        removeOwned: (...given) =>
          broken ? Promise.reject(new Error('died')) : syncLog.removeOwned(...given),
      },
    }
    await using clinic = await openClinic({ storage })
    await fill(clinic)
    broken = true
    await expect(clinic.sync.privacy.eraseOwner(owner)).rejects.toThrow('died')
    expect((await clinic.sync.integrations.get(owner))?.status).toBe('disconnected')
    broken = false
    expect((await clinic.sync.privacy.eraseOwner(owner)).status).toBe('done')
    expect(file.dump()).not.toContain(`"${owner.userId}"`)
    expect(await clinic.sync.privacy.eraseOwner(owner)).toMatchObject({ status: 'done', erased: {} })
  })

  it('of whom Google cannot be told keeps the tokens until the tasks have gone on', async () => {
    await using clinic = await openClinic()
    await clinic.push('a-1')
    clinic.google.faults.failNext({ match: { method: 'DELETE' }, times: 20, status: 503 })
    const first = await clinic.sync.privacy.eraseOwner(owner)
    expect(first).toMatchObject({ status: 'continuing', eventsLeft: 1, erased: {} })
    expect(kindsOf(await all(clinic.sync.privacy.exportOwner(owner)))).toContain('link')
    clinic.google.faults.clear()
    expect((await clinic.sync.privacy.eraseOwner(owner)).status).toBe('done')
    expect(clinic.hand.events()).toEqual([])
  })

  it('can connect again after it was erased', async () => {
    await using clinic = await openClinic()
    await clinic.push('a-1')
    await clinic.sync.privacy.eraseOwner(owner, { removeEvents: 'all' })
    await clinic.connect()
    expect(await clinic.push('a-2')).toMatchObject({ status: 'success', action: 'created' })
  })
})

/** The same client at two professionals and, with the same ids, at another clinic. */
async function openThree(): Promise<Clinic> {
  const clinic = await openClinic({ emulator: {} })
  await clinic.connect({ account: OTHER_ACCOUNT, as: PEDRO })
  return clinic
}

/** Three days at nine, the second of them an hour later. */
const SERIES: Partial<Appointment> = {
  timeZone: 'America/Sao_Paulo',
  recurrence: ['RRULE:FREQ=DAILY;COUNT=3'],
  exceptions: [
    {
      originalStart: '2026-05-06T09:00:00-03:00',
      start: '2026-05-06T10:00:00-03:00',
      end: '2026-05-06T10:30:00-03:00',
    },
  ],
}

describe('a client', () => {
  it('is exported by the appointments that the host names, with their occurrences', async () => {
    await using clinic = await openClinic()
    await fill(clinic)
    await clinic.push('s-1', SERIES)
    await clinic.push('a-live2')
    const client = { tenantId: owner.tenantId, appointmentIds: ['a-live', 's-1', 's-1', 'unknown'] }
    const records = await all(clinic.sync.privacy.exportClient(client))
    expect(kindsOf(records)).toEqual(['conflict', 'inbox', 'link', 'log', 'outbox'])
    const ids = new Set(records.map(({ record }) => 'appointmentId' in record && record.appointmentId))
    expect(ids).toEqual(new Set(['a-live', 's-1', 's-1~20260506T120000Z']))
    expect(records.filter(({ kind }) => kind === 'link')).toHaveLength(3)
    expect(await all(clinic.sync.privacy.exportClient({ ...client, tenantId: 'clinic-2' }))).toEqual([])
  })

  it('is taken off Google and out of every table but for the ids, at every professional', async () => {
    const file = await onFile()
    await using clinic = await openClinic({ storage: file.storage })
    await clinic.connect({ account: OTHER_ACCOUNT, as: PEDRO })
    await fill(clinic)
    await clinic.push('s-1', SERIES)
    await clinic.push('other', { client: { name: 'Rita Lee' } })
    await clinic.sync.syncAppointmentToGoogle(appointment('a-live', { ...PEDRO, updatedAt: new Date(9e12) }))

    const request = { tenantId: owner.tenantId, appointmentIds: ['a-live', 'a-gone', 's-1'] }
    const result = await clinic.sync.privacy.eraseClient(request)

    expect(result).toMatchObject({ status: 'done', eventsRemoved: 3, left: [] })
    expect(result.erased).toMatchObject({ link: 5 })
    expect(clinic.hand.events().map((event) => event['summary'])).toEqual([
      '[Agendamento] Corte de Cabelo - Rita Lee',
    ])
    expect(file.dump().match(/.{60}(Jo[aã]o|Silva|\(11\)|joao@).{20}/)).toBeNull()
    expect(file.dump()).toContain('Rita Lee')
    expect(kindsOf(await all(clinic.sync.privacy.exportClient(request)))).toEqual(['link'])
    expect(await clinic.sync.privacy.eraseClient(request)).toMatchObject({ eventsRemoved: 0, erased: {} })
  })

  it('comes back by no late call and under no used id', async () => {
    await using clinic = await openClinic()
    await clinic.push('a-1')
    const used = onlyEvent(clinic.hand)['id']
    const late = clinic.book.appointments.get('a-1') as Appointment
    await clinic.sync.privacy.eraseClient({ tenantId: owner.tenantId, appointmentIds: ['a-1'] })
    expect(await clinic.sync.syncAppointmentToGoogle(late)).toEqual({ status: 'skipped', reason: 'stale' })
    await clinic.sync.syncAllAppointmentsForUser(owner)
    expect(clinic.hand.events()).toEqual([])
    clinic.clock.advance(60_000)
    await clinic.push('a-1')
    expect(onlyEvent(clinic.hand)['id']).not.toBe(used)
  })

  it('whose event a person had deleted comes back by no late call either', async () => {
    await using clinic = await openClinic()
    await clinic.push('a-1')
    const late = clinic.book.appointments.get('a-1') as Appointment
    clinic.hand.delete(onlyEvent(clinic.hand)['id'])
    await clinic.sync.pullFromGoogle(owner)
    await clinic.sync.privacy.eraseClient({ tenantId: owner.tenantId, appointmentIds: ['a-1'] })
    expect(await clinic.sync.syncAppointmentToGoogle(late)).toEqual({ status: 'skipped', reason: 'stale' })
    expect(clinic.hand.events()).toEqual([])
  })

  it('keeps everything, and is named, while Google cannot be reached', async () => {
    await using clinic = await openClinic()
    await clinic.push('a-1')
    await clinic.push('a-2')
    const request = { tenantId: owner.tenantId, appointmentIds: ['a-1', 'a-2'] }
    const [first] = await clinic.storage.links.listOfAppointment(owner.tenantId, 'a-1')
    clinic.google.faults.failNext({ match: { method: 'DELETE' }, times: 1, status: 503 })
    const result = await clinic.sync.privacy.eraseClient(request)
    expect(result.status).toBe('incomplete')
    expect(result.left).toMatchObject([
      { userId: owner.userId, appointmentId: 'a-1', googleEventId: first?.eventId },
    ])
    const [kept] = await clinic.storage.links.listOfAppointment(owner.tenantId, 'a-1')
    expect(kept?.base.app.title).toContain('João Silva')
    clinic.google.faults.clear()
    expect(await clinic.sync.privacy.eraseClient(request)).toMatchObject({ status: 'done', left: [] })
    expect(clinic.hand.events()).toEqual([])
  })

  it('stays on Google when asked to, and the next push says what the appointment says then', async () => {
    await using clinic = await openClinic()
    await clinic.push('a-1')
    const request = { tenantId: owner.tenantId, appointmentIds: ['a-1'], removeEvents: false }
    expect(await clinic.sync.privacy.eraseClient(request)).toMatchObject({ status: 'done', eventsRemoved: 0 })
    const [link] = await clinic.storage.links.listOfAppointment(owner.tenantId, 'a-1')
    expect(JSON.stringify(link)).not.toMatch(/João|Silva|Corte/)
    clinic.clock.advance(60_000)
    await clinic.push('a-1', { client: { name: 'Anônimo' } })
    expect(onlyEvent(clinic.hand)['summary']).toContain('Anônimo')
    expect((await clinic.sync.conflicts.list({ tenantId: owner.tenantId })).items).toEqual([])
  })

  it('of another tenant with the same ids stays untouched', async () => {
    await using clinic = await openThree()
    await clinic.connect({ account: OTHER_ACCOUNT, as: ELSEWHERE })
    await clinic.push('a-1')
    await clinic.sync.syncAppointmentToGoogle(appointment('a-1', { ...ELSEWHERE }))
    const theirs = { tenantId: ELSEWHERE.tenantId, appointmentIds: ['a-1'] }
    const before = await all(clinic.sync.privacy.exportClient(theirs))
    await clinic.sync.privacy.eraseClient({ tenantId: owner.tenantId, appointmentIds: ['a-1'] })
    expect(await all(clinic.sync.privacy.exportClient(theirs))).toEqual(before)
    expect(kindsOf(before)).toEqual(['link', 'log'])
    expect(clinic.google.user(OTHER_ACCOUNT).calendar().events()).toHaveLength(1)
  })

  it.each([
    [{ tenantId: '', appointmentIds: ['a', 7] }, ['tenantId', 'appointmentIds.1']],
    [{ tenantId: 'a', appointmentIds: ['b'], removeEvents: 'yes', more: 1 }, ['removeEvents', '']],
  ])('that is named wrongly is refused with every problem: %j', async (given, paths) => {
    await using clinic = await openClinic()
    const error = await clinic.sync.privacy.eraseClient(given as never).catch((thrown: unknown) => thrown)
    expect(isAppointmentSyncError(error, 'INVALID_ARGUMENT')).toBe(true)
    expect(isAppointmentSyncError(error) && error.problems?.map(({ path }) => path)).toEqual(paths)
  })
})
