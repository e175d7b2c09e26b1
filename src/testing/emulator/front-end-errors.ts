import type { GoogleErrorEntry } from './errors.ts'
import type { JsonObject } from './json.ts'
import { htmlResponse, jsonResponse, type EmulatedResponse } from './messages.ts'

/** The service as Google's front end names it. */
const SERVICE = 'calendar-json.googleapis.com'
/** The number of the emulated project. */
const PROJECT = '100000000001'

/** The canonical code that the front end puts beside an HTTP status (google.rpc.Code). */
const RPC_STATUS: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  412: 'FAILED_PRECONDITION',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
}

function errorInfo(reason: string, metadata: JsonObject): JsonObject {
  return {
    '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
    reason,
    domain: 'googleapis.com',
    metadata: { service: SERVICE, ...metadata },
  }
}

/**
 * The envelope of the layer before the service, `{"error":{"code","message","errors","status"[,"details"]}}`: it
 * has a `status`, sometimes details, and its own order of members.
 * @param message of the whole; default: the entry's.
 */
export function frontEndErrorResponse(
  status: number,
  entry: GoogleErrorEntry & { readonly extendedHelp?: string },
  more: { readonly message?: string; readonly details?: JsonObject[] } = {},
): EmulatedResponse {
  const { message, domain, reason, location, locationType, extendedHelp } = entry
  const rpcStatus = RPC_STATUS[status]
  return jsonResponse(status, {
    error: {
      code: status,
      message: more.message ?? message,
      errors: [
        {
          message,
          domain,
          reason,
          ...(location && locationType ? { location, locationType } : {}),
          ...(extendedHelp ? { extendedHelp } : {}),
        },
      ],
      ...(rpcStatus ? { status: rpcStatus } : {}),
      ...(more.details ? { details: more.details } : {}),
    },
  })
}

/**
 * 403 for a token that lacks the scope.
 * @param rpc the method as Google's front end spells it, such as `calendar.v3.Events.Insert`.
 */
export function insufficientScopeResponse(rpc: string): EmulatedResponse {
  const entry = { message: 'Insufficient Permission', domain: 'global', reason: 'insufficientPermissions' }
  const answer = frontEndErrorResponse(403, entry, {
    message: 'Request had insufficient authentication scopes.',
    details: [errorInfo('ACCESS_TOKEN_SCOPE_INSUFFICIENT', { method: rpc })],
  })
  const challenge =
    'Bearer realm="https://accounts.google.com/", error="insufficient_scope", scope="https://www.googleapis.com/auth/calendar"'
  return { ...answer, headers: { ...answer.headers, 'www-authenticate': challenge } }
}

/** 403 for a project in which nobody switched the Calendar API on. */
export function accessNotConfiguredResponse(): EmulatedResponse {
  const page = `https://console.developers.google.com/apis/api/${SERVICE}/overview?project=${PROJECT}`
  const message = `Google Calendar API has not been used in project ${PROJECT} before or it is disabled. Enable it by visiting ${page} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.`
  const entry = {
    message,
    domain: 'usageLimits',
    reason: 'accessNotConfigured',
    extendedHelp: 'https://console.developers.google.com',
  }
  return frontEndErrorResponse(403, entry, {
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.Help',
        links: [{ description: 'Google developers console API activation', url: page }],
      },
      errorInfo('SERVICE_DISABLED', { consumer: `projects/${PROJECT}` }),
    ],
  })
}

/** 401 in the front end's envelope, for a header that is missing or a token that is not (or no longer) valid. */
export function unauthenticatedResponse(entry: GoogleErrorEntry): EmulatedResponse {
  const problem =
    entry.reason === 'required'
      ? 'Request is missing required authentication credential.'
      : 'Request had invalid authentication credentials.'
  return frontEndErrorResponse(401, entry, {
    message: `${problem} Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.`,
  })
}

const PAGE_TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Request Entity Too Large',
  414: 'Request-URI Too Large',
  429: 'Too Many Requests',
}

/** An error page of Google's edge, before any API saw the request: HTML where a client expects JSON. */
export function htmlErrorResponse(status: number): EmulatedResponse {
  const title = PAGE_TITLES[status] ?? (status >= 500 ? 'Server Error' : 'Error')
  const advice =
    status >= 500
      ? 'The server encountered a temporary error and could not complete your request. Please try again in 30 seconds.'
      : 'Your client has issued a malformed or illegal request.'
  const { headers, body } = htmlResponse(
    status,
    `<!DOCTYPE html><html lang=en><meta charset=utf-8><title>Error ${status} (${title})!!1</title><p><b>${status}.</b> <ins>That’s an error.</ins><p>${advice} <ins>That’s all we know.</ins>`,
  )
  return { status, headers: { 'content-type': headers['content-type'] ?? 'text/html' }, body }
}
