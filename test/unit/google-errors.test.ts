import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { ERROR_CODES } from '../../src/errors/index.ts'
import {
  AnswerLost,
  answerLost,
  classifyAnswer,
  classifyLostAnswer,
  type RequestFacts,
  unsendable,
} from '../../src/google/classify-error.ts'
import {
  FAILURES_BY_REASON,
  FAILURES_BY_STATUS,
  FAILURES_WITHOUT_ANSWER,
  type FailureRow,
} from '../../src/google/error-table.ts'
import { verdictOf } from '../../src/google/verdict.ts'
import { AppointmentSyncError } from '../../src/errors/index.ts'

const NOW = Date.parse('2026-05-04T12:00:00Z')
const patch: RequestFacts = {
  method: 'events.patch',
  subject: 'event e on calendar c',
  kind: 'write',
  addresses: 'event',
}

/** An error as the official client throws it. */
function thrown(status: number, data: unknown, headers: Record<string, string> = {}): Error {
  return Object.assign(new Error('ya29.secret in the message'), {
    response: { status, data, headers: new Headers(headers) },
    config: { headers: { Authorization: 'Bearer ya29.secret' } },
  })
}
const backEnd = (code: number, reason: string): object => ({ error: { code, errors: [{ reason }] } })

function classified(error: Error, facts: RequestFacts = patch): AppointmentSyncError {
  const found = classifyAnswer(error, facts, NOW)
  if (found === null) throw new Error('no answer was found in the error')
  return found
}

describe('the body of a refusal', () => {
  it.each([
    ['the service’s envelope', backEnd(403, 'userRateLimitExceeded'), 'GOOGLE_RATE_LIMITED'],
    [
      'the front end’s, with details alone',
      { error: { code: 403, status: 'PERMISSION_DENIED', details: [{}, { reason: 'SERVICE_DISABLED' }] } },
      'GOOGLE_API_DISABLED',
    ],
    ['JSON that came as text', JSON.stringify(backEnd(403, 'quotaExceeded')), 'GOOGLE_QUOTA_EXCEEDED'],
    ['a reason nobody knows', backEnd(403, 'somethingNew'), 'GOOGLE_FORBIDDEN'],
    ['a reason that is a name of every object', backEnd(403, 'constructor'), 'GOOGLE_FORBIDDEN'],
    ['nothing', '', 'GOOGLE_FORBIDDEN'],
    ['null', null, 'GOOGLE_FORBIDDEN'],
    ['an error that is text', { error: 'invalid' }, 'GOOGLE_FORBIDDEN'],
    ['errors that are no list', { error: { errors: 'no' } }, 'GOOGLE_FORBIDDEN'],
    ['JSON that breaks off', '{"error":{"err', 'GOOGLE_FORBIDDEN'],
  ])('%s is read', (_name, data, code) => {
    expect(classified(thrown(403, data)).code).toBe(code)
  })

  it.each([404, 410])('a page that answers %i is not taken for a word about the event', (status) => {
    const error = classified(thrown(status, '<html>Not Found</html>', { 'content-type': 'text/html' }))
    expect(error).toMatchObject({ code: 'GOOGLE_UNAVAILABLE', retryable: true })
    expect(verdictOf(error)).toEqual({ applied: 'no', next: 'later' })
  })

  it('a reason that could be data is not repeated', () => {
    const error = classified(thrown(400, backEnd(400, 'maria@example.com')))
    expect(error.message).not.toContain('maria')
  })

  it('the bearer token is nowhere in the error', () => {
    expect(inspect(classified(thrown(500, null)), { depth: 10 })).not.toContain('ya29')
  })
})

describe('Retry-After', () => {
  it.each([
    ['7', 7000],
    ['Mon, 04 May 2026 12:00:30 GMT', 30_000],
    ['Mon, 04 May 2026 11:00:00 GMT', undefined],
    ['soon', undefined],
    ['-5', undefined],
    ['99999999', undefined],
  ])('%s is %s milliseconds', (value, expected) => {
    const error = classified(thrown(429, backEnd(429, 'rateLimitExceeded'), { 'retry-after': value }))
    expect(error.retryAfterMs).toBe(expected)
  })
})

