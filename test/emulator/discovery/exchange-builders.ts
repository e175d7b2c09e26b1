import type { Exchange } from '../../../src/testing/emulator/service.ts'

/** A good answer and its request, in the parts that a test may break. */
export interface ExchangeParts {
  calendarMethod: string
  method: string
  /** Path and query. */
  target: string
  /** Absent: no body. */
  requestBody?: unknown
  requestHeaders?: Record<string, string>
  status: number
  headers: Record<string, string>
  /** A string is sent as it is; undefined: no body. */
  body?: unknown
}

const asText = (body: unknown): string | null =>
  body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body)

/** The exchange over its parts. */
export function exchangeOf(parts: ExchangeParts): Exchange {
  return {
    calendarMethod: parts.calendarMethod,
    request: {
      method: parts.method,
      url: new URL(parts.target, 'http://google.emulator'),
      headers: new Headers(parts.requestHeaders),
      body: asText(parts.requestBody) ?? '',
      bodyTooLarge: false,
    },
    response: { status: parts.status, headers: parts.headers, body: asText(parts.body) },
  }
}

const JSON_TYPE = { 'content-type': 'application/json; charset=UTF-8' }

/** An answer to GET. */
export function answered(calendarMethod: string, target: string, body: unknown): ExchangeParts {
  return { calendarMethod, method: 'GET', target, status: 200, headers: { ...JSON_TYPE }, body }
}

/** A list of events. */
export const eventsAnswered = (body: unknown, query: string = ''): ExchangeParts =>
  answered('calendar.events.list', `/calendar/v3/calendars/primary/events${query}`, body)

/** One event. */
export const eventAnswered = (body: unknown): ExchangeParts =>
  answered('calendar.events.get', '/calendar/v3/calendars/primary/events/abcdef', body)

/** A refusal of `events.get`. */
export function refusedWith(status: number, body: unknown): ExchangeParts {
  return { ...eventAnswered(body), status }
}

/** A refusal of the token endpoint. */
export function tokenRefused(status: number, body: unknown): ExchangeParts {
  return { ...answered('oauth.token', '/token', body), method: 'POST', status }
}
