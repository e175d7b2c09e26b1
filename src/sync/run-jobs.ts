import { type CheckedAppointment, type EventLink, type Integration, refOf } from '../domain/index.ts'
import { isAppointmentSyncError } from '../errors/index.ts'
import type { RemoteEvent, Reservation } from '../google/index.ts'
import type { OutboxJob, StorageSession } from '../ports/index.ts'
import { isWanted, readAppointment } from './app-side.ts'
import { askingOnce } from './asking-once.ts'
import { assertHasCalendar, ensureCalendar } from './dedicated-calendar.ts'
import type { Engine } from './engine.ts'
import { type EventWrite, storeMark } from './event-write.ts'
import { releaseOutOfReach } from './out-of-reach.ts'
import { isOutOfReach } from './own-calendar.ts'
import { opensCircuit, isEnding, unpark, whyIdle } from './parking.ts'
import { pushAppointment, singleWrite } from './push.ts'
import type { PushTask } from './push-task.ts'
import { cutShort, putOff } from './put-off.ts'
import { removeEvent } from './remove-event.ts'
import type { SyncResult } from './results.ts'
import { finishingSeries, hasOccurrences } from './series-jobs.ts'
import { isOccurrence } from './series-link.ts'

/** How long a job belongs to the worker that claimed it, in milliseconds. */
export const JOB_LEASE_MS = 180_000
/** Jobs run in one turn at the calendar, between which others have theirs. */
const JOBS_IN_A_TURN = 500
/** How many writes go out together: as many as one batch request takes. */
const TOGETHER = 50
/** How soon a push is tried again that waits for the host to answer a change, in milliseconds. */
const CHANGE_PENDING_DELAY_MS = 5_000

/** How jobs are run. */
export interface RunOptions {
  /** The appointments as the caller gave them, by id; for the others the host is asked. */
  readonly given?: ReadonlyMap<string, CheckedAppointment> | undefined
  /** Whether the caller takes the given appointments off; a standing intent to delete says nothing about them. */
  readonly takesOff?: boolean | undefined
  /**
   * When they were read from the host, epoch milliseconds; just now where absent. Before one is pushed whose link has
   * changed since then, the host is asked again: it may have followed a change from Google.
   */
  readonly givenAtMs?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Whether somebody waits: then nothing is reserved beforehand, and a wait for quota ends with the deadline. */
  readonly interactive?: boolean | undefined
}

/** A claimed job and what it is about. */
interface Task extends PushTask {
  readonly job: OutboxJob
}

/** The appointment is to have no event; `updatedAtMs` of its version that says so, `null` when it is gone. */
interface Deletion {
  readonly updatedAtMs: number | null
}

function deletionOf(appointment: CheckedAppointment | null | undefined): Deletion {
  return { updatedAtMs: appointment?.updatedAtMs ?? null }
}

interface Prepared {
  readonly task: Task
  readonly write: EventWrite
}

interface Landed {
  readonly prepared: readonly Prepared[]
  readonly answers: readonly PromiseSettledResult<RemoteEvent>[]
}

/**
 * Runs claimed jobs of one integration to their end: done, put off, or dead. Pushes that are one write go out
 * together, the next ones prepared while Google works on those before; the others follow one by one. Never rejects
 * for what Google or the host did; it does for storage, and then the jobs come back when their leases are over.
 * Results are in the order of the jobs.
 */
