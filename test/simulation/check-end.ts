import type { Owner } from 'appointment-sync'
import { spanOf } from './calendar-view.ts'
import { describe } from './check-writes.ts'
import { type AppointmentRecord, type EventRecord, type Obligation, standing } from './ledger.ts'
import { type Field, FIELDS } from './moves.ts'
import type { World } from './world.ts'

/** A worker's clock may be behind the person's by so much. */
const CLOCKS_APART_MS = 10_000
/** Thirty days are kept in step; the day itself is begun. */
const WINDOW_MS = 30 * 86_400_000

/** What must hold when everything has come to rest. */
export async function checkEnd(world: World): Promise<void> {
  await checkNothingWaits(world)
  for (const record of world.ledger.appointments.values()) {
    const contested = await world.conflicts.contested(record)
    await setStraysAside(world, record)
    const calendarId = await chosenCalendar(world, record.owner)
    if (!contested.has('existence')) await checkAgreement(world, record, contested, calendarId)
  }
  for (const obligation of world.ledger.obligations) await checkRecorded(world, obligation)
  if (world.plan.setting.guests) world.guests.checkEnd()
  if (world.plan.setting.notifications) await checkWatched(world)
}

/** Every owner's calendar is watched by one channel, and by no other that could still be stopped. */
async function checkWatched(world: World): Promise<void> {
  for (const { tenantId, userId } of world.owners) {
    const owner = { tenantId, userId }
    const integration = await world.storage.integrations.find(owner)
    if (integration === null) continue
    const channels = await world.storage.channels.list({ ...owner, integrationId: integration.id })
    const open = channels.filter(({ state }) => state === 'open')
    const stoppable = channels.filter(({ state, resourceId }) => state === 'stopping' && resourceId !== null)
    if (open.length === 1 && stoppable.length === 0) continue
    const states = channels.map(({ state }) => state).join(', ')
    world.fail('not watched', `${tenantId}/${userId} has these channels: ${states}`)
  }
}

/** Every booking whose newest version a hook took over agrees with Google, although nothing was swept. */
export async function checkAcknowledged(world: World): Promise<void> {
  for (const owner of world.owners) {
    if (owner.everDisconnected) continue
    for (const record of world.ledger.appointments.values()) {
      const row = world.host.rowOf(record)
      if (record.owner !== owner || row === undefined) continue
      if (world.acknowledged.get(record.key) !== row.version) continue
      const contested = await world.conflicts.contested(record)
      await setStraysAside(world, record)
      const calendarId = await chosenCalendar(world, owner)
      if (!contested.has('existence')) await checkAgreement(world, record, contested, calendarId, 'outbox: ')
    }
  }
}

/** Nothing is left in the outbox or the inbox. */
async function checkNothingWaits(world: World): Promise<void> {
  const { sync } = world.workerAt(0)
  for (const { tenantId, userId } of world.owners) {
    const report = await sync.integrations.status({ tenantId, userId })
    const { pendingPushes, pendingChanges, deadLetters } = report
    if (pendingPushes + pendingChanges + deadLetters === 0) continue
    const counts = JSON.stringify({ status: report.status, pendingPushes, pendingChanges, deadLetters })
    world.fail('never done', `${tenantId}/${userId} is at rest with ${counts}`)
  }
}

/** An old event that a person restored when a new one was begun belongs to nobody (decision 0005). */
async function setStraysAside(world: World, record: AppointmentRecord): Promise<void> {
  const restored = record.events.filter(({ live, restoredByPerson }) => live && restoredByPerson)
  if (restored.length === 0) return
  const link = await world.linkOf(record)
  // The SDK reads the chosen calendar, and those on which events of ours stand.
  const chosen = await chosenCalendar(world, record.owner)
  for (const event of restored) {
    const another =
      link?.eventId !== event.id || (link.state === 'live' && link.calendarId !== event.calendarId)
    event.stray = link !== null && (another || (link.state === 'removed' && event.calendarId !== chosen))
  }
}

