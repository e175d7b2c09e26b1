import type { Exchange } from '../../../src/testing/emulator/service.ts'
import { readDiscovery } from './document.ts'
import { createExchangeCheck, type ExchangeCheck } from './validate-exchange.ts'

const problems: string[] = []
const allowed: RegExp[] = []
const handMade = new Set<string>()
let check: ExchangeCheck | null | undefined

function exchangeCheck(): ExchangeCheck | null {
  if (check === undefined) {
    const discovery = readDiscovery()
    check = discovery ? createExchangeCheck(discovery) : null
  }
  return check
}

/**
 * For a test that sends what Google's document does not know and is answered all the same: problems of which the
 * pattern matches a part are no failure until the test ends.
 */
export function allowStrays(pattern: RegExp): void {
  allowed.push(pattern)
}

/** Exempts answers with this body: a fault gave it by hand. */
export function exemptBody(body: object | string): void {
  handMade.add(typeof body === 'string' ? body : JSON.stringify(body))
}

/** Validates one exchange and keeps its problems for the end of the test. */
export function watchExchange(exchange: Exchange): void {
  const { request, response } = exchange
  if (response.body !== null && handMade.has(response.body)) return
  const { pathname, search } = request.url
  const found = exchangeCheck()?.(exchange) ?? []
  problems.push(
    ...found.map((problem) => `${request.method} ${pathname}${search} → ${response.status}: ${problem}`),
  )
}

/** The problems since the last call, those that were allowed left out; forgets allowances and hand-made bodies. */
export function takeProblems(): string[] {
  const taken = problems
    .splice(0)
    .filter((problem) => !allowed.some((pattern) => problem.search(pattern) >= 0))
  allowed.length = 0
  handMade.clear()
  return [...new Set(taken)]
}
