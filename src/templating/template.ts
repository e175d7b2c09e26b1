import { LiquidError, type Template } from 'liquidjs'
import { MAX_TEMPLATE_LENGTH } from '../domain/index.ts'
import { AppointmentSyncError, type Problem } from '../errors/index.ts'
import { findWrongArguments } from './filter-arguments.ts'
import { liquidEngine, type Piece, renderPieces } from './liquid-engine.ts'
import { cleanText, cutText, singleLine } from './plain-text.ts'
import { OverBudgetError } from './render-budget.ts'
import type { Spelling } from './spelling.ts'
import type { TemplateKind } from './template-kind.ts'
import { originInSettings, type TemplateOrigin } from './template-origin.ts'
import { findUnknownVariables } from './template-variables.ts'

/** Most parsed templates that are kept; tenants have few, and a forgotten one is only parsed again. */
const CACHE_SIZE = 200
const LONGEST_REASON = 200
/** Most faults of one template that are listed. */
const MOST_FAULTS = 20

/** Something wrong in a template. */
export interface TemplateFault {
  readonly reason: string
  readonly line: number
  readonly column: number
}

/** What is wrong with one template. Becomes an {@link AppointmentSyncError} by {@link toInvalidTemplate}. */
class FaultyTemplate extends Error {
  readonly faults: readonly TemplateFault[]

  constructor(faults: readonly TemplateFault[]) {
    super('a template is faulty')
    this.faults = faults
  }
}

const cache = new Map<string, Template[]>()

/** A fault as `problems` lists it. */
export function problemOfFault(path: string, { reason, line, column }: TemplateFault): Problem {
  return { path, message: `${reason} (line ${line}, column ${column})`, line, column }
}

function faultsOf(error: unknown): readonly TemplateFault[] {
  if (error instanceof FaultyTemplate) return error.faults
  if (error instanceof OverBudgetError) return [{ reason: error.message, line: 1, column: 1 }]
  if (!LiquidError.is(error)) {
    const reason = error instanceof RangeError ? 'it is nested too deeply' : 'it cannot be processed'
    return [{ reason, line: 1, column: 1 }]
  }
  const { token, message } = error
  const [line = 1, column = 1] = token.getPosition()
  const reason = singleLine(message.replace(/, line:\d+, col:\d+$/s, ''))
  return [{ reason: cutText(reason, LONGEST_REASON), line, column }]
}

/**
 * LiquidJS's error as ours. Its own error is not kept as `cause`: it carries the template's whole text and may
 * carry what was being rendered.
 */
function toInvalidTemplate(origin: TemplateOrigin, error: unknown): AppointmentSyncError {
  const faults = faultsOf(error)
  const problems = faults.map((fault) => problemOfFault(origin.path, fault))
  const said = problems.map(({ message }) => message).join('; ')
  const told = error instanceof FaultyTemplate || LiquidError.is(error)
  return new AppointmentSyncError({
    code: 'INVALID_TEMPLATE',
    message: `${origin.whose} cannot be used: ${said}. ${origin.remedy}`,
    problems,
    retryable: origin.retryable,
    cause: told ? undefined : error,
  })
}

function parse(text: string): Template[] {
  if (text.length > MAX_TEMPLATE_LENGTH) {
    throw new FaultyTemplate([
      { reason: `it is longer than ${MAX_TEMPLATE_LENGTH} characters`, line: 1, column: 1 },
    ])
  }
  const engine = liquidEngine()
  const parsed = engine.parse(cleanText(text))
  const unknown = findUnknownVariables(engine.analyzeSync(parsed, { partials: false }))
  const faults = [
    ...unknown.map(({ path, ...place }) => ({ reason: `there is no variable "${path}"`, ...place })),
    ...findWrongArguments(parsed).map(({ message, ...place }) => ({ reason: message, ...place })),
  ]
  if (faults.length === 0) return parsed
  throw new FaultyTemplate(faults.slice(0, MOST_FAULTS))
}

function remember(text: string, parsed: Template[]): void {
  cache.delete(text)
  cache.set(text, parsed)
  const [oldest] = cache.keys()
  if (cache.size > CACHE_SIZE && oldest !== undefined) cache.delete(oldest)
}

/** What a template is rendered with. */
export interface TemplateData {
  readonly scope: Readonly<Record<string, unknown>>
  readonly spelling: Spelling
}

function piecesOf(text: string, { scope, spelling }: TemplateData): Piece[] {
  const parsed = cache.get(text) ?? parse(text)
  remember(text, parsed)
  return renderPieces(parsed, scope, spelling)
}

/**
 * Renders the template `text`. Parsed templates are kept, the least recently used ones are dropped. Throws
 * `INVALID_TEMPLATE`, naming whose template it is (default the integration's), line and column of everything that is
 * wrong.
 */
export function renderTemplate(
  text: string,
  kind: TemplateKind,
  data: TemplateData,
  origin: TemplateOrigin = originInSettings(kind),
): Piece[] {
  try {
    return piecesOf(text, data)
  } catch (error) {
    throw toInvalidTemplate(origin, error)
  }
}

/** Everything that is wrong with a template, by a rendering of it; empty when nothing is. */
export function findFaults(text: string, data: TemplateData): readonly TemplateFault[] {
  try {
    piecesOf(text, data)
    return []
  } catch (error) {
    return faultsOf(error)
  }
}
