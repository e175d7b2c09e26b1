import { createHash, type Hash } from 'node:crypto'
import {
  type Appointment,
  type AppointmentSync,
  createAppointmentSync,
  type EventLink,
  isAppointmentSyncError,
} from 'appointment-sync'
import { memoryStorage } from 'appointment-sync/adapters/storage-memory'
import type { Storage } from 'appointment-sync/ports'
import { createGoogleEmulator, DEFAULT_CLIENT, type GoogleEmulator } from 'appointment-sync/testing/emulator'
import { calendarsOf } from './calendar-view.ts'
import { ToldCheck } from './check-told.ts'
import { WriteCheck } from './check-writes.ts'
import { ConflictBook } from './conflict-book.ts'
import { Dice } from './dice.ts'
import { Faults } from './faults.ts'
import { Gates, type Life } from './gates.ts'
import { googleEdge } from './google-edge.ts'
import { GuestBook } from './guest-book.ts'
import { Grants } from './grants.ts'
import { Host } from './host.ts'
import { hostEdge } from './host-edge.ts'
import { type AppointmentRecord, Ledger, type OwnerRecord } from './ledger.ts'
import type { Plan } from './plan.ts'
import { type Notification, Post } from './post.ts'
import { FIRST_SERIES_SLOT, seriesOf } from './series.ts'
import { storageEdge } from './storage-edge.ts'
import type { Violation } from './violation.ts'
import { VirtualClock } from './virtual-clock.ts'

const START_MS = Date.parse('2026-05-04T12:00:00Z')
const WEBHOOK = 'https://app.example.com/notifications'
const REDIRECT_URI = 'https://app.example.com/oauth/callback'
const ACCOUNTS = ['maria@example.com', 'second@example.com', 'joao@example.com'] as const

const KEYS = [
  { id: 'k1', secret: 'the first secret of the simulation, 40 ch' },
  { id: 'k2', secret: 'the second secret of the simulation, 41 c' },
]

/** A worker: a process that is started again after each crash. */
export interface Worker {
  readonly index: number
  life: Life
  sync: AppointmentSync
  /** How often it was started. */
  starts: number
}

/** What is going on in a worker: a task, a hook, a click. */
interface Going {
  readonly life: Life
  readonly name: string
}

let emulator: Promise<GoogleEmulator> | undefined
/** The time of the run that is going; the emulator outlives runs, because its signing key is slow to make. */
let currentNow: () => number = () => START_MS
/** Where notifications of the run that is going arrive. */
let currentPost: (notification: Notification) => void = () => undefined

/** One run's world: workers, storage, host, Google, time, and what is known of all of them. */
export class World {
  readonly plan: Plan
  readonly google: GoogleEmulator
  readonly storage: Storage = memoryStorage()
  readonly gates: Gates
  readonly clock: VirtualClock
  readonly faults: Faults = new Faults()
  /** Whether Google hides the calendars; what is under way is not caught between two answers. */
  readonly hidden: { wanted: boolean; now: boolean } = { wanted: false, now: false }
  readonly ledger: Ledger = new Ledger()
  readonly owners: readonly OwnerRecord[]
  readonly host: Host
  readonly conflicts: ConflictBook
  readonly writes: WriteCheck
  readonly guests: GuestBook
  readonly workers: Worker[] = []
  readonly going: Set<Going> = new Set()
  readonly network: Life = life('network', 0)
  /** Orders the two keys: the first one seals. */
  keysRotated = false
  violation: Violation | null = null
  readonly trace: string[] | null
  googleCalls = 0
  /** Changes in Google and answers of the host: what must come to an end. */
  effects = 0
  steps = 0
  /** The newest version of each booking that a hook took over, by its key: from then on the SDK answers for it. */
  readonly acknowledged: Map<string, number> = new Map()
  readonly grants: Grants = new Grants()
  readonly post: Post = new Post()
  #values = 0
  readonly #hash: Hash = createHash('sha1')
  readonly #dice: Dice
  readonly #told: ToldCheck

