import type { Locale } from '../domain/index.ts'

interface Currency {
  readonly symbol: string
  /** Digits after the decimal mark (ISO 4217). */
  readonly digits: number
}

/** ISO 4217: the currencies of the three languages' countries and those next to them. */
const CURRENCIES: ReadonlyMap<string, Currency> = new Map<string, Currency>([
  ['ARS', { symbol: 'AR$', digits: 2 }],
  ['AUD', { symbol: 'A$', digits: 2 }],
  ['BOB', { symbol: 'Bs', digits: 2 }],
  ['BRL', { symbol: 'R$', digits: 2 }],
  ['CAD', { symbol: 'CA$', digits: 2 }],
  ['CHF', { symbol: 'CHF', digits: 2 }],
  ['CLP', { symbol: 'CLP$', digits: 0 }],
  ['COP', { symbol: 'COL$', digits: 2 }],
  ['EUR', { symbol: '€', digits: 2 }],
  ['GBP', { symbol: '£', digits: 2 }],
  ['JPY', { symbol: '¥', digits: 0 }],
  ['MXN', { symbol: 'MX$', digits: 2 }],
  ['PEN', { symbol: 'S/', digits: 2 }],
  ['PYG', { symbol: '₲', digits: 0 }],
  ['USD', { symbol: 'US$', digits: 2 }],
  ['UYU', { symbol: '$U', digits: 2 }],
])

interface MoneyStyle {
  readonly currency: string
  readonly decimalMark: string
  readonly groupMark: string
  /** Fewest digits before the decimal mark that are grouped: Spanish leaves four together. */
  readonly groupsFrom: number
  /** The currency of the language's own country may be shorter. */
  readonly symbols: ReadonlyMap<string, string>
  readonly place: (sign: string, amount: string, symbol: string) => string
}

const STYLES: Readonly<Record<Locale, MoneyStyle>> = {
  'pt-BR': {
    currency: 'BRL',
    decimalMark: ',',
    groupMark: '.',
    groupsFrom: 4,
    symbols: new Map(),
    place: (sign, amount, symbol) => `${sign}${symbol} ${amount}`,
  },
  en: {
    currency: 'USD',
    decimalMark: '.',
    groupMark: ',',
    groupsFrom: 4,
    symbols: new Map([['USD', '$']]),
    place: (sign, amount, symbol) => `${sign}${symbol}${/[A-Za-z]$/.test(symbol) ? ' ' : ''}${amount}`,
  },
  es: {
    currency: 'EUR',
    decimalMark: ',',
    groupMark: '.',
    groupsFrom: 5,
    symbols: new Map(),
    place: (sign, amount, symbol) => `${sign}${amount} ${symbol}`,
  },
}

/** The codes that the filter `money` takes. */
export const MONEY_CURRENCIES: readonly string[] = [...CURRENCIES.keys()]

/** What is wrong with a currency, or `null`. */
export function problemOfCurrency(code: string): string | null {
  return CURRENCIES.has(code) ? null : `there is no currency "${code}"`
}

const DECIMAL = /^(-?)(\d{1,21})(?:\.(\d{1,40}))?$/
const SMALLEST = 1e-6

/** A number as its shortest decimal, or decimal text, taken apart; `null` for anything else. */
function decimalOf(value: unknown): { negative: boolean; whole: string; fraction: string } | null {
  if (typeof value !== 'number' && typeof value !== 'string') return null
  // Below it JavaScript writes an exponent; there is no such amount of money.
  const text = typeof value === 'number' && Math.abs(value) < SMALLEST ? '0' : String(value).trim()
  const match = DECIMAL.exec(text)
  return match === null
    ? null
    : { negative: match[1] === '-', whole: match[2] ?? '', fraction: match[3] ?? '' }
}

/** Rounded half away from zero, on the digits that were given: 1.005 is 1.01, whatever its binary form is. */
function minorUnits(whole: string, fraction: string, digits: number): bigint {
  const kept = BigInt(whole + fraction.slice(0, digits).padEnd(digits, '0'))
  return (fraction[digits] ?? '0') >= '5' ? kept + 1n : kept
}

/**
 * An amount in the spelling of the language: `1234.5` is `R$ 1.234,50`, `$1,234.50` or `1234,50 €`. A number, or text
 * of digits with a point, of at most 21 digits before it; anything else is `null`. An unknown currency is left out,
 * because another one would be a lie.
 */
export function formatMoney(value: unknown, currency: string | undefined, locale: Locale): string | null {
  const decimal = decimalOf(value)
  if (decimal === null) return null
  const style = STYLES[locale]
  const code = currency ?? style.currency
  const { symbol, digits } = CURRENCIES.get(code) ?? { symbol: '', digits: 2 }
  const units = minorUnits(decimal.whole, decimal.fraction, digits)
  const all = units.toString().padStart(digits + 1, '0')
  const whole = all.slice(0, all.length - digits)
  const grouped = whole.length < style.groupsFrom ? whole : whole.replace(/\B(?=(\d{3})+$)/g, style.groupMark)
  const amount = digits === 0 ? grouped : `${grouped}${style.decimalMark}${all.slice(-digits)}`
  const sign = decimal.negative && units > 0n ? '-' : ''
  const shown = style.symbols.get(code) ?? symbol
  return shown === '' ? sign + amount : style.place(sign, amount, shown)
}
