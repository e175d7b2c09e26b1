import type { AppointmentSync, Owner, TaskName } from 'appointment-sync'
import { checkAcknowledged, checkEnd } from './check-end.ts'
import { connect, deliver } from './perform.ts'
import type { Worker, World } from './world.ts'

const HOUR_MS = 3_600_000
/** Nobody who is at work pauses for longer. */
const LONGEST_PAUSE_MS = 90_000
/** Rounds after which it must be quiet; more is a ping-pong. */
const MAX_ROUNDS = 14
/** Quiet rounds in a row that end it. */
const QUIET_ROUNDS = 2

/** Rounds of `drain_outbox` alone, an hour apart: the longest pause between two tries is shorter. */
const DRAIN_ROUNDS = 3

const TASKS: readonly TaskName[] = [
  'drain_outbox',
  'sync_recent_appointments',
  'sync_all_calendar_integrations',
  'drain_outbox',
]

/**
 * Lets things come to rest: no more faults, everybody alive and connected, all tasks in turn while hours pass. Then
 * looks at both sides. Gives the number of rounds it took.
 */
export async function settle(world: World): Promise<number> {
  const { gates } = world
  world.note('settling')
  world.faults.clear(world.google)
  gates.openAll()
  await finish(world)
  for (const worker of world.workers)
    if (!worker.life.alive || worker.life.diesAt !== null) world.restart(worker)
  world.hidden.wanted = false
  world.hidden.now = false
  // Leases of the dead run out.
  world.clock.advance(5 * 60_000)
  for (const notification of world.post.takeAll()) deliver(world, world.workerAt(0), notification)
  await finish(world)
  await checkGrants(world)
  await repair(world)
  await drain(world)
  if (world.violation === null) await checkAcknowledged(world)
  let quiet = 0
  let round = 0
  while (quiet < QUIET_ROUNDS && world.violation === null) {
    round += 1
    if (round > MAX_ROUNDS) {
      world.fail('no quiet', `after ${MAX_ROUNDS} rounds of all tasks the sides are still at work`)
      break
    }
    const before = world.effects
    const worker = world.workerAt(round)
    for (const task of tasksOf(world)) await runToEnd(world, worker, task, (sync) => sync.tasks.run(task))
    quiet = world.effects === before ? quiet + 1 : 0
    world.clock.advance(round < 3 ? HOUR_MS : 7 * HOUR_MS)
  }
  if (world.violation === null) await checkEnd(world)
  return round
}

function tasksOf({ plan }: World): readonly TaskName[] {
  return plan.setting.notifications ? [...TASKS, 'renew_watch_channels'] : TASKS
}

/** A grant that Google ended is given up, and no other is. */
async function checkGrants(world: World): Promise<void> {
  const worker = world.workerAt(0)
  if (world.owners.some(({ grantLost }) => grantLost)) {
    // Access tokens live on for an hour.
    world.clock.advance(2 * HOUR_MS)
    for (const { tenantId, userId } of world.owners)
      await runToEnd(world, worker, 'pull', async (sync) => {
        const owner = { tenantId, userId }
        const { status, parkedUntil } = await sync.integrations.status(owner)
        // Nothing is asked for an owner who is parked.
        if (status === 'active' && parkedUntil !== null) await sync.integrations.setActive(owner, true)
        await sync.pullFromGoogle(owner).catch(() => null)
      })
  }
  for (const { tenantId, userId, grantLost, halfConnected } of world.owners) {
    if (halfConnected) continue
    const { status, statusReason } = await worker.sync.integrations.status({ tenantId, userId })
    // The person has not granted yet what another calendar needs.
    if (statusReason === 'OAUTH_SCOPE_MISSING') continue
    if (status === 'active' && grantLost)
      world.fail('dead grant kept', `${tenantId}/${userId} is active on a grant that Google ended`)
    if (status === 'needs_reconnect' && !grantLost)
      world.fail(
        'live grant given up',
        `${tenantId}/${userId} has to connect again, although the grant stands`,
      )
  }
}

/** Grants are renewed, everybody is switched on and has the usual window again. */
async function repair(world: World): Promise<void> {
  const worker = world.workerAt(0)
  await runToEnd(world, worker, 'cleanup_expired_tokens', (sync) => sync.tasks.run('cleanup_expired_tokens'))
  for (const owner of world.owners) {
    const ref = { tenantId: owner.tenantId, userId: owner.userId }
    await runToEnd(world, worker, 'reconnect', async (sync) => {
      const view = await sync.integrations.get(ref)
      const halfway = view !== null && view.status !== 'disconnected' && owner.disconnected
      if (halfway) await sync.integrations.disconnect(ref, { removeEvents: 'none' })
      const connected = !owner.grantLost && !owner.disconnected && !owner.halfConnected
      const stands = view?.status === 'active' && connected
      if (!stands) await connect(world, sync, owner)
      // A used up limit is over, and a person says so rather than waits for hours.
      if (!stands || view.parkedUntil !== null) await sync.integrations.setActive(ref, true)
      await redriveAll(sync, ref)
      if (view?.settings.syncFutureDays !== 30)
        await sync.integrations.updateSettings(ref, { syncFutureDays: 30 })
    })
  }
}

/** What Google refused for good is tried again, as an operator would have it. */
async function redriveAll(sync: AppointmentSync, owner: Owner): Promise<void> {
  const { items } = await sync.outbox.deadLetters.list({ ...owner, limit: 100 })
  for (const { appointmentId } of items) await sync.outbox.deadLetters.redrive({ ...owner, appointmentId })
}

/** What hooks acknowledged reaches Google from the outbox alone, without a sweep to mend it. */
async function drain(world: World): Promise<void> {
  for (let round = 0; round < DRAIN_ROUNDS; round += 1) {
    const worker = world.workerAt(round)
    await runToEnd(world, worker, 'drain_outbox', (sync) => sync.tasks.run('drain_outbox'))
    for (const { tenantId, userId } of world.owners)
      await runToEnd(world, worker, 'pull', (sync) => sync.pullFromGoogle({ tenantId, userId }))
    world.clock.advance(HOUR_MS)
  }
}

/** What is under way comes to its end, also what nobody waits for: a notification that is followed. */
async function finish(world: World): Promise<void> {
  for (let turn = 0; turn < 5_000; turn += 1) {
    await world.gates.idle()
    world.bury()
    const wakeMs = world.clock.nextWakeMs()
    const asleep = wakeMs === null || wakeMs - world.clock.now() > LONGEST_PAUSE_MS
    if (world.going.size === 0 && asleep) return
    passTime(world)
  }
  world.fail('never ends', [...world.going].map(({ life, name }) => `${life.name} ${name}`).join(', '))
}

async function runToEnd(
  world: World,
  worker: Worker,
  name: string,
  work: Parameters<World['begin']>[2],
): Promise<void> {
  void world.begin(worker, name, work)
  await finish(world)
}

function passTime(world: World): void {
  const next = world.clock.nextWakeMs()
  world.clock.advance(next === null ? 1_000 : Math.max(1, next - world.clock.now()))
}
