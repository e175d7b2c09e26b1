import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { GoogleEmulator } from 'appointment-sync/testing/emulator'
import { type Bookings, openBookings } from './bookings.ts'
import { check } from './checks.ts'
import { drawDeath, letDie, type PendingDeath } from './deaths.ts'
import { openGoogle } from './google-side.ts'
import { readHost } from './host-records.ts'
import { type Ledger, openLedger } from './ledger.ts'
import { openPeople, type People, PROFESSIONALS } from './people.ts'
import { type SeededRandom, seededRandom } from './seeded-random.ts'
import { setUp } from './set-up.ts'
import { settle } from './settle.ts'
import { openStaff, type Staff } from './staff.ts'
import { storyOf } from './story.ts'
import type { WorkerTask } from './worker-messages.ts'
import type { WorkerProcess } from './worker-process.ts'

export interface KillRunOptions {
  readonly kills: number
  readonly seed: number
  /** Where the database file is made. */
  readonly folder: string
}

/** What a run did, and what it found wrong. */
export interface KillRunResult {
  /** By the moment they came at. */
  readonly deaths: ReadonlyMap<string, number>
  readonly edits: ReadonlyMap<string, number>
  readonly readBack: Bookings['readBack']
  /** Codes that tasks failed with, and how often. */
  readonly failures: ReadonlyMap<string, number>
  readonly checks: number
  /** Empty when all is well; else one text per problem, with the story of its booking. */
  readonly problems: readonly string[]
}

const DAY_MS = 86_400_000
/** Longer than the lease that a dead worker may have on a calendar, in milliseconds. */
const LEASE_MS = 60_000
/** Deaths between two checks. */
const DEATHS_PER_CHECK = 8

interface Run {
  readonly google: GoogleEmulator
  readonly ledger: Ledger
  readonly people: People
  readonly staff: Staff
  readonly bookings: Bookings
  readonly random: SeededRandom
  readonly deaths: Map<string, number>
  death: PendingDeath | null
  offsetMs: number
}

/** Books, edits and kills until there were so many kills, with a check every few of them. */
export async function runKills(options: KillRunOptions): Promise<KillRunResult> {
  const { kills, seed, folder } = options
  const random = seededRandom(seed)
  const databasePath = join(folder, 'app.sqlite')
  let death: () => PendingDeath | null = () => null
  await using google = await openGoogle(
    PROFESSIONALS.map(({ email }) => email),
    () => death(),
  )
  await setUp(databasePath, google, PROFESSIONALS)
  const ledger = openLedger()
  let nextMs = Math.floor(google.now() / DAY_MS + 8) * DAY_MS
  const nextStartMs = (): number => (nextMs += 60_000)
  await using staff = openStaff({
    databasePath,
    endpoints: google.endpoints,
    onApplying: (worker) => death()?.applying(worker),
  })
  const bookings = openBookings({
    ledger,
    staff,
    random,
    databasePath,
    nextStartMs,
    onCommitted: ({ number }) => death()?.committed(number),
  })
  const people = openPeople(google, ledger, random, nextStartMs)
  const deaths = new Map<string, number>()
  const run: Run = {
    google,
    ledger,
    people,
    staff,
    bookings,
    random,
    deaths,
    death: null,
    offsetMs: 0,
  }
  death = () => run.death
  const problems: string[] = []
  let checks = 0
  let historyBefore = 0
  let logsFromMs = google.now()
  for (let dead = 0; dead < kills && problems.length === 0;) {
    const until = Math.min(kills, dead + DEATHS_PER_CHECK)
    while (dead < until) dead += await live(run)
    const worker = staff.working()[0] ?? (await staff.begin(run.offsetMs))
    // A worker that lives on may still be at what it was given, and wait for what a dead one holds.
    advance(run, LEASE_MS)
    await staff.idle()
    await bookings.known()
    const report = await settle(staff, worker, (ms) => advance(run, ms), logsFromMs)
    const host = readHost(databasePath)
    const evidence = { ledger, google, people, host, report, historyBefore }
    const findings = check(evidence)
    checks += 1
    problems.push(...findings.problems.map((problem) => storyOf(problem, evidence)))
    ledger.closeEpoch(findings.found)
    historyBefore = host.history.length
    logsFromMs = google.now()
  }
  for (const [code, { text }] of staff.failures)
    if (code === 'no code' || code === 'INTERNAL') problems.push(text)
  return {
    deaths,
    edits: ledger.counts,
    readBack: bookings.readBack,
    failures: new Map([...staff.failures].map(([code, { count }]) => [code, count])),
    checks,
    problems,
  }
}

/** One or two workers do their work until one of them, or both, are killed; returns how many. */
async function live(run: Run): Promise<number> {
  const { staff, random, deaths, bookings } = run
  const working = staff.working()
  if (working.length === 0) working.push(await staff.begin(run.offsetMs))
  if (working.length === 1 && random.fraction() < 0.25) working.push(await staff.begin(run.offsetMs))
  const victim = random.pick(working)
  const drawn = drawDeath(random)
  const death = letDie(victim, drawn)
  run.death = death
  // What a process does first: it works off what the one before it left.
  if (random.fraction() < 0.7) staff.give(victim, { type: 'task', name: 'drain_outbox' })
  while (victim.alive) {
    act(run, random.pick(working))
    await Promise.race([pause(random.between(0, 25)), death.died])
  }
  const how = await death.died
  run.death = null
  const moment = how === 'as drawn' ? drawn.at : 'time'
  deaths.set(moment, (deaths.get(moment) ?? 0) + 1)
  let dead = 1
  const [other] = staff.working()
  if (other !== undefined && random.fraction() < 0.3) {
    other.kill()
    await other.gone
    deaths.set('together', (deaths.get('together') ?? 0) + 1)
    dead += 1
  }
  if (staff.working().length === 0) await bookings.known()
  // Leases of the dead run out sooner or later: half a minute for a calendar, three for a job.
  advance(run, random.between(10_000, 240_000))
  return dead
}

/** Moves everybody's time, as it is the same for all. */
function advance(run: Run, ms: number): void {
  run.offsetMs += ms
  run.google.advance(ms)
  for (const worker of run.staff.working()) worker.setClock(run.offsetMs)
}

/** One thing that somebody does. */
function act(run: Run, worker: WorkerProcess): void {
  const { random, bookings, people, staff, ledger } = run
  const { owner } = random.pick(PROFESSIONALS)
  const does = random.weighted({ book: 46, person: 22, drain: 6, recent: 9, pull: 12, resolve: 3, all: 2 })
  const give = (task: WorkerTask): void => void staff.give(worker, task)
  if (does === 'book') bookings.edit(worker)
  else if (does === 'person') people.act()
  else if (does === 'drain') give({ type: 'task', name: 'drain_outbox' })
  else if (does === 'recent') give({ type: 'task', name: 'sync_recent_appointments' })
  else if (does === 'pull') give({ type: 'pull', owner })
  else if (does === 'all') give({ type: 'sync_all', owner })
  else {
    const { tenantId } = owner
    ledger.conflictsResolved(tenantId)
    give({ type: 'resolve', tenantId, side: random.pick(['app', 'google']), limit: 3 })
  }
}