export async function runJobs(
  engine: Engine,
  jobs: readonly OutboxJob[],
  options: RunOptions = {},
): Promise<SyncResult[]> {
  const [first] = jobs
  if (first === undefined) return []
  const integration = await engine.storage.integrations.findById(first.tenantId, first.integrationId)
  const nothing = nothingToDo(integration)
  if (integration === null || nothing !== null) {
    await completeAll(engine, jobs)
    return jobs.map(() => nothing ?? NOT_CONNECTED)
  }
  const run = new Run(engine, integration, options)
  try {
    assertUsable(engine, integration)
    await ensureCalendar(engine, integration)
    let left = jobs
    while (left.length > 0) {
      // Quota is waited for before the turn at the calendar, so that a hook's push need not wait for it too.
      const { calls, paid } = await reserve(engine, integration, left.slice(0, JOBS_IN_A_TURN), options)
      const turn = left.slice(0, calls)
      left = left.slice(calls)
      await engine.calendarQueue.run(refOf(integration), options.signal, async () => {
        // It may have been paused or disconnected while the jobs waited for their turn.
        const current = await engine.storage.integrations.findById(first.tenantId, first.integrationId)
        assertUsable(engine, current ?? { ...integration, status: 'disconnected' })
        if (current !== null) assertHasCalendar(current)
        await run.all(current ?? integration, turn, paid)
      })
    }
    const went = jobs.some((job) => run.results.get(job)?.status === 'success')
    if (went) await unpark(engine, integration)
  } catch (error) {
    if (isAppointmentSyncError(error, 'STORAGE_FAILED')) throw error
    for (const job of jobs) if (!run.results.has(job)) await run.fail(job, error)
  }
  return jobs.map((job) => run.results.get(job) ?? NOT_CONNECTED)
}

const NOT_CONNECTED: SyncResult = { status: 'skipped', reason: 'not_connected' }

function assertUsable(engine: Engine, integration: Integration): void {
  const why = whyIdle(integration, engine.clock.now())
  if (why !== null) throw why
}

/** The units for as many of the jobs as can go now, by what each is likely to be. */
async function reserve(
  engine: Engine,
  integration: Integration,
  jobs: readonly OutboxJob[],
  { signal, interactive }: RunOptions,
): Promise<Reservation> {
  if (interactive === true) return { calls: jobs.length, paid: undefined }
  const ref = refOf(integration)
  const ids = jobs.map((job) => job.appointmentId)
  const links = await engine.storage.links.listStanding(ref, ids)
  const standing = new Set(links.filter(({ state }) => state === 'live').map((link) => link.appointmentId))
  const methods = jobs.map(({ action, appointmentId }) => {
    if (action === 'delete') return 'events.delete'
    return standing.has(appointmentId) ? 'events.patch' : 'events.insert'
  })
  return engine.google.reserve(ref, methods, { signal })
}

/** What is said of jobs that have nothing to do any more. */
function nothingToDo(integration: Integration | null): SyncResult | null {
  if (integration === null || isEnding(integration)) {
    return NOT_CONNECTED
  }
  if (integration.settings.syncDirection !== 'from_google') return null
  return { status: 'skipped', reason: 'direction' }
}

async function completeAll(engine: Engine, jobs: readonly OutboxJob[]): Promise<void> {
  const nowMs = engine.clock.now()
  await engine.storage.transaction(async (session) => {
    for (const job of jobs) await session.outbox.complete(job, nowMs)
  })
}

/** One run over the jobs of an integration, under the queue of its calendar. */
class Run {
  readonly results = new Map<OutboxJob, SyncResult>()
  readonly #engine: Engine
  readonly #integration: Integration
  readonly #options: RunOptions
  /** The failure that the calls of all other jobs would meet too. */
  #opened: unknown = null
  #askingOnce: Engine | undefined

  constructor(engine: Engine, integration: Integration, options: RunOptions) {
    this.#engine = engine
    this.#integration = integration
    this.#options = options
  }

