import type { Backend } from '../backend.ts'
import { isForeignRequest } from '../control/foreign-request.ts'
import { CalendarApiError } from '../errors.ts'
import { emptyResponse, redirectResponse, type EmulatedRequest, type EmulatedResponse } from '../messages.ts'
import type { LoggedRequest } from '../request-log.ts'
import { performAction } from './actions.ts'
import { calendarsPage } from './calendars-page.ts'
import { eventPage, type EventPlace } from './event-page.ts'
import { SCRIPT_PATH, STYLE_PATH, pageResponse } from './markup.ts'
import { PAGE_SCRIPT } from './page-script.ts'
import { PAGE_STYLE } from './page-style.ts'
import type { RequestsFeed } from './requests-feed.ts'
import { serveRequests } from './requests-page.ts'

/** What the pages show and change. */
export interface PageParts {
  readonly backend: Backend
  readonly requests: LoggedRequest[]
  readonly feed: RequestsFeed
}

const NOWHERE = new URLSearchParams()

function asset(type: string, body: string): EmulatedResponse {
  const headers = { 'content-type': `${type}; charset=UTF-8`, 'x-content-type-options': 'nosniff' }
  return { status: 200, headers, body }
}

function placeIn(fields: URLSearchParams): EventPlace {
  const of = (name: string): string => fields.get(name) ?? ''
  return { email: of('email'), calendar: of('calendar'), id: of('id') }
}

/** What to tell the person; an error of any other kind is a bug, and not for the page. */
function problemText(error: unknown): string {
  if (error instanceof CalendarApiError) return `Google refuses: ${error.message}`
  if (error instanceof Error && Object.getPrototypeOf(error) === Error.prototype) return error.message
  throw error
}

function showPage(backend: Backend, { pathname, searchParams }: URL): EmulatedResponse | null {
  if (pathname === '/') return pageResponse(200, calendarsPage(backend, searchParams))
  if (pathname === STYLE_PATH) return asset('text/css', PAGE_STYLE)
  if (pathname === SCRIPT_PATH) return asset('text/javascript', PAGE_SCRIPT)
  if (pathname !== '/ui/event') return null
  try {
    return pageResponse(200, eventPage(backend, placeIn(searchParams)))
  } catch (error) {
    return pageResponse(404, calendarsPage(backend, NOWHERE, problemText(error)))
  }
}

/** The page again, with what went wrong: the event's own, as it was filled in, when there is one. */
function showProblem(
  backend: Backend,
  action: string,
  form: URLSearchParams,
  note: string,
): EmulatedResponse {
  if (action === 'save') {
    try {
      return pageResponse(400, eventPage(backend, placeIn(form), note, Object.fromEntries(form)))
    } catch (error) {
      problemText(error)
    }
  }
  return pageResponse(400, calendarsPage(backend, NOWHERE, note))
}

function act(backend: Backend, request: EmulatedRequest): EmulatedResponse {
  const action = request.url.pathname.slice('/ui/'.length)
  const form = new URLSearchParams(request.body)
  try {
    return performAction(backend, action, form) ? redirectResponse('/', 303) : emptyResponse(404)
  } catch (error) {
    return showProblem(backend, action, form, problemText(error))
  }
}

/** Whether a path belongs to the pages for people. */
export function isPagePath(pathname: string): boolean {
  return pathname === '/' || pathname.startsWith('/ui/')
}

/**
 * The pages for people: calendars at `/`, an event at `/ui/event`, requests at `/ui/requests`, and their forms.
 * Forms and streams of other sites are refused with 403; what Google refuses is shown on the page, with 400.
 */
export async function userInterface(
  { backend, requests, feed }: PageParts,
  request: EmulatedRequest,
  signal?: AbortSignal,
): Promise<EmulatedResponse> {
  const { method, url } = request
  const plainPage = method === 'GET' && url.pathname !== '/ui/requests/stream'
  // A link of another site may lead to a page; it may not act, and it may not listen.
  if (!plainPage && isForeignRequest(request)) return emptyResponse(403)
  const ofRequests = await serveRequests(feed, requests, request, signal)
  if (ofRequests) return ofRequests
  if (method === 'GET') return showPage(backend, url) ?? emptyResponse(405, { allow: 'POST' })
  if (method !== 'POST' || url.pathname === '/') return emptyResponse(405)
  return act(backend, request)
}
