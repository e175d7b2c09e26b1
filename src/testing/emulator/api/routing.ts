import type { Backend } from '../backend.ts'
import { refusal } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import type { Caller } from './access.ts'

/** One call, ready for its method. */
export interface Call {
  readonly backend: Backend
  readonly caller: Caller
  readonly parameters: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly headers: Headers
  /** The JSON body; an absent one is `{}`. @throws CalendarApiError 400 `parseError`. */
  body(): JsonObject
}

/** One method of the API. `handle` returns the resource, or null for 204. */
export interface Route {
  readonly method: string
  readonly path: string
  readonly calendarMethod: string
  handle(call: Call): JsonObject | null
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch (error) {
    if (error instanceof URIError) throw refusal('badRequest')
    throw error
  }
}

function matchPath(path: string, segments: readonly string[]): Record<string, string> | null {
  const pattern = path.split('/')
  if (pattern.length !== segments.length) return null
  const parameters: Record<string, string> = {}
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? ''
    if (part.startsWith(':')) {
      if (segment === '') return null
      parameters[part.slice(1)] = decodeSegment(segment)
    } else if (part !== segment) return null
  }
  return parameters
}

/**
 * The route for a method and a path under `/calendar/v3/`.
 * @throws CalendarApiError 404 for a path that is none; 405 for a method the path does not have; 400 for bad
 * percent-encoding.
 */
export function matchRoute(
  routes: readonly Route[],
  method: string,
  pathname: string,
): { route: Route; parameters: Readonly<Record<string, string>> } {
  const segments = pathname.replace(/^\/calendar\/v3\//, '').split('/')
  const onPath = routes.flatMap((route) => {
    const parameters = matchPath(route.path, segments)
    return parameters ? [{ route, parameters }] : []
  })
  const found = onPath.find(({ route }) => route.method === method)
  if (found) return found
  throw refusal(onPath.length > 0 ? 'httpMethodNotAllowed' : 'notFound')
}
