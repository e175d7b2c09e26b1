import type { Exchange } from '../../../src/testing/emulator/service.ts'
import { batchProblems } from './batch-answer.ts'
import type { Discovery } from './document.ts'
import { calendarErrorProblems, oauthErrorProblems } from './error-envelopes.ts'
import { factProblems } from './facts.ts'
import { createSchemaCheck } from './json-schema.ts'
import { findMethod, parameterProblems, type MethodMatch } from './parameters.ts'
import { missingMembers } from './required-members.ts'

/** Says what in an exchange contradicts Google's protocol; an empty list for one that does not. */
export type ExchangeCheck = (exchange: Exchange) => string[]

const NOT_JSON = Symbol('not JSON')

function readJson(body: string | null): unknown {
  if (body === null || body === '') return undefined
  try {
    return JSON.parse(body)
  } catch (error) {
    if (error instanceof SyntaxError) return NOT_JSON
    throw error
  }
}

function header({ response }: Exchange, name: string): string {
  const found = Object.entries(response.headers).find(([given]) => given.toLowerCase() === name)
  return found?.[1] ?? ''
}

function jsonTypeProblems(exchange: Exchange): string[] {
  const type = header(exchange, 'content-type')
  return /^application\/json; charset=utf-8$/i.test(type) ? [] : [`answer: content type ${type || 'missing'}`]
}

function meantMethod({ request }: Exchange): string {
  const override = request.headers.get('x-http-method-override')?.toUpperCase()
  return request.method === 'POST' && override ? override : request.method
}

const prefixed = (part: string, problems: readonly string[]): string[] =>
  problems.map((problem) => `${part} ${problem}`)

function bodilessProblems({ response }: Exchange): string[] {
  return response.body === null || response.body === ''
    ? []
    : [`answer: a body in an answer of status ${response.status}`]
}

const isHtml = (exchange: Exchange): boolean => header(exchange, 'content-type').startsWith('text/html')

function failureProblems(exchange: Exchange): string[] {
  const { calendarMethod, response } = exchange
  // The edge of Google's network answers in HTML, above all with 5xx and for paths that are no method.
  if (isHtml(exchange) && (response.status >= 500 || calendarMethod === 'unknown')) return []
  return [
    ...jsonTypeProblems(exchange),
    ...prefixed('answer', calendarErrorProblems(response.status, readJson(response.body))),
  ]
}

const TOKEN_ANSWER: Readonly<Record<string, 'string' | 'number'>> = {
  access_token: 'string',
  expires_in: 'number',
  refresh_token: 'string',
  refresh_token_expires_in: 'number',
  scope: 'string',
  token_type: 'string',
  id_token: 'string',
}

/** google-api.md §1.3. */
function tokenProblems(body: unknown): string[] {
  if (typeof body !== 'object' || body === null) return ['answer /: must be object']
  const wrong = Object.entries(body).flatMap(([name, value]) => {
    const type = TOKEN_ANSWER[name]
    if (type === undefined) return [`answer /: unknown member ${name}`]
    return typeof value === type ? [] : [`answer /${name}: must be ${type}`]
  })
  const missing = ['access_token', 'expires_in', 'scope', 'token_type']
    .filter((name) => !(name in body))
    .map((name) => `answer /: member ${name} is missing`)
  return [...wrong, ...missing]
}

function oauthProblems(exchange: Exchange): string[] {
  const { calendarMethod, response } = exchange
  // The consent page and Google's own error pages are for people.
  if (calendarMethod === 'oauth.authorize') return []
  if (response.status === 405 && !response.body) return []
  const body = readJson(response.body)
  if (body === NOT_JSON) {
    return response.status >= 500 && isHtml(exchange) ? [] : ['answer /: not JSON']
  }
  if (response.status >= 400) {
    return [...jsonTypeProblems(exchange), ...prefixed('answer', oauthErrorProblems(body))]
  }
  return [...jsonTypeProblems(exchange), ...(calendarMethod === 'oauth.token' ? tokenProblems(body) : [])]
}

/** Makes the check of exchanges against a discovery document. */
export function createExchangeCheck(discovery: Discovery): ExchangeCheck {
  const schemas = createSchemaCheck(discovery)

  function requestProblems(exchange: Exchange, match: MethodMatch): string[] {
    const { id, httpMethod, request: schema } = match.method
    const { url, body: text } = exchange.request
    const body = readJson(text)
    const parameters = parameterProblems(discovery, match, url.searchParams)
    if (body === NOT_JSON) return [...parameters, '/: not JSON']
    if (!schema) return [...parameters, ...(body === undefined ? [] : [`/: ${id} takes no body`])]
    const purpose = httpMethod === 'PATCH' ? 'patch' : 'body'
    return [
      ...parameters,
      ...(body === undefined ? [] : schemas.problems(purpose, schema.$ref, body)),
      ...missingMembers(discovery, id, schema, body ?? {}),
    ]
  }

  function answerProblems(exchange: Exchange, { method }: MethodMatch): string[] {
    const { request, response } = exchange
    if (!method.response) {
      return response.status === 204
        ? bodilessProblems(exchange)
        : [`answer: ${response.status} instead of 204`]
    }
    if (response.status !== 200) return [`answer: ${response.status} instead of 200`]
    const body = readJson(response.body)
    if (body === NOT_JSON) return ['answer /: not JSON']
    const query = request.url.searchParams
    const isMasked = (query.get('fields') ?? '') !== ''
    const name = method.response.$ref
    const shape = schemas.problems(isMasked ? 'masked' : 'answer', name, body)
    const context = { methodId: method.id, query, requestBody: readJson(request.body) }
    const etag = header(exchange, 'etag')
    const bodyEtag = typeof body === 'object' && body !== null && 'etag' in body ? body.etag : etag
    return [
      ...jsonTypeProblems(exchange),
      ...prefixed('answer', shape),
      ...(isMasked ? [] : prefixed('answer', factProblems(name, body, context))),
      ...(etag === '' || etag === bodyEtag ? [] : ['answer: the etag of the header is not that of the body']),
    ]
  }

  return (exchange) => {
    const { calendarMethod, request, response } = exchange
    const { pathname } = request.url
    if (calendarMethod.startsWith('oauth.')) return oauthProblems(exchange)
    if (response.status >= 400) return failureProblems(exchange)
    if (calendarMethod === 'calendar.batch') return batchProblems(exchange)
    if (response.status === 304) return bodilessProblems(exchange)
    const match = findMethod(discovery, meantMethod(exchange), pathname)
    if (!match) return [`request: ${meantMethod(exchange)} ${pathname} is no method of the document`]
    const { id } = match.method
    return [
      ...(calendarMethod === id ? [] : [`request: called ${calendarMethod}, but it is ${id}`]),
      ...prefixed('request', requestProblems(exchange, match)),
      ...answerProblems(exchange, match),
    ]
  }
}
