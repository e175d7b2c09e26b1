import { HttpRefusal } from './http-refusal.ts'
import type { Route } from './route.ts'

/** A route and what the path says for its placeholders. */
export interface RouteMatch {
  readonly route: Route
  readonly params: Readonly<Record<string, string>>
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch (error) {
    throw new HttpRefusal({
      code: 'INVALID_REQUEST',
      message: 'The path is not valid: a percent sign is not followed by UTF-8 in hexadecimal.',
      cause: error,
    })
  }
}

/** Segments are split first and decoded after, so that an id may hold an encoded slash. */
function segmentsBelow(basePath: string, pathname: string): string[] | null {
  if (!pathname.startsWith(`${basePath}/`)) return null
  return pathname
    .slice(basePath.length + 1)
    .split('/')
    .map(decode)
}

function paramsOf(route: Route, segments: readonly string[]): Record<string, string> | null {
  const pattern = route.path.split('/')
  if (pattern.length !== segments.length) return null
  const params: Record<string, string> = {}
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? ''
    if (part.startsWith('{')) params[part.slice(1, -1)] = segment
    else if (part !== segment) return null
  }
  return params
}

function methodsOf(route: Route): string[] {
  return route.method === 'GET' && route.answersHead ? ['GET', 'HEAD'] : [route.method]
}

/** Finds the route of a request, or refuses with `ROUTE_NOT_FOUND` or `METHOD_NOT_ALLOWED`. */
export function matchRoute(
  routes: readonly Route[],
  basePath: string,
  target: { readonly pathname: string; readonly method: string },
): RouteMatch {
  const segments = segmentsBelow(basePath, target.pathname)
  const matches: RouteMatch[] = []
  for (const route of segments === null ? [] : routes) {
    const params = paramsOf(route, segments ?? [])
    if (params !== null) matches.push({ route, params })
  }
  if (matches.length === 0) {
    throw new HttpRefusal({ code: 'ROUTE_NOT_FOUND', message: 'There is no such route.' })
  }
  const match = matches.find(({ route }) => methodsOf(route).includes(target.method))
  if (match !== undefined) return match
  const allow = matches.flatMap(({ route }) => methodsOf(route)).join(', ')
  throw new HttpRefusal({
    code: 'METHOD_NOT_ALLOWED',
    message: `This route takes ${allow}.`,
    headers: { allow },
  })
}
