/**
 * Whether a page of another site makes the browser change something with the person's cookies. Browsers send
 * `Sec-Fetch-Site` (W3C Fetch Metadata) and a page cannot forge it; other clients have no cookies to abuse.
 */
export function isCrossSiteChange(request: Request, allowedOrigins: readonly string[]): boolean {
  if (request.method === 'GET' || request.method === 'HEAD') return false
  if (request.headers.get('sec-fetch-site') !== 'cross-site') return false
  const origin = request.headers.get('origin')
  return origin === null || !allowedOrigins.includes(origin)
}
