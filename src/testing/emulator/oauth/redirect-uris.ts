/** The machine itself, the one place to which Google sends codes over plain HTTP. */
const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])$/

function problemOf(uri: string): string | null {
  if (!URL.canParse(uri)) return 'it is no absolute URL'
  const { protocol, hostname, username, password } = new URL(uri)
  const loopback = LOOPBACK.test(hostname)
  if (protocol !== 'https:' && !(protocol === 'http:' && loopback)) return 'it has to be https, or localhost'
  if (username !== '' || password !== '') return 'it carries a user or a password'
  if (uri.includes('#')) return 'it has a fragment'
  if (uri.includes('*')) return 'it has a wildcard'
  if (/(?:\/|%2f)(?:\.|%2e){2}(?:\/|%2f|$)/i.test(uri) || uri.includes('\\'))
    return 'it walks through folders'
  if (loopback) return null
  if (/^\[|^\d+(?:\.\d+){3}$/.test(hostname)) return 'it names a raw IP address'
  return hostname.includes('.') ? null : 'its host is under no top-level domain'
}

/**
 * Refuses what Google does not let a client register as a redirect URI
 * (https://developers.google.com/identity/protocols/oauth2/web-server#uri-validation). That the domain is on a
 * public suffix is not looked up.
 * @throws RangeError that names the URI and what is wrong with it.
 */
export function checkRedirectUris(clientId: string, uris: readonly string[]): void {
  for (const uri of uris) {
    const problem = problemOf(uri)
    if (problem !== null)
      throw new RangeError(`Google does not take the redirect URI ${uri} of client ${clientId}: ${problem}`)
  }
}
