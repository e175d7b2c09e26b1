import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { classifyGoogleError } from '../../src/google/classify-error.ts'

function answer(status: number, reason: string | null, headers: Record<string, string> = {}): unknown {
  const data =
    reason === null ? '<html>Bad Gateway</html>' : { error: { code: status, errors: [{ reason }] } }
  return Object.assign(new Error('ya29.secret in the message'), {
    response: { status, data, headers: new Headers(headers) },
    config: { headers: { Authorization: 'Bearer ya29.secret' } },
  })
}

describe('a failed answer', () => {
  it.each([
    [403, 'userRateLimitExceeded', 'GOOGLE_RATE_LIMITED', true],
    [403, 'rateLimitExceeded', 'GOOGLE_RATE_LIMITED', true],
    [429, 'rateLimitExceeded', 'GOOGLE_RATE_LIMITED', true],
    [403, 'quotaExceeded', 'GOOGLE_QUOTA_EXCEEDED', true],
    [403, 'insufficientPermissions', 'OAUTH_SCOPE_MISSING', false],
    [403, 'accessNotConfigured', 'GOOGLE_API_DISABLED', false],
    [403, 'forbidden', 'GOOGLE_FORBIDDEN', false],
    [403, 'forbiddenForNonOrganizer', 'GOOGLE_FORBIDDEN', false],
    [401, 'authError', 'GOOGLE_UNAUTHORIZED', true],
    [404, 'notFound', 'GOOGLE_NOT_FOUND', false],
    [409, 'duplicate', 'GOOGLE_DUPLICATE_ID', false],
    [409, 'conflict', 'GOOGLE_UNAVAILABLE', true],
    [410, 'fullSyncRequired', 'GOOGLE_SYNC_TOKEN_INVALID', true],
    [410, 'deleted', 'GOOGLE_GONE', false],
    [412, 'conditionNotMet', 'GOOGLE_PRECONDITION_FAILED', false],
    [400, 'invalid', 'GOOGLE_REJECTED', false],
    [500, 'backendError', 'GOOGLE_UNAVAILABLE', true],
    [502, null, 'GOOGLE_UNAVAILABLE', true],
    [503, 'somethingNew', 'GOOGLE_UNAVAILABLE', true],
    [403, 'somethingNew', 'GOOGLE_FORBIDDEN', false],
    [418, null, 'GOOGLE_REJECTED', false],
  ])('%i %s is %s, retryable: %s', (status, reason, code, retryable) => {
    expect(classifyGoogleError(answer(status, reason), 'events.patch', 'event e')).toMatchObject({
      code,
      retryable,
    })
  })

  it('keeps what Google asked for in Retry-After', () => {
    const error = classifyGoogleError(answer(429, 'rateLimitExceeded', { 'retry-after': '7' }), 'm', 's')
    expect(error.retryAfterMs).toBe(7000)
  })

  it('a lost connection is retryable and says which way it was lost', () => {
    const lost = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })
    expect(classifyGoogleError(lost, 'events.insert', 'event e')).toMatchObject({
      code: 'GOOGLE_UNAVAILABLE',
      retryable: true,
      message: expect.stringContaining('ECONNRESET') as string,
    })
  })

  it('the bearer token is nowhere in the error', () => {
    expect(inspect(classifyGoogleError(answer(500, 'backendError'), 'm', 's'), { depth: 10 })).not.toContain(
      'ya29',
    )
  })
})
