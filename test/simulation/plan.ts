import { CONFLICT_POLICIES, type ConflictPolicy, type TaskName } from 'appointment-sync'
import { Dice } from './dice.ts'
import {
  type ConflictSideChoice,
  type Field,
  FIELDS,
  type GoogleFaultAim,
  type GoogleFaultKind,
  type HookManner,
  type Move,
} from './moves.ts'

import { FIRST_SERIES_SLOT, OCCURRENCES } from './series.ts'

/** How appointments, owners and workers are laid out in a run, and how the host behaves. */
export interface Setting {
  readonly owners: number
  readonly workers: number
  /** The first two owners, of different tenants, use one Google account. */
  readonly sharedAccount: boolean
  /** Appointments per owner. */
  readonly slotsPerOwner: number
  readonly policies: readonly ConflictPolicy[]
  /** How far each worker's clock is off, in milliseconds. */
  readonly skewsMs: readonly number[]
  /** Whether the host takes over texts that were rewritten in Google, or leaves them there. */
  readonly followsTexts: boolean
  /** Whether the host calls its own hook when a change from Google was applied. */
  readonly hookOnApply: 'none' | 'inside' | 'afterwards'
  readonly refusesRestores: boolean
  /** The slot whose cancellation the host refuses; -1: none. */
  readonly uncancellableSlot: number
  readonly pushTimeoutMs: number
  /** Whether Google tells of changes. */
  readonly notifications: boolean
  /** Events per page at most; `null` for Google's own size. */
  readonly pageSize: number | null
  /** Whether clients are invited to the events. */
  readonly guests: boolean
  /** Whether each owner has a recurring appointment. */
  readonly series: boolean
}