  private constructor(plan: Plan, google: GoogleEmulator, traced: boolean) {
    this.plan = plan
    this.google = google
    this.trace = traced ? [] : null
    this.#dice = new Dice(plan.seed, 'ids')
    this.gates = new Gates((who, label) => this.note(`${who.name} ${label}`))
    this.clock = new VirtualClock(START_MS, () => (this.gates.activity += 1))
    currentNow = () => this.clock.now()
    currentPost = (notification) => {
      this.gates.activity += 1
      this.post.put(notification)
    }
    google.reset()
    if (plan.setting.notifications) this.gates.whenQuiet = () => google.settled()
    const { setting } = plan
    this.owners = Array.from({ length: setting.owners }, (_, index): OwnerRecord => {
      const policy = setting.policies[index] ?? 'manual'
      return {
        index,
        tenantId: index === 1 ? 'clinic-2' : 'clinic-1',
        userId: index === 2 ? 'joao' : 'maria',
        email: ACCOUNTS[index === 1 && setting.sharedAccount ? 0 : index] ?? ACCOUNTS[0],
        policies: new Set([policy]),
        policy,
        disconnected: false,
        everDisconnected: false,
        grantLost: false,
        halfConnected: false,
        code: null,
      }
    })
    const uncancellable = setting.uncancellableSlot >= 0 ? this.recordOf(setting.uncancellableSlot) : null
    this.host = new Host({ ...setting, uncancellable, invites: setting.guests }, this.ledger, () =>
      this.clock.now(),
    )
    this.conflicts = new ConflictBook(this.storage)
    const fail = (kind: string, detail: string): void => this.fail(kind, detail)
    const { ledger, host, conflicts } = this
    const emails = [...new Set(this.owners.map(({ email }) => email))]
    this.guests = new GuestBook({ google, ledger, fail })
    const { guests } = this
    this.writes = new WriteCheck({ google, ledger, host, conflicts, guests, fail, emails })
    this.#told = new ToldCheck({ ledger, host, conflicts, guests, fail })
  }

  static async create(plan: Plan, traced: boolean): Promise<World> {
    emulator ??= createGoogleEmulator({
      clock: { now: () => currentNow() },
      users: ACCOUNTS.map((email) => ({
        email,
        calendars: [{ id: calendarsOf(email)[1], summary: 'Other' }],
      })),
      deliver: ({ headers }) => {
        currentPost(Object.fromEntries(headers))
        return Promise.resolve({ status: 200 })
      },
    })
    const world = new World(plan, await emulator, traced)
    for (let index = 0; index < plan.setting.workers; index += 1) world.workers.push(world.#newWorker(index))
    return world
  }

  /** The appointment at a place of the plan. Both tenants use the same ids. */
  recordOf(slot: number): AppointmentRecord {
    if (slot >= FIRST_SERIES_SLOT) return this.#occurrenceAt(slot - FIRST_SERIES_SLOT)
    const owner = this.ownerAt(slot)
    const number = Math.floor(slot / this.owners.length)
    return this.ledger.appointment(owner, `${owner.index === 2 ? 'b' : 'a'}${number}`)
  }

  #occurrenceAt(place: number): AppointmentRecord {
    const owner = this.ownerAt(place)
    const startMs = START_MS + 2 * 86_400_000 + owner.index * 7_200_000
    const { occurrences } = seriesOf(this.ledger, owner, startMs)
    const record = occurrences[Math.floor(place / this.owners.length) % occurrences.length]
    if (record === undefined) throw new RangeError(`there is no occurrence ${place}`)
    return record
  }

  ownerAt(index: number): OwnerRecord {
    const owner = this.owners[index % this.owners.length]
    if (owner === undefined) throw new RangeError(`there is no owner ${index}`)
    return owner
  }

  workerAt(index: number): Worker {
    const worker = this.workers[index % this.workers.length]
    if (worker === undefined) throw new RangeError(`there is no worker ${index}`)
    return worker
  }

  /** A value that nobody has written yet; `side` only makes traces easier to read. */
  freshText(side: 'host' | 'person'): string {
    this.#values += 1
    return `${side}-${this.#values}`
  }

  /** A time that nobody has used yet: some days ahead, 30 minutes long. */
  freshTime(daysAhead: number = 6): { startMs: number; endMs: number } {
    this.#values += 1
    const startMs = START_MS + daysAhead * 86_400_000 + this.#values * 17 * 60_000
    return { startMs, endMs: startMs + 30 * 60_000 }
  }

  fail(kind: string, detail: string): void {
    this.violation ??= { kind, detail }
    this.note(`VIOLATION ${kind}: ${detail}`)
  }

  /** Google ended all grants of an account: everybody who uses it loses it. */
  endGrants(email: string): void {
    this.grants.end(email)
    for (const owner of this.owners) if (owner.email === email) owner.grantLost = true
  }

  note(line: string): void {
    this.steps += 1
    if (line.includes(' google ')) this.googleCalls += 1
    if (/^ {2}host: |  google: .* (created|changed|deleted) /.test(line)) this.effects += 1
    this.#hash.update(line)
    this.trace?.push(`${String(this.clock.now() - START_MS).padStart(10)} ${line}`)
  }

  /** A hash of everything that happened, in order. */
  digest(): string {
    return this.#hash.digest('hex').slice(0, 16)
  }

