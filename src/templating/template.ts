import { LiquidError, type Template } from 'liquidjs'
import { MAX_TEMPLATE_LENGTH } from '../domain/index.ts'
import { AppointmentSyncError } from '../errors/index.ts'
import { liquidEngine, type Piece, renderPieces } from './liquid-engine.ts'
import { cleanText, cutText, singleLine } from './plain-text.ts'
import { findUnknownVariable } from './template-variables.ts'

/** What a template is for. */
export type TemplateKind = 'title' | 'description'

/** Most parsed templates that are kept; tenants have few, and a forgotten one is only parsed again. */
const CACHE_SIZE = 200
const LONGEST_REASON = 200

const cache = new Map<string, Template[]>()

function refuse(
  kind: TemplateKind,
  reason: string,
  [line, column]: readonly [number, number] = [1, 1],
  cause?: unknown,
): AppointmentSyncError {
  const message = `${reason} (line ${line}, column ${column})`
  return new AppointmentSyncError({
    code: 'INVALID_TEMPLATE',
    message: `The ${kind} template cannot be used: ${message}. Correct it in the settings, or set ${kind}Template to null for the built-in text.`,
    problems: [{ path: `${kind}Template`, message }],
    cause,
  })
}

/**
 * LiquidJS's error as ours. Its own error is not kept as `cause`: it carries the template's whole text and may
 * carry what was being rendered.
 */
function toInvalidTemplate(kind: TemplateKind, error: unknown): AppointmentSyncError {
  if (!LiquidError.is(error)) {
    const reason = error instanceof RangeError ? 'it is nested too deeply' : 'it cannot be processed'
    return refuse(kind, reason, undefined, error)
  }
  const { token, message } = error
  const position = token.getPosition() as [number, number]
  const reason = singleLine(message.replace(/, line:\d+, col:\d+$/s, ''))
  return refuse(kind, cutText(reason, LONGEST_REASON), position)
}

function parse(text: string, kind: TemplateKind): Template[] {
  if (text.length > MAX_TEMPLATE_LENGTH) {
    throw refuse(kind, `it is longer than ${MAX_TEMPLATE_LENGTH} characters`)
  }
  const engine = liquidEngine()
  const parsed = engine.parse(cleanText(text))
  const unknown = findUnknownVariable(engine.analyzeSync(parsed, { partials: false }))
  if (unknown) throw refuse(kind, `there is no variable "${unknown.path}"`, [unknown.line, unknown.column])
  return parsed
}

function remember(text: string, parsed: Template[]): void {
  cache.delete(text)
  cache.set(text, parsed)
  const [oldest] = cache.keys()
  if (cache.size > CACHE_SIZE && oldest !== undefined) cache.delete(oldest)
}

/**
 * Renders the template `text` with `scope`. Parsed templates are kept, the least recently used ones are dropped.
 * Throws `INVALID_TEMPLATE`, naming title or description, line and column.
 */
export function renderTemplate(
  text: string,
  kind: TemplateKind,
  scope: Readonly<Record<string, unknown>>,
): Piece[] {
  try {
    const parsed = cache.get(text) ?? parse(text, kind)
    remember(text, parsed)
    return renderPieces(parsed, scope)
  } catch (error) {
    throw error instanceof AppointmentSyncError ? error : toInvalidTemplate(kind, error)
  }
}
