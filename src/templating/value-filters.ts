import { Context, Drop, type FilterImplOptions } from 'liquidjs'
import { DATE_STYLES, formatDate, problemOfDateFormat } from './date-filter.ts'
import { formatMoney, MONEY_CURRENCIES, problemOfCurrency } from './money-filter.ts'
import { formatPhone } from './phone-filter.ts'
import type { Spelling } from './spelling.ts'

/** What a template may read of `forloop`. */
const LOOP_PARTS: ReadonlySet<unknown> = new Set([
  'first',
  'index',
  'index0',
  'last',
  'length',
  'name',
  'rindex',
  'rindex0',
])

/** A rendering's own context: it knows the language and the zone. */
export class SpelledContext extends Context {
  readonly spelling: Spelling

  constructor(spelling: Spelling, ...of: ConstructorParameters<typeof Context>) {
    super(...of)
    this.spelling = spelling
  }

  /** `forloop` is an object of LiquidJS's, with a prototype: only its documented parts are reached, by any name. */
  override readProperty(
    ...[of, key]: Parameters<Context['readProperty']>
  ): ReturnType<Context['readProperty']> {
    if (of instanceof Drop && !LOOP_PARTS.has(key)) return undefined
    return super.readProperty(of, key) as unknown
  }
}

/** A filter of ours. What it cannot read it gives back unchanged: one appointment's data must not stop a push. */
interface ValueFilter {
  readonly apply: (value: unknown, argument: unknown, spelling: Spelling) => unknown
  /** What is wrong with an argument that stands in the template itself, or `null`. Checked when it is stored. */
  readonly problemOf: (argument: string) => string | null
}

const noArgument = (): string => 'the filter "phone" takes no argument'

/** Filters that spell a value in the language of the event. Never by `Intl`, and never by the clock. */
export const VALUE_FILTERS: Readonly<Record<string, ValueFilter>> = {
  date: {
    apply: (value, format, spelling) =>
      typeof value === 'string' ? formatDate(value, textOr(format, 'short'), spelling) : value,
    problemOf: (format) => {
      const problem = problemOfDateFormat(format)
      return problem && `${problem}; styles are ${DATE_STYLES.join(', ')}, and patterns such as "%d/%m"`
    },
  },
  money: {
    apply: (value, currency, { locale }) => formatMoney(value, textOr(currency, undefined), locale) ?? value,
    problemOf: (currency) => {
      const problem = problemOfCurrency(currency)
      return problem && `${problem}; known are ${MONEY_CURRENCIES.join(', ')}`
    },
  },
  phone: {
    apply: (value, _, { locale }) =>
      typeof value === 'string' || typeof value === 'number'
        ? (formatPhone(String(value), locale) ?? value)
        : value,
    problemOf: noArgument,
  },
}

/** A missing argument has the default; one that is no text is no name of anything. */
function textOr<T>(argument: unknown, absent: T): string | T {
  if (argument === undefined || argument === null) return absent
  return typeof argument === 'string' ? argument : ''
}

/** A {@link VALUE_FILTERS} entry as LiquidJS calls it; what it makes is charged. */
export function toLiquidFilter({ apply }: ValueFilter): FilterImplOptions {
  return function filter(this: { context: Context }, value: unknown, argument?: unknown): unknown {
    const { context } = this
    if (!(context instanceof SpelledContext)) throw new TypeError('A filter ran outside of a rendering.')
    if (typeof argument === 'string') context.memoryLimit.use(argument.length)
    const result = apply(value, argument, context.spelling)
    if (typeof result === 'string') context.memoryLimit.use(result.length)
    return result
  }
}
