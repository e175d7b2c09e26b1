import { readDiscovery, type Discovery } from './document.ts'
import { exchangeOf, type ExchangeParts } from './exchange-builders.ts'
import { createExchangeCheck, type ExchangeCheck } from './validate-exchange.ts'

const found = readDiscovery()

/** The discovery document is not there: what needs it is skipped. */
export const ABSENT: boolean = found === null

/** The discovery document; an empty one when it is absent. */
export const DOCUMENT: Discovery = found ?? {
  servicePath: '/calendar/v3/',
  batchPath: '/batch/calendar/v3',
  parameters: {},
  schemas: {},
  methods: [],
}

const check: ExchangeCheck = createExchangeCheck(DOCUMENT)

/** What the check says of an exchange. */
export const problemsOf = (parts: ExchangeParts): string[] => check(exchangeOf(parts))
