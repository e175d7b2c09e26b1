import {
  CaseTag,
  type Context,
  defaultOperators,
  type Emitter,
  evalToken,
  type FilterImplOptions,
  ForTag,
  type Liquid,
  type Operators,
  RenderError,
  type Template,
  TypeGuards,
} from 'liquidjs'

/**
 * LiquidJS charges the characters that filters make and the items of ranges. It does not charge looking: a long
 * condition, a search in a long text, a copy of a long list. Each of these can be repeated in a loop, and none can be
 * interrupted by a deadline, so all of them are charged here, in the characters of the same budget.
 */

/** Of every call of a filter, whatever it does; what it reads comes on top. */
const FILTER_CALL = 10
/** Characters of a template that may be evaluated, or of a text that may be compared, for one of the budget. */
const LOOKED_AT_FOR_ONE = 4
/** A search for a longer text may look at each place this often and more (V8 searches by Boyer-Moore at worst). */
const LONG_PATTERN = 256

/** Filters that search for their first argument. */
const SEARCHING: ReadonlySet<string> = new Set([
  'remove',
  'remove_first',
  'replace',
  'replace_first',
  'split',
])

function sizeOf(value: unknown): number {
  return typeof value === 'string' || Array.isArray(value) ? value.length : 1
}

function costOfLook(value: unknown): number {
  return Math.ceil(sizeOf(value) / LOOKED_AT_FOR_ONE)
}

function costOfSearch(text: unknown, pattern: unknown): number {
  return costOfLook(text) * Math.ceil(sizeOf(pattern) / LONG_PATTERN)
}

type Operator = (left: unknown, right: unknown, context?: Context) => unknown

/**
 * The operators, charged. Those that LiquidJS calls with a context alone (`not`) get it as second argument.
 */
export function meteredOperators(charge: (context: Context, cost: number) => void): Operators {
  const entries = Object.entries(defaultOperators).map(([name, operator]) => {
    const original = operator as Operator
    if (name === 'not') {
      return [name, (value: unknown, context: Context) => (charge(context, 1), original(value, context))]
    }
    const cost = name === 'contains' ? costOfSearch : (left: unknown) => costOfLook(left)
    const metered = (left: unknown, right: unknown, context: Context): unknown => {
      charge(context, 1 + cost(left, right))
      return original(left, right, context)
    }
    return [name, metered]
  })
  return Object.fromEntries(entries) as Operators
}

/**
 * A filter that charges its call, what it reads, a search by the length of what it looks for, and what it adds:
 * LiquidJS charges most of them by their input, and `url_encode`, which makes a text three times as long, not at all.
 */
export function meteredFilter(name: string, implementation: FilterImplOptions): FilterImplOptions {
  const handler = typeof implementation === 'function' ? implementation : implementation.handler
  const metered: typeof handler = function metered(value: unknown, ...given: unknown[]) {
    const search = SEARCHING.has(name) ? costOfSearch(value, given[0]) : 0
    const { memoryLimit } = this.context
    memoryLimit.use(FILTER_CALL + costOfLook(value) + search)
    const result: unknown = handler.call(this, value, ...given)
    if (typeof result === 'string') memoryLimit.use(result.length - sizeOf(value))
    return result
  }
  return typeof implementation === 'function' ? metered : { ...implementation, handler: metered }
}

/** Charges the list that is gone over: `reversed`, `limit` and `offset` copy it. */
class MeteredForTag extends ForTag {
  override *render(context: Context, emitter: Emitter): ReturnType<ForTag['render']> {
    if (!TypeGuards.isRangeToken(this.collection)) {
      const collection: unknown = yield evalToken(this.collection, context)
      context.memoryLimit.use(costOfLook(collection))
    }
    return yield* super.render(context, emitter)
  }
}

/** Charges the comparisons of `when`. */
class MeteredCaseTag extends CaseTag {
  override *render(context: Context, emitter: Emitter): ReturnType<CaseTag['render']> {
    const target = yield this.value.value(context)
    const values = this.branches.reduce((count, branch) => count + branch.values.length, 0)
    context.memoryLimit.use(costOfLook(target) * values)
    yield* super.render(context, emitter)
  }
}

/** Puts the charged forms of `for` and `case` into the engine. */
export function meterTags(engine: Liquid): void {
  engine.registerTag('for', MeteredForTag)
  engine.registerTag('case', MeteredCaseTag)
}

/**
 * The templates, each charged by the length of its own text before it is rendered: a tag of a thousand conditions
 * costs more than one of a single one.
 */
export function* chargedByLength(templates: Iterable<Template>, context: Context): Generator<Template> {
  for (const template of templates) {
    const { begin, end } = template.token
    try {
      context.memoryLimit.use(Math.ceil((end - begin) / LOOKED_AT_FOR_ONE))
    } catch (error) {
      throw new RenderError(error as Error, template)
    }
    yield template
  }
}
