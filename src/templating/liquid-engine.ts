import { type Context, type Emitter, Liquid, type Template, toValueSync } from 'liquidjs'
import { MAX_TEMPLATE_LENGTH } from '../domain/index.ts'
import { chargedByLength, meteredFilter, meteredOperators, meterTags } from './metering.ts'
import { cleanText } from './plain-text.ts'
import { RenderBudget } from './render-budget.ts'
import type { Spelling } from './spelling.ts'
import { SpelledContext, toLiquidFilter, VALUE_FILTERS } from './value-filters.ts'

/** Tags a template may use. None reads a file, and none keeps anything from one rendering to the next. */
export const TEMPLATE_TAGS = [
  'assign',
  'break',
  'capture',
  'case',
  'comment',
  'continue',
  'for',
  'if',
  'raw',
  'unless',
  '#',
] as const

/**
 * Filters a template may use. Left out on purpose: `raw` and everything else that would undo the escaping, and
 * `sample`, which gives another text at every rendering and so would rewrite the event for ever. `date` is our own
 * for the same reason: LiquidJS's knows "now", and the spelling of the runtime.
 */
export const TEMPLATE_FILTERS = [
  'abs',
  'append',
  'at_least',
  'at_most',
  'capitalize',
  'ceil',
  'date',
  'default',
  'divided_by',
  'downcase',
  'first',
  'floor',
  'join',
  'last',
  'lstrip',
  'minus',
  'modulo',
  'money',
  'phone',
  'plus',
  'prepend',
  'remove',
  'remove_first',
  'replace',
  'replace_first',
  'round',
  'rstrip',
  'size',
  'slice',
  'split',
  'squish',
  'strip',
  'strip_newlines',
  'times',
  'truncate',
  'truncatewords',
  'upcase',
  'url_encode',
] as const

/** Set around every printed value; no text can hold them, because control characters are taken out of all texts. */
const VALUE_START = '\u0001'
const VALUE_END = '\u0002'
// eslint-disable-next-line no-control-regex -- the two marks above
const VALUE_MARKS = /[\u0001\u0002]/g

/** A stretch of what a template gave: written by its author, or the value of a variable. */
export interface Piece {
  readonly kind: 'literal' | 'value'
  readonly text: string
}

type TemplateScope = Readonly<Record<string, unknown>>

function textOf(value: unknown): string {
  if (typeof value === 'string') return cleanText(value)
  // A sum of what is no number has nothing to say to a client.
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : ''
  if (typeof value === 'boolean') return String(value)
  return Array.isArray(value) ? value.map(textOf).join('') : ''
}

/** Collects the output and charges it. Inside `capture` the marks are left out: there a value is only a text. */
class MeteredEmitter implements Emitter {
  buffer = ''
  readonly #budget: Pick<RenderBudget, 'use'>
  readonly #keepMarks: boolean

  constructor(budget: Pick<RenderBudget, 'use'>, keepMarks: boolean) {
    this.#budget = budget
    this.#keepMarks = keepMarks
  }

  write(html: unknown): void {
    const text = typeof html === 'string' ? html : textOf(html)
    this.#budget.use(text.length)
    this.buffer += this.#keepMarks ? text : text.replace(VALUE_MARKS, '')
  }
}

function keepOnly(registry: Record<string, unknown>, names: readonly string[]): void {
  const kept = new Set(names)
  for (const name of Object.keys(registry)) if (!kept.has(name)) delete registry[name]
}

function createEngine(): Liquid {
  const engine = new Liquid({
    parseLimit: MAX_TEMPLATE_LENGTH,
    ownPropertyOnly: true,
    strictFilters: true,
    // No file can be reached even if a tag that reads one came back with a new version of LiquidJS.
    templates: {},
    operators: meteredOperators((context, cost) => context.memoryLimit.use(cost)),
    outputEscape: (value) => VALUE_START + textOf(value) + VALUE_END,
  })
  keepOnly(engine.tags, TEMPLATE_TAGS)
  keepOnly(engine.filters, TEMPLATE_FILTERS)
  meterTags(engine)
  for (const [name, filter] of Object.entries(VALUE_FILTERS))
    engine.registerFilter(name, toLiquidFilter(filter))
  for (const [name, filter] of Object.entries(engine.filters)) {
    engine.registerFilter(name, meteredFilter(name, filter))
  }
  // LiquidJS charges filters and ranges, but not what goes into a `capture`.
  const render = engine.renderer.renderTemplates.bind(engine.renderer)
  engine.renderer.renderTemplates = (templates, context, emitter) =>
    render(
      // It only goes over them.
      chargedByLength(templates, context) as unknown as Template[],
      context,
      emitter ?? new MeteredEmitter(context.memoryLimit, false),
    )
  return engine
}

let shared: Liquid | undefined

/** The one engine; made at first use, so that importing the package costs nothing. Keeps no data of a rendering. */
export function liquidEngine(): Liquid {
  shared ??= createEngine()
  return shared
}

/** Renders a parsed template within a fresh {@link RenderBudget}. Throws what LiquidJS throws. */
export function renderPieces(parsed: Template[], scope: TemplateScope, spelling: Spelling): Piece[] {
  const engine = liquidEngine()
  const budget = new RenderBudget()
  const limiter = budget as unknown as Context['memoryLimit']
  const context = new SpelledContext(
    spelling,
    scope,
    engine.options,
    { sync: true },
    { memoryLimit: limiter, renderLimit: limiter, liquid: engine },
  )
  const emitter = new MeteredEmitter(budget, true)
  toValueSync(engine.renderer.renderTemplates(parsed, context, emitter))
  return emitter.buffer
    .split(VALUE_MARKS)
    .map((text, index) => ({ kind: index % 2 === 0 ? 'literal' : 'value', text }))
}
