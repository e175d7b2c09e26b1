import { type Template, toValueSync, Value } from 'liquidjs'
import { VALUE_FILTERS } from './value-filters.ts'

/** An argument of a filter that can be seen to be wrong without rendering. */
export interface WrongArgument {
  readonly message: string
  readonly line: number
  readonly column: number
}

interface Quoted {
  readonly content: string
  getPosition(): readonly number[]
}

function isQuoted(argument: unknown): argument is Quoted {
  return (
    typeof argument === 'object' &&
    argument !== null &&
    'content' in argument &&
    typeof argument.content === 'string' &&
    'getPosition' in argument &&
    // A number or a name is a token too, but not of text.
    argument.constructor.name === 'QuotedToken'
  )
}

function* valuesOf(templates: readonly Template[]): Generator<Value> {
  for (const template of templates) {
    for (const argument of template.arguments?.() ?? []) if (argument instanceof Value) yield argument
    const children = template.children?.(false, true)
    if (children !== undefined) yield* valuesOf(toValueSync(children))
  }
}

/**
 * Arguments written into the template that `date`, `money` and `phone` do not know, wherever they stand: while it is
 * rendered such a filter gives back its value unchanged, and a branch that the sample does not take is not rendered.
 */
export function findWrongArguments(templates: readonly Template[]): WrongArgument[] {
  return [...valuesOf(templates)]
    .flatMap((value) => value.filters)
    .flatMap(({ name, args }) => {
      const problemOf = Object.hasOwn(VALUE_FILTERS, name) ? VALUE_FILTERS[name]?.problemOf : undefined
      const argument: unknown = args[0]
      if (problemOf === undefined || !isQuoted(argument)) return []
      const message = problemOf(argument.content)
      const [line = 1, column = 1] = argument.getPosition()
      return message === null ? [] : [{ message, line, column }]
    })
}
