import { AppointmentSyncError } from '../errors/index.ts'
import { CALENDAR_GONE, FAILURES_WITHOUT_ANSWER, failureRow, type FailureRow } from './error-table.ts'
import { withVerdict } from './verdict.ts'

/** What is said of a request in messages, and what its failure depends on. */
export interface RequestFacts {
  /** As in Google's reference, such as `events.patch`. */
  readonly method: string
  /** What it is about, such as `event x on calendar y`. */
  readonly subject: string
  readonly kind: 'read' | 'write'
  /** What is missing when Google answers `notFound`. */
  readonly addresses: 'event' | 'calendar' | 'account'
}

/** An answer that did not come, or not to the end. */
export class AnswerLost extends Error {
  /** `unsent`: no connection came about. */
  readonly how: keyof typeof FAILURES_WITHOUT_ANSWER

  constructor(how: keyof typeof FAILURES_WITHOUT_ANSWER, message: string) {
    super(message)
    this.name = 'AnswerLost'
    this.how = how
  }
}

/** Codes of a connection that never came about (Node's resolver and sockets, undici). */
const NEVER_CONNECTED: ReadonlySet<string> = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** What a rejected `fetch` means. Its own error is not kept: it may hold the request with its bearer token. */
export function answerLost(error: unknown): AnswerLost {
  const code = codeIn(error)
  if (code === null) return new AnswerLost('lost', 'connection failed')
  return new AnswerLost(NEVER_CONNECTED.has(code) ? 'unsent' : 'lost', code)
}

/** The first code down the chain of causes; `fetch` wraps the socket's error. */
function codeIn(error: unknown): string | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if ('code' in at && typeof at.code === 'string' && /^[A-Z][A-Z0-9_]{0,39}$/.test(at.code)) return at.code
  }
  return null
}

/** Makes the error of a row, with what the table says kept beside it ({@link withVerdict}). */
export function failWith(
  row: FailureRow,
  kind: RequestFacts['kind'],
  message: string,
  retryAfterMs?: number,
): AppointmentSyncError {
  const { code, retryable, next } = row
  const error = new AppointmentSyncError({ code, message, retryable, retryAfterMs })
  return withVerdict(error, { next, applied: kind === 'read' ? 'no' : row.applied })
}

/** The error of a request that got no answer. */
export function classifyLostAnswer(lost: AnswerLost, facts: RequestFacts): AppointmentSyncError {
  const row = FAILURES_WITHOUT_ANSWER[lost.how]
  return failWith(
    row,
    facts.kind,
    `${facts.method} for ${facts.subject} got no answer (${lost.message}). ${row.remedy}`,
  )
}

/** The error of a success whose body says nothing: a page of something on the way, or half an answer. */
export function unreadableAnswer(facts: RequestFacts): AppointmentSyncError {
  return classifyLostAnswer(new AnswerLost('lost', 'the body of the answer cannot be read'), facts)
}

/** The error of a request that could not be made from its arguments. */
export function unsendable(facts: RequestFacts): AppointmentSyncError {
  const error = new AppointmentSyncError({
    code: 'INVALID_ARGUMENT',
    message: `${facts.method} for ${facts.subject} was not sent: an id, an etag or the like cannot be part of an HTTP request.`,
  })
  return withVerdict(error, { applied: 'no', next: 'give_up' })
}

interface FailedAnswer {
  readonly status: number
  readonly data?: unknown
  readonly headers?: unknown
}

/**
 * The error of a failed answer of the official client, `null` when the error holds none. The client's own error is
 * not kept as the cause: it carries the request.
 */
export function classifyAnswer(
  error: unknown,
  facts: RequestFacts,
  nowMs: number,
): AppointmentSyncError | null {
  const answer = answerIn(error)
  if (answer === null) return null
  const { reason, enveloped } = readEnvelope(answer.data)
  const found = failureRow(answer.status, reason, enveloped)
  const row = found.code === 'GOOGLE_NOT_FOUND' && facts.addresses === 'calendar' ? CALENDAR_GONE : found
  const said = reason === null ? '' : ` ${reason}`
  return failWith(
    row,
    facts.kind,
    `${facts.method} for ${facts.subject} was answered ${answer.status}${said}. ${row.remedy}`,
    retryAfterOf(answer.headers, nowMs),
  )
}

function answerIn(error: unknown): FailedAnswer | null {
  const response =
    error instanceof Error && 'response' in error ? (error.response as Partial<FailedAnswer>) : undefined
  if (typeof response?.status !== 'number') return null
  const { status, data, headers } = response
  return { status, data, headers }
}

/**
 * The reason in an error body. The service gives `errors[]`, the layer before it adds `status` and `details[]`; an
 * edge may answer with a page, or with nothing.
 */
export function readEnvelope(data: unknown): { reason: string | null; enveloped: boolean } {
  const body = typeof data === 'string' ? parsed(data) : data
  const error = member(body, 'error')
  const reasons = [...list(member(error, 'errors')), ...list(member(error, 'details'))]
    .map((entry) => member(entry, 'reason'))
    // Reasons are Google's identifiers; anything else is not repeated, it could carry data.
    .filter((reason) => typeof reason === 'string' && /^[A-Za-z_.]{1,60}$/.test(reason))
  const [reason = null] = reasons as string[]
  return { reason, enveloped: typeof error === 'object' && error !== null }
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

/** JSON that came under another content type is text to the client. */
function parsed(text: string): unknown {
  if (!text.startsWith('{')) return null
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Seconds or a date (RFC 9110, 10.2.3). */
function retryAfterOf(headers: unknown, nowMs: number): number | undefined {
  const value = headers instanceof Headers ? headers.get('retry-after') : null
  if (value === null) return undefined
  if (/^\d{1,6}$/.test(value)) return Number(value) * 1000
  const at = /^[A-Z][a-z]{2}, /.test(value) ? Date.parse(value) : Number.NaN
  return Number.isFinite(at) && at > nowMs ? at - nowMs : undefined
}
