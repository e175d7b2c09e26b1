/** Stands for "this site" while a relative address is taken apart; never sent anywhere. */
const HERE = 'http://relative.invalid'
const MAX_LENGTH = 2000

// Browsers drop tabs and line breaks inside an address and read a backslash as a slash.
// eslint-disable-next-line no-control-regex -- control characters are exactly what is refused
const TREACHEROUS = /[\u0000-\u0020\u007f\\]/

/** Says where a person may be sent after connecting. */
export interface ReturnToPolicy {
  /** Whether `returnTo` is a path of this site or an address, and on the list. */
  allows(returnTo: string): boolean
}

/** An address taken apart as a browser would; `null` when it is none or tries to be two things at once. */
function parseReturnTo(text: string): URL | null {
  if (text.length > MAX_LENGTH || TREACHEROUS.test(text) || text.startsWith('//')) return null
  const relative = text.startsWith('/')
  const url = URL.parse(text, relative ? HERE : undefined)
  if (url === null || url.username !== '' || url.password !== '') return null
  if (!['http:', 'https:'].includes(url.protocol)) return null
  if (relative !== (url.origin === HERE)) return null
  // `/.//evil.example` becomes the path `//evil.example`, which reads as another host wherever it is reused.
  return url.pathname.startsWith('//') ? null : url
}

function isUnder(url: URL, prefix: URL): boolean {
  if (url.origin !== prefix.origin) return false
  const path = prefix.pathname.replace(/\/$/, '')
  return url.pathname === path || url.pathname.startsWith(`${path}/`)
}

/** Whether `text` can stand in an allow list: a path of this site, or an origin with or without a path. */
export function isReturnToPrefix(text: string): boolean {
  const url = parseReturnTo(text)
  return url !== null && url.search === '' && url.hash === ''
}

/**
 * The policy of an allow list. Prefixes end at a path segment: `/settings` lets `/settings/calendar` pass and
 * `/settingsx` not. Without a list every path of this site passes, and no other site.
 */
export function returnToPolicy(allowed: readonly string[] | undefined): ReturnToPolicy {
  const prefixes = (allowed ?? ['/']).map(parseReturnTo).filter((url) => url !== null)
  return {
    allows: (returnTo) => {
      const url = parseReturnTo(returnTo)
      return url !== null && prefixes.some((prefix) => isUnder(url, prefix))
    },
  }
}

/** `returnTo` with the outcome added to its query; relative stays relative. */
export function withOutcome(returnTo: string, outcome: Readonly<Record<string, string>>): string {
  const url = new URL(returnTo, HERE)
  for (const [name, value] of Object.entries(outcome)) url.searchParams.set(name, value)
  return url.origin === HERE ? `${url.pathname}${url.search}${url.hash}` : url.href
}
