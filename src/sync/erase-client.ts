import { type EventLink, type Integration, type IntegrationRef, refOf } from '../domain/index.ts'
import { AppointmentSyncError, type ErrorSummary, isAppointmentSyncError } from '../errors/index.ts'
import { blankLink } from './blank-link.ts'
import { contended, type Engine } from './engine.ts'
import { underLease } from './held-lease.ts'
import { removeEvent } from './remove-event.ts'
import { summaryOf } from './retry-policy.ts'
import { APPOINTMENT_DATA, LOG_BATCH, type StoredRecord } from './stored-records.ts'

/** The appointments of a client. The SDK knows no clients: the host names theirs. */
export interface ClientAppointments {
  readonly tenantId: string
  readonly appointmentIds: readonly string[]
}

/** An event that is still on a calendar, and why. Nothing that is stored about its appointment was erased. */
export interface EventLeft {
  readonly userId: string
  /** Of the appointment, or of an occurrence of it. */
  readonly appointmentId: string
  readonly googleEventId: string
  readonly error: ErrorSummary
}

/** What became of a client's data. */
export interface EraseClientResult {
  /** `incomplete`: see `left`. */
  readonly status: 'done' | 'incomplete'
  readonly eventsRemoved: number
  readonly left: readonly EventLeft[]
  /** Records that were erased, by kind; of links the texts. */
  readonly erased: Readonly<Partial<Record<StoredRecord['kind'], number>>>
}

interface Tally {
  eventsRemoved: number
  readonly left: EventLeft[]
  readonly erased: Partial<Record<StoredRecord['kind'], number>>
}

interface EraseRequest extends ClientAppointments {
  readonly removeEvents: boolean
  readonly signal?: AbortSignal | undefined
}

/** How often the records of an appointment are looked at again because a worker changed one meanwhile. */
const MAX_ROUNDS = 5

/** Everything that is stored about the appointments, one after the other. */
export async function* exportClient(
  engine: Engine,
  { tenantId, appointmentIds }: ClientAppointments,
  signal: AbortSignal | undefined,
): AsyncGenerator<StoredRecord> {
  for (const appointmentId of appointmentIds) {
    for (const list of APPOINTMENT_DATA) {
      for await (const record of list(engine.storage, tenantId, appointmentId)) {
        signal?.throwIfAborted()
        yield record
      }
    }
  }
}

/**
 * Takes the events off Google if asked to, and then erases what is stored about the appointments. One whose event could
 * not be taken off keeps everything and is named. Safe to repeat.
 */
export async function eraseClient(engine: Engine, request: EraseRequest): Promise<EraseClientResult> {
  const tally: Tally = { eventsRemoved: 0, left: [], erased: {} }
  for (const appointmentId of request.appointmentIds) {
    request.signal?.throwIfAborted()
    await eraseAppointment(engine, request, appointmentId, tally)
  }
  return { status: tally.left.length === 0 ? 'done' : 'incomplete', ...tally }
}

async function eraseAppointment(
  engine: Engine,
  request: EraseRequest,
  appointmentId: string,
  tally: Tally,
): Promise<void> {
  const { tenantId } = request
  const links = await engine.storage.links.listOfAppointment(tenantId, appointmentId)
  // In one order for everybody: two calls that each wait for the other's calendar would wait for ever.
  const refs = new Map(
    links
      .toSorted((a, b) => (a.integrationId < b.integrationId ? -1 : 1))
      .map((link) => [link.integrationId, link]),
  )
  const leftBefore = tally.left.length
  for (const { integrationId } of refs.values()) {
    const own = links.filter((link) => link.integrationId === integrationId)
    if (request.removeEvents) await removeEvents(engine, request, own, tally)
  }
  if (tally.left.length > leftBefore) return
  await underAllQueues(engine, [...refs.values()], request.signal, async (busy) => {
    if (busy !== null) tally.left.push(leftOf(busy, inboxBusy(busy)))
    else await eraseRecords(engine, tenantId, appointmentId, tally)
  })
}

/** Events that stand, or may. A deletion that fails leaves the event named, and its appointment's records alone. */
async function removeEvents(
  engine: Engine,
  { signal }: EraseRequest,
  links: readonly EventLink[],
  tally: Tally,
): Promise<void> {
  for (const link of links.filter(({ state }) => state !== 'removed')) {
    signal?.throwIfAborted()
    const integration = await engine.storage.integrations.findById(link.tenantId, link.integrationId)
    try {
      const usable = requireUsable(integration, link)
      if (await removeOne(engine, usable, link.appointmentId, signal)) tally.eventsRemoved += 1
    } catch (error) {
      if (!isAppointmentSyncError(error) || error.code === 'STORAGE_FAILED') throw error
      tally.left.push(leftOf(link, error))
    }
  }
}

