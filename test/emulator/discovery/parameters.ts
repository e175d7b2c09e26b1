import type { Discovery, GoogleMethod, GoogleParameter } from './document.ts'
import { NUMBER_FORMATS, STRING_FORMATS } from './formats.ts'

/** A method and what its path says. */
export interface MethodMatch {
  readonly method: GoogleMethod
  readonly pathParameters: Readonly<Record<string, string>>
}

function matchTemplate(template: string, path: string): Record<string, string> | null {
  const expected = template.split('/')
  const given = path.split('/')
  if (expected.length !== given.length) return null
  const parameters: Record<string, string> = {}
  for (const [index, part] of expected.entries()) {
    const segment = given[index] ?? ''
    const name = /^\{(\w+)\}$/.exec(part)?.[1]
    if (name === undefined ? part !== segment : segment === '') return null
    if (name !== undefined) parameters[name] = decodeURIComponent(segment)
  }
  return parameters
}

/** The method that a request means, or null when the document has none. */
export function findMethod(discovery: Discovery, httpMethod: string, pathname: string): MethodMatch | null {
  if (!pathname.startsWith(discovery.servicePath)) return null
  const path = pathname.slice(discovery.servicePath.length)
  for (const method of discovery.methods) {
    const pathParameters = method.httpMethod === httpMethod ? matchTemplate(method.path, path) : null
    if (pathParameters) return { method, pathParameters }
  }
  return null
}

function valueProblem(parameter: GoogleParameter, value: string): string | null {
  const { type, format = '', minimum, maximum } = parameter
  if (parameter.enum && !parameter.enum.includes(value)) return `must be one of ${parameter.enum.join(', ')}`
  if (type === 'boolean') return value === 'true' || value === 'false' ? null : 'must be true or false'
  if (type === 'integer' || type === 'number') {
    if (!/^-?\d+(?:\.\d+)?$/.test(value)) return `must be ${type}`
    if (NUMBER_FORMATS[format]?.(Number(value)) === false) return `must match format ${format}`
    if (minimum !== undefined && Number(value) < Number(minimum)) return `must be >= ${minimum}`
    if (maximum !== undefined && Number(value) > Number(maximum)) return `must be <= ${maximum}`
    return null
  }
  return STRING_FORMATS[format]?.(value) === false ? `must match format ${format}` : null
}

function queryProblems(
  known: Readonly<Record<string, GoogleParameter>>,
  query: URLSearchParams,
): readonly string[] {
  return [...new Set(query.keys())].flatMap((name) => {
    const parameter = known[name]
    const values = query.getAll(name)
    if (parameter?.location !== 'query') return [`query ${name}: unknown parameter`]
    if (values.length > 1 && parameter.repeated !== true) return [`query ${name}: given more than once`]
    return values.flatMap((value) => {
      const problem = valueProblem(parameter, value)
      return problem === null ? [] : [`query ${name}: ${problem}`]
    })
  })
}

/** What is wrong with the parameters of a request, the global ones included. */
export function parameterProblems(
  discovery: Discovery,
  { method, pathParameters }: MethodMatch,
  query: URLSearchParams,
): string[] {
  const known = { ...discovery.parameters, ...method.parameters }
  const missing = Object.entries(method.parameters ?? {}).flatMap(([name, { location, required }]) => {
    const given = location === 'path' ? pathParameters[name] : query.get(name)
    return required === true && (given ?? '') === '' ? [`${location} ${name}: required, but missing`] : []
  })
  return [...missing, ...queryProblems(known, query)]
}
