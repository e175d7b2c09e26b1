const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
} as const

/** A JSON answer. */
export function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } })
}

/** Sends the browser on with a GET, whatever the method was (RFC 9110, 303 See Other). */
export function seeOther(location: string): Response {
  return new Response(null, { status: 303, headers: { location } })
}

/** Adds what every answer carries, and takes the body off an answer to HEAD. */
export function finish(response: Response, method: string): Response {
  const headers = new Headers(response.headers)
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) headers.set(name, value)
  return new Response(method === 'HEAD' ? null : response.body, { status: response.status, headers })
}