  async all(integration: Integration, jobs: readonly OutboxJob[], paid: Reservation['paid']): Promise<void> {
    let flying: { prepared: readonly Prepared[]; answers: Promise<Landed['answers']> } | null = null
    try {
      // The first job after a parking tries alone whether it is over.
      const size = integration.parkedUntilMs === null ? TOGETHER : 1
      for (let at = 0; at < jobs.length; at += size) {
        const prepared = await this.#prepare(integration, jobs.slice(at, at + size))
        const landed: Landed | null = flying && { ...flying, answers: await flying.answers }
        flying = { prepared, answers: this.#send(integration, prepared, paid) }
        if (landed !== null) await this.#record(landed)
        if (size === 1) {
          await this.#record({ ...flying, answers: await flying.answers })
          flying = null
        }
      }
    } finally {
      // Also when something failed meanwhile: what Google has taken is recorded if it can be.
      if (flying !== null) await this.#record({ ...flying, answers: await flying.answers })
    }
  }

  /** Puts a job off because of a failure, and remembers what is said of it. */
  async fail(job: OutboxJob, error: unknown): Promise<void> {
    const { signal } = this.#options
    const reason = signal?.aborted === true ? cutShort(job, error) : error
    if (opensCircuit(reason)) this.#opened = reason
    this.results.set(job, await putOff(this.#engine, this.#integration, job, reason))
  }

  /** Ends the jobs that are more, or less, than one write; gives the writes of the others, marked. */
  async #prepare(integration: Integration, jobs: readonly OutboxJob[]): Promise<Prepared[]> {
    const { links } = this.#engine.storage
    const ref = refOf(integration)
    const ids = jobs.map((job) => job.appointmentId)
    let found = await links.findMany(ref, ids)
    if (found.some(({ calendarId }) => isOutOfReach(integration, calendarId))) {
      await releaseOutOfReach(this.#engine, integration, found)
      found = await links.findMany(ref, ids)
    }
    const byId = new Map(found.map((link) => [link.appointmentId, link]))
    const prepared: Prepared[] = []
    for (const job of jobs) {
      await this.#guarded(job, async () => {
        if (this.#opened !== null) throw this.#opened
        const link = byId.get(job.appointmentId) ?? null
        const task = await this.#taskOf(integration, job, link)
        const isPush = 'appointment' in task
        const write = isPush ? await singleWrite(this.#engine, this.#engine.storage, task, link) : null
        if (isPush && write !== null) prepared.push({ task, write })
        else await this.#runAlone(integration, job, task)
      })
    }
    return this.#mark(prepared)
  }

  /** The push of a job, or its deletion when there is no appointment to push. */
  async #taskOf(integration: Integration, job: OutboxJob, link: EventLink | null): Promise<Task | Deletion> {
    const { signal, given, givenAtMs, takesOff = false } = this.#options
    const known = given?.get(job.appointmentId)
    const deletes = job.action === 'delete'
    // Folded into an intent that stood already, a call need not be the latest: the host knows.
    const changedSince = !deletes && link !== null && givenAtMs !== undefined && link.updatedAtMs > givenAtMs
    const latest = job.revision === 1 && !changedSince
    if (deletes && latest && takesOff) return deletionOf(known)
    const asked =
      latest && known !== undefined
        ? known
        : await readAppointment(this.#asking(job), integration, job.appointmentId)
    const appointment =
      known !== undefined && asked !== null && asked.updatedAtMs <= known.updatedAtMs ? known : asked
    // A deletion that waited is asked about again: the appointment may stand by now.
    const takenOff = takesOff && deletes && appointment === known && known !== undefined
    if (appointment === null || takenOff || (deletes && !isWanted(appointment, integration))) {
      return deletionOf(appointment)
    }
    const ends = this.#finishing(job)
    const finish = hasOccurrences(appointment, link)
      ? finishingSeries(this.#engine, integration, appointment, ends)
      : ends
    return { integration, appointment, job, attempt: job.attempts, finish, signal }
  }

  /** Whom to ask about a job: the occurrences of one run have their series in common. */
  #asking(job: OutboxJob): Engine {
    return isOccurrence(job) ? (this.#askingOnce ??= askingOnce(this.#engine)) : this.#engine
  }

  #finishing(job: OutboxJob): (session: StorageSession) => Promise<void> {
    return async (session) => {
      await session.outbox.complete(job, this.#engine.clock.now())
    }
  }

  /** Stores all marks at once; a link that somebody else changed meanwhile is looked at anew, by itself. */
  async #mark(prepared: readonly Prepared[]): Promise<Prepared[]> {
    const lost = new Set<Prepared>()
    if (prepared.length === 0) return []
    await this.#engine.storage.transaction(async (session) => {
      lost.clear()
      for (const one of prepared) {
        try {
          await storeMark(session, one.write)
        } catch (error) {
          if (!isAppointmentSyncError(error, 'WRITE_CONTENDED')) throw error
          lost.add(one)
        }
      }
    })
    for (const { task } of lost)
      await this.#guarded(task.job, () => this.#runAlone(task.integration, task.job, task))
    return prepared.filter((one) => !lost.has(one))
  }

  #send(
    integration: Integration,
    prepared: readonly Prepared[],
    paid: Reservation['paid'],
  ): Promise<Landed['answers']> {
    const calls = prepared.map(({ write }) => write.call)
    const { signal } = this.#options
    return this.#engine.google.together(refOf(integration), calls, { signal, paid })
  }

