import type { StaticAnalysis, Variable } from 'liquidjs'
import { cutText } from './plain-text.ts'
import { VARIABLE_TABLE } from './variable-table.ts'

/** The names of {@link VARIABLE_TABLE}. */
export const TEMPLATE_VARIABLES: readonly string[] = VARIABLE_TABLE.map(({ name }) => name)

const LONGEST_SHOWN = 100
/** Most unknown variables that are named at once. */
const MOST_UNKNOWN = 20

const KNOWN: ReadonlySet<string> = new Set(TEMPLATE_VARIABLES)
const GROUPS: ReadonlySet<string> = new Set(
  TEMPLATE_VARIABLES.flatMap((name) => (name.includes('.') ? [name.slice(0, name.indexOf('.'))] : [])),
)
const PARTS_OF_A_TEXT: ReadonlySet<string> = new Set(['size', 'first', 'last'])
const NEVER_A_PROPERTY = /^(__.*|constructor|prototype)$/

/** A variable that a template names and may not. */
export interface UnknownVariable {
  readonly path: string
  readonly line: number
  readonly column: number
}

/** The dotted path up to the variable's own end; `null` when a part is only known while rendering. */
function pathOf(variable: Variable): string[] | null {
  const parts: string[] = []
  for (const segment of variable.segments) {
    if (typeof segment === 'object') return null
    parts.push(String(segment))
  }
  return parts
}

function isKnown(parts: readonly string[] | null): boolean {
  if (parts === null) return false
  const [root = '', name, ...rest] = parts
  if (name === undefined) return KNOWN.has(root) || GROUPS.has(root)
  if (!GROUPS.has(root)) return KNOWN.has(root) && PARTS_OF_A_TEXT.has(name) && rest.length === 0
  if (root !== 'custom' && !KNOWN.has(`${root}.${name}`)) return false
  return rest.length === 0 || (rest.length === 1 && PARTS_OF_A_TEXT.has(rest[0] ?? ''))
}

const reachesInside = (variable: Variable): boolean =>
  variable.segments.some((segment) => typeof segment === 'string' && NEVER_A_PROPERTY.test(segment))

/** The first ones that are none of {@link TEMPLATE_VARIABLES} nor one the template assigns, in the order they appear. */
export function findUnknownVariables(analysis: StaticAnalysis): UnknownVariable[] {
  const locals = new Set(Object.keys(analysis.locals))
  const globals = Object.values(analysis.globals)
    .flat()
    .filter((variable) => !locals.has(String(variable.segments[0])) && !isKnown(pathOf(variable)))
  const inside = Object.values(analysis.variables).flat().filter(reachesInside)
  const place = ({ location: { row, col } }: Variable): string => `${row}:${col}`
  const byPlace = new Map([...inside, ...globals].map((variable) => [place(variable), variable]))
  // Written out only for those that are told: names inside of names can be many, and each holds all within it.
  return [...byPlace.values()]
    .sort((a, b) => a.location.row - b.location.row || a.location.col - b.location.col)
    .slice(0, MOST_UNKNOWN)
    .map((variable) => ({
      path: cutText(String(variable), LONGEST_SHOWN),
      line: variable.location.row,
      column: variable.location.col,
    }))
}
