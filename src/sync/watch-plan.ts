import type { Integration, WatchChannel } from '../domain/index.ts'
import { lacksCalendar } from './own-calendar.ts'
import { isEnding, whyIdle } from './parking.ts'

const DAY_MS = 86_400_000
/** How long Google may take to answer before a channel that is still `opening` is given up, in milliseconds. */
const OPENING_DEADLINE_MS = 10 * 60_000
/** How long a calendar that Google would not watch is left alone, in milliseconds. */
const REFUSED_FOR_MS = 7 * DAY_MS
/** The last part of a channel's life, in which another one takes over, if that is shorter than a day. */
const RENEWED_IN_LAST = 0.2

/** What is known when it is decided about the channels of one integration. */
export interface WatchFacts {
  readonly integration: Integration
  readonly channels: readonly WatchChannel[]
  /** Whether there is an address that notifications can be sent to. */
  readonly wanted: boolean
  /** When Google last refused to watch the integration's calendar; `null` when it did not. */
  readonly refusedAtMs: number | null
  readonly nowMs: number
  /** Replace an open channel whatever its age: the grant it was opened under may be gone. */
  readonly anew?: boolean | undefined
}

/** What is to be done about the channels of one integration. */
export interface WatchPlan {
  /** Whether to open one on the integration's calendar. */
  readonly open: boolean
  /** To be stopped once the new one is open, and not before. */
  readonly replaced: readonly WatchChannel[]
  /** To be stopped in any case. */
  readonly stopped: readonly WatchChannel[]
  /** Google has ended these by itself: only their rows are left. */
  readonly expired: readonly WatchChannel[]
}

/** Whether Google refused to watch the calendar so lately that it is not asked again. */
export function isRefused(refusedAtMs: number | null, nowMs: number): boolean {
  return refusedAtMs !== null && nowMs - refusedAtMs < REFUSED_FOR_MS
}

/** Whether nothing has to be done. */
export function isSettled(plan: WatchPlan): boolean {
  return !plan.open && plan.stopped.length === 0 && plan.expired.length === 0
}

/**
 * One live channel on the integration's calendar and none elsewhere. Nothing is asked of Google for an integration
 * that is parked, waits for a reconnect or has ended; one that is paused can still have its channels stopped.
 */
export function planWatch(facts: WatchFacts): WatchPlan {
  const { integration, channels, nowMs } = facts
  const expired = channels.filter((channel) => channel.expiresAtMs <= nowMs)
  if (!mayCall(integration, nowMs)) return { open: false, replaced: [], stopped: [], expired }
  const alive = channels.filter((channel) => channel.expiresAtMs > nowMs)
  const calendarId = watchedCalendar(facts)
  const here = alive.filter((channel) => channel.calendarId === calendarId)
  const opening = here.filter((channel) => isOpening(channel, nowMs))
  const newest = here.filter((channel) => channel.state === 'open').sort(youngestFirst)[0] ?? null
  const stopped = alive.filter(
    (channel) => channel !== newest && !opening.includes(channel) && isStoppable(channel),
  )
  const due = newest === null || facts.anew === true || isDue(newest, nowMs)
  const refused = isRefused(facts.refusedAtMs, nowMs)
  // One that is being opened may yet turn out to be there: two of them would only double the messages.
  const open = calendarId !== null && due && opening.length === 0 && !refused
  return { open, replaced: open && newest !== null ? [newest] : [], stopped, expired }
}

function mayCall(integration: Integration, nowMs: number): boolean {
  if (isEnding(integration)) return false
  return integration.status === 'paused' || whyIdle(integration, nowMs) === null
}

function watchedCalendar({ integration, wanted }: WatchFacts): string | null {
  const { syncDirection, calendarId } = integration.settings
  if (!wanted || integration.status !== 'active' || syncDirection === 'to_google') return null
  if (lacksCalendar(integration)) return null
  return calendarId
}

function isOpening(channel: WatchChannel, nowMs: number): boolean {
  return channel.state === 'opening' && nowMs < channel.createdAtMs + OPENING_DEADLINE_MS
}

/** Without Google's name for what is watched there is nothing to stop it by: it dies by its end. */
function isStoppable(channel: WatchChannel): boolean {
  return channel.state !== 'stopping' || channel.resourceId !== null
}

function isDue(channel: WatchChannel, nowMs: number): boolean {
  const lifeMs = channel.expiresAtMs - channel.createdAtMs
  return channel.expiresAtMs - nowMs <= Math.min(DAY_MS, RENEWED_IN_LAST * lifeMs)
}

function youngestFirst(a: WatchChannel, b: WatchChannel): number {
  return b.createdAtMs - a.createdAtMs || (a.id < b.id ? 1 : -1)
}
