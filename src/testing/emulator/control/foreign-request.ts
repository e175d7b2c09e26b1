import type { EmulatedRequest } from '../messages.ts'

/**
 * Whether a page of another site caused this request: such a page must neither act here nor read.
 * A browser says so by `Sec-Fetch-Site` or `Origin`; programs send neither and are let through.
 */
export function isForeignRequest(request: EmulatedRequest): boolean {
  const site = request.headers.get('sec-fetch-site')
  // What the browser says here is final; its Origin may be hidden by a page's referrer policy.
  if (site !== null) return site !== 'same-origin' && site !== 'none'
  const origin = request.headers.get('origin')
  if (origin === null) return false
  if (!URL.canParse(origin)) return true
  // The port serves several names of this machine, and the browser uses the one that was typed.
  const { host } = new URL(origin)
  return host !== (request.headers.get('host') ?? request.url.host) && host !== request.url.host
}