async function checkAgreement(
  world: World,
  record: AppointmentRecord,
  contested: ReadonlySet<string>,
  calendarId: string,
  stage: string = '',
): Promise<void> {
  const row = world.host.rowOf(record)
  const events = standing(record)
  const wanted = row?.status === 'confirmed'
  if (!wanted) {
    // Beyond the window no sweep comes by; a hook that was forgotten is made up for when the time draws near.
    const unheard = row !== undefined && world.acknowledged.get(record.key) !== row.version
    for (const event of events.filter(({ left }) => !left)) {
      if (unheard && isFar(world, event.values.time)) continue
      world.fail(
        `${stage}event left behind`,
        `${describe(event)} stands, and the host has ${row?.status ?? 'no booking'}`,
      )
    }
    return
  }
  const [event] = events
  if (event === undefined) {
    // Nothing beyond the window is made anew after a disconnect.
    if (record.owner.everDisconnected && isFar(world, row.values.time)) return
    world.fail(`${stage}event missing`, `the host has ${record.key} confirmed, and no event stands`)
    return
  }
  await checkPlace(world, event, stage, calendarId)
  // What lies outside of the window is kept in step by chance only.
  if (isFar(world, row.values.time) || isFar(world, event.values.time)) return
  for (const field of FIELDS) {
    const [ours, theirs] = [row.values[field], event.values[field]]
    if (contested.has(field) || ours === theirs) continue
    if (field !== 'time' && !world.plan.setting.followsTexts && isLeftStanding(event, field, theirs)) continue
    world.fail(
      `${stage}sides differ`,
      `${field} of ${record.key}: the host has ${ours}, ${describe(event)} has ${theirs}`,
    )
  }
}

/** It is on the calendar that its owner chose, unless a person moved it, or restored it where it was. */
async function checkPlace(
  world: World,
  event: EventRecord,
  stage: string,
  calendarId: string,
): Promise<void> {
  if (event.movedByPerson || event.restoredByPerson || event.calendarId === calendarId) return
  const { id: appointmentId, owner } = event.appointment
  const { items } = await world.storage.syncLog.list({
    tenantId: owner.tenantId,
    appointmentId,
    status: 'failed',
    limit: 500,
  })
  // Google refused the move: it stays, and the log says so.
  if (items.some(({ action }) => action === 'move')) return
  world.fail(
    `${stage}wrong calendar`,
    `${describe(event)} stands on ${event.calendarId}, its owner chose ${calendarId}`,
  )
}

async function chosenCalendar(world: World, { tenantId, userId }: Owner): Promise<string> {
  const integration = await world.storage.integrations.find({ tenantId, userId })
  return integration?.settings.calendarId ?? 'primary'
}

function isFar(world: World, time: string): boolean {
  return spanOf(time).startMs > world.clock.now() + WINDOW_MS
}

/** A text that a person wrote stays in Google when the host was told and has changed nothing since. */
function isLeftStanding(event: EventRecord, field: Field, value: string): boolean {
  if (event.appointment.owner.everDisconnected && event.held[field].has(value)) return true
  const edit = event.edits[field].findLast((candidate) => candidate.value === value)
  return (edit !== undefined && !event.untold.has(field)) || event.restoredByPerson
}

/** An edit that the app's side took the place of left a line in the log that names its field, or is in a conflict. */
async function checkRecorded(world: World, { event, edit }: Obligation): Promise<void> {
  const { appointment } = event
  const { tenantId } = appointment.owner
  if (edit.told) return
  if (world.conflicts.held(appointment, edit.field, edit.value)) return
  const { items } = await world.storage.syncLog.list({ tenantId, appointmentId: appointment.id, limit: 500 })
  const recorded = items.some(
    ({ direction, fields, atMs }) =>
      direction === 'from_google' && fields.includes(edit.field) && atMs + CLOCKS_APART_MS >= edit.atMs,
  )
  if (recorded) return
  world.fail(
    'edit in Google lost',
    `${edit.field} of ${describe(event)}: a person wrote ${edit.value}, which the SDK overruled; no line says so`,
  )
}