/** Whether there was an event to remove. Throws when it stays. */
async function removeOne(
  engine: Engine,
  integration: Integration,
  appointmentId: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const result = await engine.calendarQueue.run(refOf(integration), signal, () =>
    removeEvent(engine, {
      integration,
      appointmentId,
      updatedAtMs: null,
      attempt: 1,
      finish: () => Promise.resolve(),
      signal,
    }),
  )
  if (result.status !== 'conflict') return result.status === 'success'
  throw new AppointmentSyncError({
    code: 'WRITE_CONTENDED',
    message: `Something in Google restores the event of appointment ${appointmentId} each time it is deleted. Settle conflict ${result.conflictId} first.`,
    retryable: true,
  })
}

/** A paused owner's grant is as good as an active one's, and the client's wish is not the owner's to put off. */
function requireUsable(integration: Integration | null, link: EventLink): Integration {
  if (integration?.status === 'active' || integration?.status === 'paused') return integration
  throw new AppointmentSyncError({
    code: 'INTEGRATION_INACTIVE',
    message: `Integration ${link.integrationId} has no usable connection, so the event of appointment ${link.appointmentId} cannot be taken off. Have its owner connect again, or erase with removeEvents: false.`,
  })
}

/** Nobody pushes, pulls or tells the host of the appointment meanwhile; `busy` is a link whose host is being told. */
async function underAllQueues(
  engine: Engine,
  refs: readonly EventLink[],
  signal: AbortSignal | undefined,
  work: (busy: EventLink | null) => Promise<void>,
): Promise<void> {
  const [link, ...rest] = refs
  if (link === undefined) return work(null)
  const key = `inbox:${link.tenantId}:${link.integrationId}`
  const holding = { leases: engine.storage.leases, clock: engine.clock }
  return engine.calendarQueue.run(link, signal, async () => {
    const done = await underLease(holding, key, () => underAllQueues(engine, rest, signal, work))
    if (done === null) await work(link)
  })
}

async function eraseRecords(
  engine: Engine,
  tenantId: string,
  appointmentId: string,
  tally: Tally,
): Promise<void> {
  const { storage, clock } = engine
  const counts = await blankAndRemove(engine, tenantId, appointmentId, clock.now())
  let removed: number
  do {
    removed = await storage.syncLog.removeOfAppointment(tenantId, appointmentId, LOG_BATCH)
    counts.log += removed
  } while (removed === LOG_BATCH)
  for (const [kind, count] of Object.entries(counts) as [keyof typeof counts, number][]) {
    if (count > 0) tally.erased[kind] = (tally.erased[kind] ?? 0) + count
  }
}

/** One transaction: an appointment is blank on all its links, or on none. */
async function blankAndRemove(
  engine: Engine,
  tenantId: string,
  appointmentId: string,
  nowMs: number,
): Promise<{ link: number; conflict: number; inbox: number; outbox: number; log: number }> {
  for (let round = 1; ; round += 1) {
    try {
      return await engine.storage.transaction(async (session) => {
        const links = await session.links.listOfAppointment(tenantId, appointmentId)
        const blanks = links.flatMap((link) => blankLink(link, nowMs) ?? [])
        for (const blank of blanks) {
          if (!(await session.links.replace(blank, blank.version - 1))) throw contended(blank, appointmentId)
        }
        return {
          link: blanks.length,
          conflict: await session.conflicts.removeOfAppointment(tenantId, appointmentId),
          inbox: await session.inbox.removeOfAppointment(tenantId, appointmentId),
          outbox: await session.outbox.removeOfAppointment(tenantId, appointmentId),
          log: 0,
        }
      })
    } catch (error) {
      if (!isAppointmentSyncError(error, 'WRITE_CONTENDED') || round === MAX_ROUNDS) throw error
    }
  }
}

function leftOf({ userId, appointmentId, eventId }: EventLink, error: AppointmentSyncError): EventLeft {
  return { userId, appointmentId, googleEventId: eventId, error: summaryOf(error) }
}

function inboxBusy({ integrationId }: IntegrationRef): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'INTEGRATION_BUSY',
    message: `The host is being told of changes of integration ${integrationId} at this moment. Try again shortly.`,
    retryable: true,
  })
}
