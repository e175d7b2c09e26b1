import { CALENDAR_ROUTES } from '../calendars/routes.ts'
import { EVENT_ROUTES } from '../events/routes.ts'
import { PUSH_ROUTES } from '../push/routes.ts'
import { matchRoute, type Route } from './routing.ts'

const ROUTES: readonly Route[] = [...EVENT_ROUTES, ...CALENDAR_ROUTES, ...PUSH_ROUTES]

/** The route of a method and a path under `/calendar/v3/`. @throws CalendarApiError 404, 405, 400. */
export function findRoute(method: string, pathname: string): ReturnType<typeof matchRoute> {
  return matchRoute(ROUTES, method, pathname)
}
