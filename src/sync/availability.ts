import type { Integration, Owner } from '../domain/index.ts'
import type { ErrorCode, ErrorSummary } from '../errors/index.ts'
import type { BusyCalendar, BusyReading, StoredBusyBlock } from '../ports/index.ts'
import { checkOwnerQuestion, checkUsersQuestion, type StoredQuestion } from './availability-request.ts'
import { busyCalendarsOf } from './busy-blocks.ts'
import type { Engine } from './engine.ts'
import { askGoogle } from './live-availability.ts'
import { mergedSpans } from './merged-spans.ts'
import { lacksCalendar } from './own-calendar.ts'
import { isEnding, whyIdle } from './parking.ts'
import type { AvailabilityResult, BusyTime, UserAvailability } from './results.ts'
import { summaryOf } from './retry-policy.ts'

/** Busy times of an owner, out of what is stored or asked of Google now. */
export async function busyTimes(
  engine: Engine,
  { tenantId, userId }: Owner,
  input: unknown,
  signal: AbortSignal | undefined,
): Promise<AvailabilityResult> {
  const { source, ...question } = checkOwnerQuestion(input)
  if (source === 'google') {
    const integration = await engine.storage.integrations.find({ tenantId, userId })
    const closed = whyUnanswerable(integration)
    if (closed !== null || integration === null) return { status: 'unknown', error: closed ?? NOT_CONNECTED }
    const idle = whyIdle(integration, engine.clock.now())
    if (idle !== null) return { status: 'unknown', error: summaryOf(idle) }
    return askGoogle(engine, integration, question, signal)
  }
  const { fromMs, toMs } = question
  const [reading] = await engine.storage.busy.read({ tenantId, userIds: [userId], fromMs, toMs })
  return answer(engine, reading, question)
}

/** Busy times of several professionals of one tenant, in the order of `userIds`, out of one query. */
export async function busyTimesOf(engine: Engine, input: unknown): Promise<UserAvailability[]> {
  const question = checkUsersQuestion(input)
  const { tenantId, fromMs, toMs } = question
  const userIds = [...new Set(question.userIds)]
  const readings = await engine.storage.busy.read({ tenantId, userIds, fromMs, toMs })
  const byUser = new Map(readings.map((reading) => [reading.integration.userId, reading]))
  return userIds.map((userId) => ({
    userId,
    availability: answer(engine, byUser.get(userId), question),
  }))
}

const NOT_CONNECTED: ErrorSummary = {
  code: 'INTEGRATION_NOT_FOUND',
  message: 'This owner has no Google Calendar connected.',
}

const NO_CALENDAR: ErrorSummary = {
  code: 'CALENDAR_NOT_READY',
  message: 'The dedicated calendar of this owner is not there yet.',
}

function whyUnanswerable(integration: Integration | null): ErrorSummary | null {
  if (integration === null || isEnding(integration)) return NOT_CONNECTED
  const { externalEvents } = integration.settings
  if (externalEvents !== 'ignore') return lacksCalendar(integration) ? NO_CALENDAR : null
  return { code: 'INTEGRATION_INACTIVE', message: 'The settings say that external events are ignored.' }
}

/** Known only when every calendar that counts is known, for all of the range, and freshly enough. */
function answer(
  engine: Engine,
  reading: BusyReading | undefined,
  question: StoredQuestion,
): AvailabilityResult {
  const closed = whyUnanswerable(reading?.integration ?? null)
  if (reading === undefined || closed !== null) return { status: 'unknown', error: closed ?? NOT_CONNECTED }
  const { integration } = reading
  const nowMs = engine.clock.now()
  const byId = new Map(reading.calendars.map((calendar) => [calendar.calendarId, calendar]))
  const calendars: { calendarId: string; asOf: Date }[] = []
  for (const calendarId of busyCalendarsOf(integration.settings)) {
    const known = byId.get(calendarId)
    const gap = gapOf(known, calendarId, question, nowMs)
    if (gap !== null) return { status: 'unknown', error: causeOf(integration, gap, nowMs) }
    calendars.push({ calendarId, asOf: new Date(known?.asOfMs ?? 0) })
  }
  const counted = new Set(calendars.map(({ calendarId }) => calendarId))
  const blocks = reading.blocks.filter(({ calendarId }) => counted.has(calendarId))
  const oldest = Math.min(...calendars.map(({ asOf }) => asOf.getTime()))
  return {
    status: 'known',
    source: 'stored',
    busy: mergedSpans(blocks.map((block) => clipped(block, question))).map(toTime),
    asOf: new Date(oldest),
    calendars,
    ...(question.titles ? { events: toEvents(blocks, question) } : {}),
  }
}

