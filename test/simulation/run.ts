import { Dice } from './dice.ts'
import type { Waiting } from './gates.ts'
import { connect, deliver, perform } from './perform.ts'
import { Person } from './person.ts'
import type { Plan } from './plan.ts'
import { FIRST_SERIES_SLOT } from './series.ts'
import { settle } from './settle.ts'
import type { Violation } from './violation.ts'
import { type Worker, World } from './world.ts'

/** How a run went. */
export interface Outcome {
  readonly violation: Violation | null
  /** A hash of everything that happened, in order: the same for the same seed and moves. */
  readonly digest: string
  readonly steps: number
  readonly moves: number
  readonly googleCalls: number
  readonly crashes: number
  readonly settleRounds: number
  readonly trace: readonly string[] | null
}

/** Steps after which what is still going is a violation: nothing may go on for ever. */
const MAX_STEPS = 60_000
/** How likely it is in each step that the next notification arrives. */
const DELIVERY_CHANCE = 0.1
/** How many calls may go on at once. */
const MAX_GOING = 5

/** Runs a plan to its end: moves in a seeded interleaving, then quiet, then the checks. */
export async function run(
  plan: Plan,
  choice: { readonly traced?: boolean; readonly calm?: boolean } = {},
): Promise<Outcome> {
  const world = await World.create(plan, choice.traced === true)
  const unforeseen = (error: unknown): void =>
    world.fail('unforeseen error', `nobody caught: ${String(error)}`)
  process.on('unhandledRejection', unforeseen)
  let crashes = 0
  let settleRounds = 0
  try {
    await prepare(world)
    crashes = await makeMoves(world, choice.calm === true)
    if (world.violation === null) settleRounds = await settle(world)
  } finally {
    // Whatever is still under way must not reach into the next run.
    for (const { life } of world.workers) life.alive = false
    world.network.alive = false
    await world.gates.idle()
    process.off('unhandledRejection', unforeseen)
  }
  const { violation, steps, googleCalls, trace } = world
  return {
    violation,
    digest: world.digest(),
    steps,
    moves: plan.moves.length,
    googleCalls,
    crashes,
    settleRounds,
    trace,
  }
}

/** Everybody is connected, and half of the appointments are booked. */
async function prepare(world: World): Promise<void> {
  const { gates, plan } = world
  const [worker] = world.workers
  if (worker === undefined) return
  gates.open = true
  for (const owner of world.owners) {
    await connect(world, worker.sync, owner)
    await worker.sync.integrations.updateSettings(
      { tenantId: owner.tenantId, userId: owner.userId },
      { conflictResolution: owner.policy, ...(plan.setting.guests ? { invite: 'client' as const } : {}) },
    )
  }
  const person = new Person(world)
  for (let slot = 0; slot < plan.setting.slotsPerOwner * plan.setting.owners; slot += 2) {
    await perform(world, person, { kind: 'host books', slot, hook: 'once', worker: 0 })
    await gates.idle()
  }
  for (let place = 0; plan.setting.series && place < plan.setting.owners; place += 1) {
    await perform(world, person, {
      kind: 'host books',
      slot: FIRST_SERIES_SLOT + place,
      hook: 'once',
      worker: 0,
    })
    await gates.idle()
  }
  for (const owner of world.owners)
    await perform(world, person, { kind: 'pull', owner: owner.index, worker: 0 })
  await gates.idle()
  gates.open = false
  world.google.faults.maxPageSize(plan.setting.pageSize)
}

async function makeMoves(world: World, calm: boolean): Promise<number> {
  const { gates, plan } = world
  const dice = new Dice(plan.seed, 'schedule')
  const person = new Person(world)
  const left = [...plan.moves]
  const pace = dice.pick([0.03, 0.06, 0.12, 0.3])
  let crashes = 0
  for (let step = 0; world.violation === null; step += 1) {
    await gates.idle()
    for (const worker of world.workers) {
      if (worker.life.alive || worker.life.diesAt === null) continue
      crashes += 1
      worker.life.diesAt = null
      world.note(`${worker.life.name} is dead`)
      world.bury()
    }
    if (step > MAX_STEPS) {
      world.fail('never ends', [...world.going].map(({ life, name }) => `${life.name} ${name}`).join(', '))
      break
    }
    if (!world.isAtWork()) showCalendars(world)
    if (world.post.size > 0 && dice.chance(calm ? 1 : DELIVERY_CHANCE)) deliverOne(world, dice)
    const waiting = gates.waiting.filter(({ life }) => life !== world.network)
    const next = left[0]
    if (next === undefined && waiting.length === 0 && world.going.size === 0) break
    const mayMove = next !== undefined && (world.going.size === 0 || (!calm && world.going.size < MAX_GOING))
    if (next !== undefined && mayMove && (world.going.size === 0 || dice.chance(pace))) {
      left.shift()
      await revive(world, dice, left.length)
      await perform(world, person, next)
    } else if (gates.waiting.length > 0 && (waiting.length > 0 || dice.chance(0.5))) {
      letThrough(world, calm ? gates.waiting[0] : choose(dice, gates.waiting))
      world.clock.advance(dice.below(8))
    } else passTime(world, dice)
  }
  return crashes
}

/** A notification reaches one of the processes that are alive, or nobody. */
function deliverOne(world: World, dice: Dice): void {
  const worker = dice.pick(world.workers)
  const notification = world.post.take(dice)
  if (notification !== null && worker.life.alive) deliver(world, worker, notification)
}

/**
 * Calendars disappear and come back only while nobody is at work: between "no such event" and the look at its
 * calendar nobody can tell a calendar that came back from an event that is gone.
 */
function showCalendars({ hidden }: World): void {
  const { wanted } = hidden
  hidden.wanted = false
  hidden.now = wanted
}

/** The dead come back after a while. */
async function revive(world: World, dice: Dice, movesLeft: number): Promise<void> {
  for (const worker of world.workers) {
    if (!worker.life.alive && (dice.chance(0.35) || movesLeft === 0)) startAgain(world, worker)
  }
}

/** Starts a crashed process again. */
function startAgain(world: World, worker: Worker): void {
  world.restart(worker)
  world.note(`${worker.life.name} starts`)
}

/** What is late on the network comes seldom; else anybody is as likely as anybody. */
function choose(dice: Dice, waiting: readonly Waiting[]): Waiting | undefined {
  const first = dice.pick(waiting)
  return first.life.name === 'network' && dice.chance(0.9) ? dice.pick(waiting) : first
}

function letThrough({ gates }: World, waiting: Waiting | undefined): void {
  if (waiting === undefined) return
  gates.waiting.splice(gates.waiting.indexOf(waiting), 1)
  waiting.enter()
}

/** Nobody can do anything but wait: until the next one wakes, or, as if all had been asleep, for longer. */
function passTime(world: World, dice: Dice): void {
  const next = world.clock.nextWakeMs()
  const untilNext = next === null ? 1_000 : Math.max(1, next - world.clock.now())
  const ms = dice.chance(0.7) ? untilNext : untilNext + dice.pick([200, 2_000, 11_000, 31_000])
  world.note(`time ${ms}`)
  world.clock.advance(ms)
}
