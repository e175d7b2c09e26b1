import type { WriteCheck } from './check-writes.ts'
import { type ArmedGoogleFault, armEmulator, type Faults } from './faults.ts'
import type { Grants } from './grants.ts'
import type { Gates, Life } from './gates.ts'
import { never } from './gates.ts'
import type { GoogleEmulator } from 'appointment-sync/testing/emulator'

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string | null
}

/** What the way to Google is made of. */
export interface GoogleEdgeParts {
  readonly gates: Gates
  readonly faults: Faults
  readonly google: GoogleEmulator
  readonly check: WriteCheck
  readonly note: (line: string) => void
  /** The network itself: what is under way goes on when its sender is dead. */
  readonly network: Life
  /** Whether Google knows none of the calendars for the moment. */
  readonly hidden: () => boolean
  readonly grants: Grants
  /** A request of the SDK's ended the grant of this code. */
  readonly onRevoked: (code: string) => void
}

/**
 * The `fetch` of one process. A request passes a gate before it reaches Google and another before its answer is
 * back, so that anything may happen in between.
 */
export function googleEdge(parts: GoogleEdgeParts, life: Life): typeof fetch {
  const { gates, faults, note } = parts
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    const method = (init?.method ?? 'GET').toUpperCase()
    const signal = init?.signal
    const label = `${method} ${url.pathname.replace('/calendar/v3/calendars/', '')}`
    await gates.pass(life, `google ${label}`, signal)
    const fault = hiddenFault(parts, url) ?? faults.takeGoogle(method, url.pathname)
    if (fault !== null) note(`  fault: ${fault.fault}${fault.applied ? ', applied' : ''}`)
    const send = (): Promise<Answer | Error> => request(parts, url, { ...init, signal: null }, method, fault)
    if (fault?.fault === 'hang' || fault?.fault === 'late') {
      if (fault.fault === 'late') void gates.pass(parts.network, `late ${label}`).then(send)
      else if (fault.applied) await send()
      await gates.survived(life, undefined)
      return aborted(signal)
    }
    const answer = await gates.survived(life, await send())
    await gates.pass(life, `answer ${label}`, signal)
    if (answer instanceof Error) throw answer
    return new Response(answer.text, { status: answer.status, headers: answer.headers })
  }
}

/** A calendar that is not shared any more is 404 with everything on it. */
function hiddenFault({ hidden }: GoogleEdgeParts, url: URL): ArmedGoogleFault | null {
  if (!hidden() || !/^\/(calendar|batch)\//.test(url.pathname)) return null
  return { fault: '404', aim: 'any', applied: false, passing: 0, left: 1 }
}

/** One request to the emulator, its effect looked at. A lost connection is an `Error` that is given back. */
async function request(
  parts: GoogleEdgeParts,
  url: URL,
  init: RequestInit,
  method: string,
  fault: ArmedGoogleFault | null,
): Promise<Answer | Error> {
  const { gates, google, check, note } = parts
  gates.inFlight += 1
  try {
    if (fault !== null) armEmulator(google, fault)
    const answer = await google.fetch(url.href, init).then(
      async (response): Promise<Answer> => ({
        status: response.status,
        headers: response.headers,
        text: response.body === null ? null : await response.text(),
      }),
      (error: Error) => error,
    )
    if (!(answer instanceof Error) && answer.status === 200) noteGrant(parts, url, init.body, answer.text)
    const changes = method === 'GET' ? [] : check.afterWrite()
    note(`  google: ${answer instanceof Error ? 'connection lost' : answer.status} ${changes.join(', ')}`)
    return answer
  } finally {
    gates.inFlight -= 1
    gates.activity += 1
  }
}

/** Keeps count of the grants that Google makes and ends. */
function noteGrant(
  { grants, onRevoked }: GoogleEdgeParts,
  { pathname }: URL,
  body: unknown,
  answer: string | null,
): void {
  const asked = new URLSearchParams(String(body))
  if (pathname.endsWith('/token')) {
    const { access_token, refresh_token } = JSON.parse(answer ?? '{}') as Record<string, string | undefined>
    const tokens = [access_token, refresh_token].filter((token) => token !== undefined)
    grants.gave({ code: asked.get('code'), token: asked.get('refresh_token') }, tokens)
  }
  const code = pathname.endsWith('/revoke') ? grants.revoked(asked.get('token') ?? '') : undefined
  if (code !== undefined) onRevoked(code)
}

function aborted(signal: AbortSignal | null | undefined): Promise<never> {
  if (!signal) return never()
  return new Promise((_, reject) => {
    if (signal.aborted) return reject(signal.reason as Error)
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}
