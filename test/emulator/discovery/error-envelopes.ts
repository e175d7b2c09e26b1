import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'

const text = { type: 'string', minLength: 1 }

const entry = {
  type: 'object',
  properties: { domain: text, reason: text, message: text, locationType: text, location: text },
  required: ['domain', 'reason', 'message'],
  dependencies: { locationType: ['location'], location: ['locationType'] },
  additionalProperties: false,
}

function envelope(...extra: readonly string[]): object {
  const members = ['errors', 'code', 'message', ...extra]
  return {
    type: 'object',
    properties: {
      error: {
        type: 'object',
        properties: {
          errors: { type: 'array', minItems: 1, items: entry },
          code: { type: 'integer', minimum: 400, maximum: 599 },
          message: text,
          ...(extra.includes('status') ? { status: text, details: { type: 'array', items: detail } } : {}),
        },
        required: members,
        additionalProperties: false,
      },
    },
    required: ['error'],
    additionalProperties: false,
  }
}

const detail = { type: 'object', properties: { '@type': text }, required: ['@type'] }

const oauthError = {
  type: 'object',
  properties: { error: text, error_description: text, error_subtype: text, error_uri: text },
  required: ['error'],
  additionalProperties: false,
}

/** The names that Google's front end gives to a status. */
const RPC_CODES: Readonly<Record<number, readonly string[]>> = {
  400: ['INVALID_ARGUMENT', 'FAILED_PRECONDITION', 'OUT_OF_RANGE'],
  401: ['UNAUTHENTICATED'],
  403: ['PERMISSION_DENIED', 'RESOURCE_EXHAUSTED'],
  404: ['NOT_FOUND'],
  409: ['ALREADY_EXISTS', 'ABORTED'],
  429: ['RESOURCE_EXHAUSTED'],
  500: ['INTERNAL', 'UNKNOWN'],
  501: ['UNIMPLEMENTED'],
  503: ['UNAVAILABLE'],
  504: ['DEADLINE_EXCEEDED'],
}

/** Domain and statuses of the reasons of google-api.md §6. */
const REASONS: Readonly<Record<string, readonly [domain: string, ...statuses: number[]]>> = {
  timeRangeEmpty: ['calendar', 400],
  timeRangeTooLong: ['calendar', 400],
  required: ['global', 400, 401],
  invalid: ['global', 400],
  badRequest: ['global', 400],
  parseError: ['global', 400],
  syncTokenWithRequestRestrictions: ['calendar', 400],
  syncTokenWithNonDefaultOrdering: ['calendar', 400],
  authError: ['global', 401],
  userRateLimitExceeded: ['usageLimits', 403, 429],
  rateLimitExceeded: ['usageLimits', 403, 429],
  quotaExceeded: ['usageLimits', 403, 429],
  dailyLimitExceeded: ['usageLimits', 403, 429],
  accessNotConfigured: ['usageLimits', 403],
  forbiddenForNonOrganizer: ['calendar', 403],
  requiredAccessLevel: ['calendar', 403],
  insufficientPermissions: ['global', 403],
  forbidden: ['global', 403],
  notFound: ['global', 404],
  duplicate: ['global', 409],
  conflict: ['global', 409],
  fullSyncRequired: ['calendar', 410],
  updatedMinTooLongAgo: ['calendar', 410],
  deleted: ['global', 410],
  conditionNotMet: ['global', 412],
  backendError: ['global', 500, 502, 503, 504],
}

interface CalendarError {
  readonly error: {
    readonly errors: readonly { readonly domain: string; readonly reason: string }[]
    readonly code: number
    readonly status?: string
  }
}

const ajv = new Ajv({ allErrors: true, strictTypes: false })
const isBackEnd: ValidateFunction = ajv.compile(envelope())
const isFrontEnd: ValidateFunction = ajv.compile(envelope('status'))
const isOAuthError: ValidateFunction = ajv.compile(oauthError)

function describe(errors: readonly ErrorObject[] | null | undefined): string[] {
  return (errors ?? []).map(({ instancePath, message, params }) => {
    const stray: unknown = params['additionalProperty']
    return typeof stray === 'string'
      ? `${instancePath || '/'}: unknown member ${stray}`
      : `${instancePath || '/'}: ${message}`
  })
}

function orderProblem(error: object, order: readonly string[]): string[] {
  const given = Object.keys(error)
  const wanted = order.filter((name) => given.includes(name))
  return given.join() === wanted.join() ? [] : [`/error: members in the order ${given.join(', ')}`]
}

/** What is wrong with the error body of a Calendar method: one of the two envelopes of google-api.md §6. */
export function calendarErrorProblems(status: number, body: unknown): string[] {
  const hasStatus =
    typeof body === 'object' &&
    body !== null &&
    'error' in body &&
    typeof body.error === 'object' &&
    body.error !== null &&
    'status' in body.error
  const validate = hasStatus ? isFrontEnd : isBackEnd
  if (!validate(body)) return describe(validate.errors)
  const { error } = body as CalendarError
  const order = hasStatus ? ['code', 'message', 'errors', 'status', 'details'] : ['errors', 'code', 'message']
  return [
    ...(error.code === status ? [] : [`/error/code: ${error.code} in an answer of status ${status}`]),
    ...(error.status === undefined || (RPC_CODES[status] ?? [error.status]).includes(error.status)
      ? []
      : [`/error/status: ${error.status} in an answer of status ${status}`]),
    ...orderProblem(error, order),
    ...error.errors.flatMap(({ domain, reason }, index) => {
      const [usual, ...statuses] = REASONS[reason] ?? [domain, status]
      return [
        ...(domain === usual ? [] : [`/error/errors/${index}/domain: ${domain} for ${reason}`]),
        ...(statuses.includes(status) ? [] : [`/error/errors/${index}/reason: ${reason} with ${status}`]),
      ]
    }),
  ]
}

/** What is wrong with the error body of an OAuth endpoint: google-api.md §1.4. */
export function oauthErrorProblems(body: unknown): string[] {
  return isOAuthError(body) ? [] : describe(isOAuthError.errors)
}
