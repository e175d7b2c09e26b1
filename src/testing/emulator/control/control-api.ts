import { ZodError } from 'zod'
import { CalendarApiError } from '../errors.ts'
import { problemsOf } from '../files/problem-lines.ts'
import { StateFormatError } from '../files/state-codec.ts'
import { isJsonObject, type JsonObject } from '../json.ts'
import { emptyResponse, jsonResponse, type EmulatedRequest, type EmulatedResponse } from '../messages.ts'
import { GoogleErrorPageError } from '../oauth/authorization.ts'
import { ACCOUNT_ROUTES } from './account-routes.ts'
import { CALENDAR_ROUTES } from './calendar-routes.ts'
import {
  UnknownNameError,
  type ControlDesk,
  type ControlRoute,
  type PathParameters,
} from './control-route.ts'
import { FAULT_ROUTES } from './fault-routes.ts'
import { STATE_ROUTES } from './state-routes.ts'
import { USER_ROUTES } from './user-routes.ts'

/** Every call of the control API; the one table that answers, and that `GET /_emulator` shows. */
const CONTROL_ROUTES: readonly ControlRoute[] = [
  ...STATE_ROUTES,
  ...FAULT_ROUTES,
  ...ACCOUNT_ROUTES,
  ...USER_ROUTES,
  ...CALENDAR_ROUTES,
]

/** Where the control API lives. */
const CONTROL_PREFIX = '/_emulator'

function failure(status: number, message: string, more: JsonObject = {}): EmulatedResponse {
  return jsonResponse(status, { error: { message, ...more } })
}

function decoded(segment: string): string | null {
  try {
    return decodeURIComponent(segment)
  } catch (error) {
    if (error instanceof URIError) return null
    throw error
  }
}

/** The parameters of a path that has the form of the template, or null when it has another. */
function matchPath(template: string, path: string): PathParameters | null {
  const [wanted, given] = [template.split('/'), path.split('/')]
  if (wanted.length !== given.length) return null
  const parameters: Record<string, string> = {}
  for (const [index, part] of wanted.entries()) {
    const value = decoded(given[index] ?? '')
    if (value === null) return null
    if (part.startsWith('{')) parameters[part.slice(1, -1)] = value
    else if (part !== value) return null
  }
  return parameters
}

function listOfCalls(): JsonObject {
  return {
    calls: CONTROL_ROUTES.map(({ name, method, path }) => ({ name, method, path: CONTROL_PREFIX + path })),
  }
}

function unknownPath(path: string): EmulatedResponse {
  const paths = [...new Set(CONTROL_ROUTES.map((route) => route.path))]
  // A misspelt fault is answered with the faults there are, not with everything.
  const kin = paths.filter((known) => known.split('/')[1] === path.split('/')[1])
  const names = (kin.length > 0 ? kin : paths).map((known) => CONTROL_PREFIX + known)
  return failure(404, `there is no ${CONTROL_PREFIX}${path}`, { names })
}

/** Answers for the errors a caller can cause; any other error is a bug of the emulator. */
function answerError(error: unknown): EmulatedResponse {
  if (error instanceof ZodError) {
    const problems = problemsOf(error).map((problem) => ({ ...problem }))
    return failure(400, 'wrong arguments', { problems })
  }
  if (error instanceof UnknownNameError) return failure(404, error.message, { names: [...error.names] })
  if (error instanceof CalendarApiError)
    return failure(error.status, error.message, { reason: error.entry.reason })
  if (error instanceof GoogleErrorPageError) return failure(400, error.message, { code: error.code })
  if (error instanceof StateFormatError) return failure(400, error.message)
  // What the emulator throws at a test for a wrong argument; every other class of error is a bug.
  const plain =
    error instanceof Error && [Error.prototype, RangeError.prototype].includes(Object.getPrototypeOf(error))
  if (plain) return failure(400, error.message)
  throw error
}

function readBody(text: string): JsonObject | null {
  if (text.trim() === '') return {}
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? value : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/**
 * Answers a call of the control API: all that a test can do in the process, with a JSON object of the
 * arguments as the body. 400 names the wrong member, 404 the names there are; nothing is thrown for bad input.
 */
export async function controlApi(desk: ControlDesk, request: EmulatedRequest): Promise<EmulatedResponse> {
  const path = request.url.pathname.slice(CONTROL_PREFIX.length)
  if (path === '' || path === '/') {
    return request.method === 'GET' ? jsonResponse(200, listOfCalls()) : emptyResponse(405, { allow: 'GET' })
  }
  const found = CONTROL_ROUTES.flatMap((route) => {
    const parameters = matchPath(route.path, path)
    return parameters ? [{ route, parameters }] : []
  })
  if (found.length === 0) return unknownPath(path)
  const chosen = found.find(({ route }) => route.method === request.method)
  if (!chosen) {
    const allow = found.map(({ route }) => route.method).join(', ')
    const { status, headers, body } = failure(405, `${CONTROL_PREFIX}${path} takes ${allow}`)
    return { status, headers: { ...headers, allow }, body }
  }
  if (request.bodyTooLarge) return failure(413, 'the body is too large')
  const body = readBody(request.body)
  if (body === null) return failure(400, 'the body must be a JSON object of the arguments')
  try {
    const answer = await chosen.route.run(desk, body, chosen.parameters)
    return answer === undefined ? emptyResponse(204) : jsonResponse(200, answer)
  } catch (error) {
    return answerError(error)
  }
}