describe('no answer', () => {
  const fetchFailed = (code: string): Error =>
    new TypeError('fetch failed', { cause: Object.assign(new Error('ya29.secret'), { code }) })

  it.each(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])('%s leaves open whether the write happened', (code) => {
    const error = classifyLostAnswer(answerLost(fetchFailed(code)), patch)
    expect(error).toMatchObject({ code: 'GOOGLE_UNAVAILABLE', retryable: true })
    expect(error.message).toContain(code)
    expect(verdictOf(error)).toEqual({ applied: 'unknown', next: 'retry' })
    expect(inspect(error, { depth: 10 })).not.toContain('ya29')
  })

  it.each(['ENOTFOUND', 'ECONNREFUSED', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'])(
    '%s: Google never saw the request',
    (code) => {
      const error = classifyLostAnswer(answerLost(fetchFailed(code)), patch)
      expect(verdictOf(error)).toEqual({ applied: 'no', next: 'retry' })
    },
  )

  it('a failure without a code, and one that is no error at all, count as lost', () => {
    for (const error of [new Error('x'), 'text', undefined, new TypeError('fetch failed', { cause: 'text' })])
      expect(answerLost(error)).toMatchObject({ how: 'lost', message: 'connection failed' })
  })

  it('a time-out is read before it is written again, and not waited for twice', () => {
    const error = classifyLostAnswer(new AnswerLost('timedOut', 'within 5 ms'), patch)
    expect(error).toMatchObject({ code: 'GOOGLE_TIMEOUT', retryable: true })
    expect(verdictOf(error)).toEqual({ applied: 'unknown', next: 'later' })
  })

  it('a read is never said to have written', () => {
    const read = { ...patch, kind: 'read' } as const
    expect(verdictOf(classifyLostAnswer(new AnswerLost('lost', 'x'), read))?.applied).toBe('no')
    expect(verdictOf(classified(thrown(500, null), read))?.applied).toBe('no')
  })
})

describe('the verdict', () => {
  it('of failures on the way to a token: nothing was sent', () => {
    const revoked = new AppointmentSyncError({ code: 'OAUTH_GRANT_REVOKED', message: 'gone' })
    expect(verdictOf(revoked)).toEqual({ applied: 'no', next: 'reconnect' })
  })

  it('of a request that cannot be made: it is given up', () => {
    expect(verdictOf(unsendable(patch))).toEqual({ applied: 'no', next: 'give_up' })
  })

  it('of a failure that no call gave: none', () => {
    expect(verdictOf(new AppointmentSyncError({ code: 'STORAGE_FAILED', message: 'x' }))).toBeNull()
    expect(verdictOf(new Error('x'))).toBeNull()
    expect(verdictOf(null)).toBeNull()
  })
})

const FOLLOWS: Readonly<Record<FailureRow['next'], string>> = {
  retry: 'tried again in line, then from the outbox',
  later: 'tried again from the outbox',
  park_owner: 'the owner is parked',
  reconnect: 'the person has to connect again',
  read: 'the event is read and merged',
  full_pass: 'a full pass',
  operator: 'waits for the operator',
  give_up: 'put aside with its reason',
}

describe('the table', () => {
  const rows: [string, FailureRow][] = [
    ...Object.entries(FAILURES_BY_REASON).map(([reason, row]): [string, FailureRow] => [
      `\`${reason}\``,
      row,
    ]),
    ...Object.entries(FAILURES_BY_STATUS).map(([status, row]): [string, FailureRow] => [status, row]),
    ['5xx', FAILURES_WITHOUT_ANSWER.lost],
    ['other 4xx', FAILURES_BY_REASON['invalid'] as FailureRow],
    ['no connection', FAILURES_WITHOUT_ANSWER.unsent],
    ['lost connection', FAILURES_WITHOUT_ANSWER.lost],
    ['no answer in time', FAILURES_WITHOUT_ANSWER.timedOut],
  ]

  it('is the one on the page of errors, row for row', () => {
    const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
    const written = page
      .split('\n')
      .filter((line) => /^\| (?!Google|-)/.test(line))
      .map((line) =>
        line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      )
    const expected = rows.map(([answer, { code, applied, next }]) => [
      answer,
      `\`${code}\``,
      applied,
      FOLLOWS[next],
    ])
    expect(written).toEqual(expected)
  })

  it('names registered codes, and a remedy that is a sentence', () => {
    for (const [, { code, remedy }] of rows) {
      expect(ERROR_CODES).toHaveProperty(code)
      expect(remedy).toMatch(/^[A-Z].*\.$/)
    }
  })

  it('repeats in line only what can help by itself', () => {
    for (const [name, { next, retryable }] of rows) {
      if (next === 'retry' || next === 'later') expect(retryable, name).toBe(true)
      if (next === 'give_up' || next === 'operator' || next === 'reconnect')
        expect(retryable, name).toBe(false)
    }
  })
})