  /** Records what Google took, at once; what it did not take is looked at one by one. */
  async #record({ prepared, answers }: Landed): Promise<void> {
    const written = prepared.flatMap((one, index) => {
      const answer = answers[index]
      return answer?.status === 'fulfilled' ? [{ ...one, event: answer.value }] : []
    })
    const contended = new Map<Task, unknown>()
    if (written.length > 0) {
      await this.#engine.storage.transaction(async (session) => {
        contended.clear()
        for (const { task, write, event } of written) {
          try {
            this.results.set(task.job, await write.record(session, event))
          } catch (error) {
            if (!isAppointmentSyncError(error, 'WRITE_CONTENDED')) throw error
            contended.set(task, error)
          }
        }
      })
    }
    for (const [task, error] of contended) await this.fail(task.job, error)
    for (const [index, { task }] of prepared.entries()) {
      const answer = answers[index]
      if (answer?.status !== 'rejected') continue
      await this.#guarded(task.job, async () => {
        if (!isWorthAnotherLook(answer.reason)) throw answer.reason
        await this.#runAlone(task.integration, task.job, task)
      })
    }
  }

  async #runAlone(integration: Integration, job: OutboxJob, task: Task | Deletion): Promise<void> {
    const { signal } = this.#options
    const result =
      'appointment' in task
        ? await pushAppointment(this.#engine, task)
        : await removeEvent(this.#engine, {
            integration,
            appointmentId: job.appointmentId,
            updatedAtMs: task.updatedAtMs,
            attempt: job.attempts,
            finish: this.#finishing(job),
            signal,
          })
    if (result.status === 'skipped' && result.reason === 'change_pending') {
      const dueAtMs = this.#engine.clock.now() + CHANGE_PENDING_DELAY_MS
      await this.#engine.storage.outbox.postpone(job, { dueAtMs, dead: false, errorCode: 'WRITE_CONTENDED' })
    }
    this.results.set(job, result)
  }

  /** What goes wrong with one job puts that job off, and no other. */
  async #guarded(job: OutboxJob, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (isAppointmentSyncError(error, 'STORAGE_FAILED')) throw error
      await this.fail(job, error)
    }
  }
}

/** Answers by which the push by itself knows what to do. */
const ANOTHER_LOOK: ReadonlySet<string> = new Set([
  'GOOGLE_DUPLICATE_ID',
  'GOOGLE_PRECONDITION_FAILED',
  'GOOGLE_FORBIDDEN',
  'GOOGLE_NOT_FOUND',
  'GOOGLE_GONE',
])

/** Whether the event is not what the link says, so that the push has to look at it. */
export function isWorthAnotherLook(error: unknown): boolean {
  return isAppointmentSyncError(error) && ANOTHER_LOOK.has(error.code)
}