  /** What the SDK holds of an appointment, for moments for which nothing is promised. */
  async linkOf({ id, owner: { tenantId, userId } }: AppointmentRecord): Promise<EventLink | null> {
    const integration = await this.storage.integrations.find({ tenantId, userId })
    if (integration === null) return null
    return this.storage.links.find({ tenantId, userId, integrationId: integration.id }, id)
  }

  /** Starts something in a worker; it ends by itself, or with the worker. */
  begin(worker: Worker, name: string, work: (sync: AppointmentSync) => Promise<unknown>): Promise<void> {
    const going: Going = { life: worker.life, name }
    this.note(`${worker.life.name} begins ${name}`)
    if (!worker.life.alive) return Promise.resolve()
    this.going.add(going)
    const end = (): void => {
      this.going.delete(going)
      this.gates.activity += 1
    }
    return work(worker.sync).then(
      (result) => {
        end()
        this.note(`${worker.life.name} ended ${name} ${summaryOf(result)}`)
      },
      (error: unknown) => {
        end()
        const code = isAppointmentSyncError(error) ? error.code : null
        this.note(`${worker.life.name} failed ${name} ${code ?? String(error)}`)
        if (code === null || code === 'INTERNAL') this.fail('unforeseen error', `${name}: ${String(error)}`)
      },
    )
  }

  /** Whether anybody is in the middle of something. */
  isAtWork(): boolean {
    return this.going.size > 0 || this.gates.waiting.length > 0
  }

  /** What is begun in the dead is over. */
  bury(): void {
    this.gates.forgetDead()
    for (const going of this.going) if (!going.life.alive) this.going.delete(going)
  }

  /** Starts a process anew over the same storage. The old one, if it lives, ends on the spot. */
  restart(worker: Worker): void {
    worker.life.alive = false
    this.bury()
    worker.starts += 1
    worker.life = this.#lifeOf(worker.index, worker.starts)
    worker.sync = this.#newSync(worker.life)
  }

  #lifeOf(index: number, starts: number): Life {
    return life(`w${index + 1}${starts > 1 ? `.${starts}` : ''}`, this.plan.setting.skewsMs[index] ?? 0)
  }

  #newWorker(index: number): Worker {
    const own = this.#lifeOf(index, 1)
    return { index, life: own, sync: this.#newSync(own), starts: 1 }
  }

  #newSync(own: Life): AppointmentSync {
    const { gates, faults, google, host, storage, network } = this
    const note = (line: string): void => this.note(line)
    const afterApply = (who: Life, appointment: Appointment): Promise<void> =>
      this.#afterApply(who, appointment)
    return createAppointmentSync({
      google: {
        clientId: DEFAULT_CLIENT.clientId,
        clientSecret: DEFAULT_CLIENT.clientSecret,
        redirectUri: REDIRECT_URI,
        endpoints: google.endpoints,
        fetch: googleEdge(
          {
            gates,
            faults,
            google,
            check: this.writes,
            note,
            network,
            hidden: () => this.hidden.now,
            grants: this.grants,
            onRevoked: (code) => {
              for (const owner of this.owners) if (owner.code === code) owner.grantLost = true
            },
          },
          own,
        ),
      },
      appointments: hostEdge({ gates, faults, host, check: this.#told, note, afterApply }, own),
      storage: storageEdge({ gates, faults, note, conflicts: this.conflicts }, own, storage),
      encryption: { keys: this.keysRotated ? KEYS.toReversed() : KEYS },
      clock: this.clock.of(own),
      random: { bytes: (length) => this.#dice.bytes(length) },
      pushTimeoutMs: this.plan.setting.pushTimeoutMs,
      ...(this.plan.setting.notifications ? { notifications: { url: WEBHOOK } } : {}),
      defaults: {
        eventPrefix: '',
        titleTemplate: '{{ title }}',
        descriptionTemplate: '{{ notes }}',
      },
    })
  }

  async #afterApply(who: Life, appointment: Appointment): Promise<void> {
    const worker = this.workers.find((candidate) => candidate.life === who)
    if (worker === undefined) return
    const { hookOnApply } = this.plan.setting
    if (hookOnApply === 'none') return
    const name = `hook after apply ${appointment.tenantId}/${appointment.id}`
    const hooked = this.begin(worker, name, (sync) => sync.handlers.appointmentUpdated(appointment))
    if (hookOnApply === 'inside') await hooked
  }
}

function life(name: string, skewMs: number): Life {
  return { name, skewMs, alive: true, passages: 0, diesAt: null, diesAfterEffect: false }
}

function summaryOf(result: unknown): string {
  if (typeof result !== 'object' || result === null) return ''
  const { status, reason, action, mode, error } = result as Record<string, unknown>
  const code = (error as { code?: unknown } | undefined)?.code
  return [status, reason, action, mode, code].filter((part) => typeof part === 'string').join(' ')
}
