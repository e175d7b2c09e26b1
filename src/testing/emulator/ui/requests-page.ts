import {
  emptyResponse,
  escapeHtml,
  redirectResponse,
  type EmulatedRequest,
  type EmulatedResponse,
} from '../messages.ts'
import { buttonForm, page, pageResponse } from './markup.ts'
import { MOST_ROWS, type FeedRow, type RequestsFeed } from './requests-feed.ts'

const STREAM_PATH = '/ui/requests/stream'
/** How soon the browser asks again after an answer of the stream. */
const RETRY_MS = 200

/** The cells of a row: time, method, path, status, units. */
function cells({ request }: FeedRow): string[] {
  const time = new Date(request.at).toISOString().replace('T', ' ')
  const query = new URLSearchParams(request.query).toString()
  const path = query === '' ? request.path : `${request.path}?${query}`
  // 0 stands for an answer that is still to come, and for one that never came.
  const status = request.status === 0 ? 'none (yet)' : String(request.status)
  return [time, request.method, path, status, String(request.units)]
}

function row(shown: FeedRow): string {
  const columns = cells(shown).map(
    (text, index) => `<td${index > 2 ? ' class="number"' : ''}>${escapeHtml(text)}</td>`,
  )
  return `<tr data-number="${shown.number}">${columns.join('')}</tr>`
}

function requestsPage(feed: RequestsFeed): EmulatedResponse {
  const version = feed.version()
  const rows = feed.rows().map(row)
  const content = `<p data-stream-state role="status">Reload the page to see new requests.</p>
<table><caption>The last ${MOST_ROWS} requests to Google, newest first; times in UTC, by the emulator’s clock</caption>
<thead><tr><th scope="col">Time</th><th scope="col">Method</th><th scope="col">Path</th><th scope="col">Status</th><th scope="col">Quota units</th></tr></thead>
<tbody data-stream="${STREAM_PATH}?after=${version}" data-most="${MOST_ROWS}">${rows.join('')}</tbody></table>
${buttonForm('/ui/requests/clear', {}, 'Clear', 'forget these requests')}`
  return pageResponse(200, page('Requests', content))
}

/**
 * Server-sent events by answers that wait: each holds what is new since the last one and then ends, and the
 * browser asks again with `Last-Event-ID` (https://html.spec.whatwg.org/multipage/server-sent-events.html).
 */
async function stream(
  feed: RequestsFeed,
  request: EmulatedRequest,
  signal?: AbortSignal,
): Promise<EmulatedResponse> {
  const seen = request.headers.get('last-event-id') ?? request.url.searchParams.get('after') ?? '0'
  const after = /^\d{1,15}$/.test(seen) ? Number(seen) : 0
  // A page that outlived its emulator knows a later version than there is.
  const rows = await feed.newerThan(after > feed.version() ? 0 : after, signal)
  const data = JSON.stringify(rows.map((shown) => ({ number: shown.number, cells: cells(shown) })))
  return {
    status: 200,
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
    body: `retry: ${RETRY_MS}\nid: ${feed.version()}\ndata: ${data}\n\n`,
  }
}

/** The page of requests, its stream, and the button that clears it; null for another path. */
export async function serveRequests(
  feed: RequestsFeed,
  log: unknown[],
  request: EmulatedRequest,
  signal?: AbortSignal,
): Promise<EmulatedResponse | null> {
  const { pathname } = request.url
  if (pathname === '/ui/requests' && request.method === 'GET') return requestsPage(feed)
  if (pathname === STREAM_PATH && request.method === 'GET') return stream(feed, request, signal)
  if (pathname === '/ui/requests/clear' && request.method === 'POST') {
    log.length = 0
    return redirectResponse('/ui/requests', 303)
  }
  return pathname === '/ui/requests' || pathname.startsWith('/ui/requests/') ? emptyResponse(405) : null
}
