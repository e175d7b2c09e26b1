import type { ExchangeParts } from './exchange-builders.ts'

/** Makes another exchange of a good one. */
export type Change = (good: ExchangeParts) => ExchangeParts

type Json = Record<string, unknown>

/** A copy with the value at a path of members replaced; `undefined` takes the member away. */
function changed(value: unknown, path: string, replacement: unknown): unknown {
  const [head = '', ...rest] = path.split('.')
  const copy = structuredClone(value) as Json
  let place = copy
  let last = head
  for (const part of rest) {
    place = place[last] as Json
    last = part
  }
  if (replacement === undefined) delete place[last]
  else place[last] = replacement
  return copy
}

/** Another value at a path of the answer. */
export function answer(path: string, replacement: unknown): Change {
  return (good) => ({ ...good, body: changed(good.body, path, replacement) })
}

/** Another value at a path of the request body. */
export function asked(path: string, replacement: unknown): Change {
  return (good) => ({ ...good, requestBody: changed(good.requestBody, path, replacement) })
}

/** More parameters in the query. */
export function query(more: string): Change {
  return (good) => ({ ...good, target: `${good.target}${good.target.includes('?') ? '&' : '?'}${more}` })
}

/** Other parts. */
export function parts(other: Partial<ExchangeParts>): Change {
  return (good) => ({ ...good, ...other })
}

/** Other text in an answer that is not JSON. */
export function text(from: string, to: string): Change {
  return (good) => ({ ...good, body: String(good.body).replaceAll(from, to) })
}

/** The headers of a page. */
export const HTML: Record<string, string> = { 'content-type': 'text/html; charset=UTF-8' }