/** All that is drawn before a run begins. */
export interface Plan {
  readonly seed: number
  readonly setting: Setting
  readonly moves: readonly Move[]
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Draws what will happen; when, is drawn while it happens. */
export function drawPlan(seed: number, steps: number | null = null): Plan {
  const dice = new Dice(seed, 'plan')
  // From a stream of its own: what else happens in a run stays as it was drawn.
  const content = new Dice(seed, 'content')
  const setting = { ...drawSetting(dice), guests: content.chance(0.4), series: content.chance(0.35) }
  const count = steps ?? dice.between(14, 36)
  const moves: Move[] = []
  while (moves.length < count) moves.push(...drawMoves(dice, setting))
  return { seed, setting, moves: withContent(content, setting, moves.slice(0, count)) }
}

/** Strews in what guests do, and what happens to series. */
function withContent(dice: Dice, setting: Setting, moves: readonly Move[]): Move[] {
  return moves.flatMap((move) => {
    const more: Move[] = [move]
    if (setting.guests && dice.chance(0.2)) more.push(drawGuestMove(dice, setting))
    if (setting.series && dice.chance(0.35)) more.push(drawSeriesMove(dice, setting))
    return more
  })
}

const SERIES_KINDS = {
  'host books': 2,
  'host reschedules': 4,
  'host edits': 4,
  'host cancels': 4,
  'host cancels series': 0.7,
  'person edits': 9,
  'person reverts': 1.5,
  'person deletes': 5,
  'person restores': 3,
  'person deletes series': 0.7,
}

function drawSeriesMove(dice: Dice, setting: Setting): Move {
  const slot = FIRST_SERIES_SLOT + dice.below(setting.owners * OCCURRENCES)
  const hook = { hook: dice.weighted(MANNERS), worker: dice.below(setting.workers) }
  const kind = dice.weighted(SERIES_KINDS)
  switch (kind) {
    case 'host edits':
      return { kind, slot, fields: drawFields(dice), ...hook }
    case 'person edits':
      return { kind, slot, fields: drawFields(dice), far: false }
    case 'person reverts':
      return { kind, slot, field: dice.pick(FIELDS) }
    case 'person deletes':
    case 'person restores':
    case 'person deletes series':
      return { kind, slot }
    default:
      return { kind, slot, ...hook }
  }
}

function drawGuestMove(dice: Dice, setting: Setting): Move {
  const slot = dice.below(setting.owners * setting.slotsPerOwner)
  if (dice.chance(0.15)) return { kind: 'person invites', slot }
  return { kind: 'guest answers', slot, response: dice.pick(['accepted', 'declined', 'tentative'] as const) }
}

function drawSetting(dice: Dice): Omit<Setting, 'guests' | 'series'> {
  const owners = dice.chance(0.3) ? 3 : 2
  const workers = dice.chance(0.2) ? 3 : 2
  const policy = dice.pick(CONFLICT_POLICIES)
  return {
    owners,
    workers,
    sharedAccount: dice.chance(0.3),
    slotsPerOwner: dice.between(1, 3),
    policies: Array.from({ length: owners }, () =>
      dice.chance(0.6) ? policy : dice.pick(CONFLICT_POLICIES),
    ),
    skewsMs: Array.from({ length: workers }, () => dice.pick([0, 0, -2000, 1500, 4000])),
    followsTexts: dice.chance(0.6),
    hookOnApply: dice.pick(['none', 'inside', 'afterwards'] as const),
    refusesRestores: dice.chance(0.3),
    uncancellableSlot: dice.chance(0.25) ? dice.below(3) : -1,
    pushTimeoutMs: dice.pick([2_000, 5_000, 5_000, 20_000]),
    notifications: dice.chance(0.5),
    pageSize: dice.pick([1, 1, 2, null, null]),
  }
}

const KINDS = {
  book: 10,
  reschedule: 9,
  edit: 10,
  cancel: 6,
  erase: 1,
  'stale hook': 4,
  'person edits': 18,
  'person reverts': 4,
  'person deletes': 6,
  'person restores': 4,
  'person moves': 2,
  'own events': 4,
  'person resolves': 5,
  task: 12,
  pull: 9,
  'sync all': 3,
  'set active': 2,
  'set policy': 1.5,
  'set window': 1,
  'switch calendar': 1.2,
  disconnect: 0.8,
  connect: 1,
  'google fault': 14,
  'storage fault': 5,
  'host fault': 5,
  'sync tokens expire': 2.5,
  'trash emptied': 1,
  'tombstones purged': 0.7,
  'access tokens expire': 1.5,
  'forged notification': 1,
  'grant lost': 0.8,
  'calendars hidden': 1,
  'read lag': 1.5,
  'page size': 1.5,
  crash: 8,
  restart: 1,
  'time passes': 12,
}

const TASKS = {
  drain_outbox: 8,
  sync_recent_appointments: 6,
  sync_all_calendar_integrations: 4,
  cleanup_expired_tokens: 1,
  renew_watch_channels: 1.5,
  purge_logs: 0.2,
} as const satisfies Partial<Record<TaskName, number>>

const FAULTS: Record<Exclude<GoogleFaultKind, '404'>, number> = {
  drop: 10,
  hang: 6,
  late: 2,
  '401': 1,
  '403 rateLimitExceeded': 2,
  '403 quotaExceeded': 1,
  '403 forbidden': 1,
  '409 conflict': 1,
  '412': 1.5,
  '429': 1.5,
  '500': 4,
  '503': 4,
  html: 1,
}

const AIMS: Record<GoogleFaultAim, number> = { any: 3, write: 7, read: 4, token: 1 }
const MANNERS: Record<HookManner, number> = { once: 12, twice: 1.5, forgotten: 3 }
const SIDES: Record<ConflictSideChoice, number> = { app: 3, google: 3, mixed: 2 }

/** One move, or a few that belong together. */
function drawMoves(dice: Dice, setting: Setting): Move[] {
  const slot = dice.below(setting.owners * setting.slotsPerOwner)
  const owner = dice.below(setting.owners)
  const worker = dice.below(setting.workers)
  const hook = { hook: dice.weighted(MANNERS), worker }
  switch (dice.weighted(KINDS)) {
    case 'book':
      return [{ kind: 'host books', slot, ...hook }]
    case 'reschedule':
      return [{ kind: 'host reschedules', slot, ...hook }]
    case 'edit':
      return [{ kind: 'host edits', slot, fields: drawFields(dice), ...hook }]
    case 'cancel':
      return [{ kind: 'host cancels', slot, ...hook }]
    case 'erase':
      return [{ kind: 'host erases', slot, ...hook }]
    case 'stale hook':
      return [{ kind: 'stale hook', slot, back: dice.between(0, 3), worker }]
    case 'person edits':
      return [{ kind: 'person edits', slot, fields: drawFields(dice), far: dice.chance(0.12) }]
    case 'person reverts':
      return [{ kind: 'person reverts', slot, field: dice.pick(FIELDS) }]
    case 'person deletes':
      return [{ kind: 'person deletes', slot }]
    case 'person restores':
      return [{ kind: 'person restores', slot }]
    case 'person moves':
      return [{ kind: 'person moves', slot }]
    case 'own events':
      return [
        { kind: dice.pick(['person adds', 'person changes own', 'person removes own'] as const), owner },
      ]
    case 'person resolves':
      return [{ kind: 'person resolves', owner, worker, side: dice.weighted(SIDES) }]
    case 'task':
      return [{ kind: 'task', task: dice.weighted(TASKS), worker }]
    case 'pull':
      return [{ kind: 'pull', owner, worker }]
    case 'sync all':
      return [{ kind: 'sync all', owner, worker }]
    case 'set active':
      return [{ kind: 'set active', owner, active: dice.chance(0.6), worker }]
    case 'set policy':
      return [{ kind: 'set policy', owner, policy: dice.pick(CONFLICT_POLICIES), worker }]
    case 'switch calendar':
      return [{ kind: 'switch calendar', owner, worker }]
    case 'set window':
      return [{ kind: 'set window', owner, futureDays: dice.pick([5, 8, 30]), worker }]
    case 'disconnect':
      return [
        { kind: 'disconnect', owner, removeEvents: dice.pick(['future', 'all', 'none'] as const), worker },
      ]
    case 'connect':
      return [{ kind: 'connect', owner, worker }]
    case 'google fault': {
      const fault = dice.weighted(FAULTS)
      const times = dice.chance(0.8) ? 1 : dice.between(2, 4)
      const aim = dice.weighted(AIMS)
      return [{ kind: 'google fault', fault, aim, applied: dice.chance(0.5), after: dice.below(3), times }]
    }
    case 'storage fault':
      return [
        { kind: 'storage fault', worker, after: dice.between(1, 40), committed: dice.chance(0.5), times: 1 },
      ]
    case 'host fault': {
      const call = dice.weighted({ get: 2, list: 1, apply: 4 })
      return [{ kind: 'host fault', call, applied: dice.chance(0.5), times: dice.between(1, 2) }]
    }
    case 'sync tokens expire':
      return [{ kind: 'sync tokens expire' }]
    case 'trash emptied':
      return [{ kind: 'trash emptied' }]
    case 'tombstones purged':
      return [{ kind: 'tombstones purged' }]
    case 'access tokens expire':
      return [{ kind: 'access tokens expire' }]
    case 'forged notification':
      return [{ kind: 'forged notification', owner, worker, known: dice.chance(0.7) }]
    case 'grant lost':
      return [{ kind: dice.pick(['grant revoked', 'grant expires'] as const), owner }]
    case 'calendars hidden':
      return [{ kind: 'calendars hidden', hidden: true }]
    case 'read lag':
      return [{ kind: 'read lag', ms: dice.pick([0, 500, 3_000, 20_000]) }]
    case 'page size':
      return [{ kind: 'page size', size: dice.pick([1, 2, null]), emptyPages: dice.chance(0.4) }]
    case 'crash':
      return [{ kind: 'crash', worker, after: dice.between(1, 45), effect: dice.chance(0.5) }]
    case 'restart':
      return [{ kind: 'restart', worker, rotateKeys: dice.chance(0.5) }]
    case 'time passes':
      return [{ kind: 'time passes', ms: drawSpan(dice) }]
  }
}

function drawFields(dice: Dice): Field[] {
  const first = dice.pick(FIELDS)
  if (!dice.chance(0.3)) return [first]
  return FIELDS.filter((field) => field === first || dice.chance(0.4))
}

function drawSpan(dice: Dice): number {
  const span = dice.weighted({ seconds: 4, minute: 4, quarter: 3, hours: 2, day: 0.6 })
  switch (span) {
    case 'seconds':
      return dice.between(1_000, 15_000)
    case 'minute':
      return dice.between(30_000, 4 * MINUTE)
    case 'quarter':
      return dice.between(5 * MINUTE, 20 * MINUTE)
    case 'hours':
      return dice.between(1 * HOUR, 7 * HOUR)
    case 'day':
      return dice.between(20 * HOUR, 30 * HOUR)
  }
}