/** What keeps a calendar from being known; `null` when it is. */
function gapOf(
  calendar: BusyCalendar | undefined,
  calendarId: string,
  { fromMs, toMs, maxAgeMs }: StoredQuestion,
  nowMs: number,
): ErrorSummary | null {
  const { asOfMs, coveredFromMs, coveredToMs, errorCode } = calendar ?? UNREAD
  const failed = errorCode === null ? '' : ` The last reading failed with ${errorCode}.`
  if (asOfMs === null || coveredFromMs === null || coveredToMs === null) {
    const message = `The busy times of calendar ${calendarId} have not been read in full yet.${failed} Call pullFromGoogle, or wait for the periodic tasks.`
    return gap('AVAILABILITY_NOT_READ', message)
  }
  const asOf = new Date(asOfMs).toISOString()
  if (nowMs - asOfMs > maxAgeMs) {
    const message = `What is known of calendar ${calendarId} is of ${asOf}, which is older than was asked for.${failed} Call pullFromGoogle, see that the periodic tasks run, or ask with { source: 'google' }.`
    return gap('AVAILABILITY_STALE', message)
  }
  if (fromMs >= coveredFromMs && toMs <= coveredToMs) return null
  const [from, to] = [new Date(coveredFromMs).toISOString(), new Date(coveredToMs).toISOString()]
  const message = `The busy times of calendar ${calendarId} are known from ${from} to ${to}. Ask within that, or raise syncPastDays or syncFutureDays.`
  return gap('AVAILABILITY_OUT_OF_RANGE', message)
}

const UNREAD: Pick<BusyCalendar, 'asOfMs' | 'coveredFromMs' | 'coveredToMs' | 'errorCode'> = {
  asOfMs: null,
  coveredFromMs: null,
  coveredToMs: null,
  errorCode: null,
}

function gap(code: ErrorCode, message: string): ErrorSummary {
  return { code, message }
}

/** Of an integration that Google is not asked for, its state says more than the age of what is known. */
function causeOf(integration: Integration, found: ErrorSummary, nowMs: number): ErrorSummary {
  const idle = found.code === 'AVAILABILITY_OUT_OF_RANGE' ? null : whyIdle(integration, nowMs)
  return idle === null ? found : summaryOf(idle)
}

function clipped(
  { startMs, endMs }: StoredBusyBlock,
  { fromMs, toMs }: StoredQuestion,
): { startMs: number; endMs: number } {
  return { startMs: Math.max(startMs, fromMs), endMs: Math.min(endMs, toMs) }
}

function toTime({ startMs, endMs }: { startMs: number; endMs: number }): { start: Date; end: Date } {
  return { start: new Date(startMs), end: new Date(endMs) }
}

/** Each event by itself; one that is stored in several pieces is one again. */
function toEvents(blocks: readonly StoredBusyBlock[], question: StoredQuestion): BusyTime[] {
  const whole = new Map<string, { startMs: number; endMs: number; block: StoredBusyBlock }[]>()
  for (const block of blocks) {
    const span = clipped(block, question)
    const key = JSON.stringify([block.calendarId, block.eventId])
    const pieces = whole.get(key) ?? []
    const last = pieces.at(-1)
    if (last !== undefined && last.endMs === span.startMs) last.endMs = span.endMs
    else whole.set(key, [...pieces, { ...span, block }])
  }
  return [...whole.values()]
    .flat()
    .sort((a, b) => a.startMs - b.startMs)
    .map(({ block: { calendarId, title }, ...span }) => ({ ...toTime(span), calendarId, title }))
}
