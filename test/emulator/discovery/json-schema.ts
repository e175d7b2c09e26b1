import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import type { Discovery, GoogleSchema } from './document.ts'
import { NUMBER_FORMATS, STRING_FORMATS } from './formats.ts'

/**
 * What a JSON value is checked as. `answer`: a whole answer, whose resources say their `kind`; `masked`: an answer
 * to a `fields` mask, where members may be missing; `body`: a request; `patch`: a request where null clears.
 */
export type Purpose = 'answer' | 'masked' | 'body' | 'patch'

const PURPOSES: readonly Purpose[] = ['answer', 'masked', 'body', 'patch']

type JsonSchema = Record<string, unknown>

/**
 * The values that a description enumerates as ‘Possible values are: - "x" …’; null when it does not, or says
 * that the list is not complete.
 */
export function describedValues(description: string | undefined): readonly string[] | null {
  const [, introduction, list] =
    /(some of the |the )?possible values are:((?:\s*- (?:"[\w.]+"|\(not present\))[^\n]*)+)/i.exec(
      description ?? '',
    ) ?? []
  if (list === undefined || introduction?.toLowerCase() === 'some of the ') return null
  return [...list.matchAll(/^\s*- "([\w.]+)"/gm)].flatMap(([, value]) => value ?? [])
}

function convertObject(schema: GoogleSchema, purpose: Purpose): JsonSchema {
  const { properties, additionalProperties } = schema
  if (!properties) {
    return {
      type: 'object',
      additionalProperties: additionalProperties ? convert(additionalProperties, purpose) : false,
    }
  }
  const members = Object.entries(properties).map(([name, member]) => {
    const isKind = name === 'kind' && member.default !== undefined
    return [name, isKind ? { const: member.default } : convert(member, purpose)] as const
  })
  return {
    type: 'object',
    properties: Object.fromEntries(members),
    additionalProperties: false,
    ...(purpose === 'answer' && properties['kind']?.default ? { required: ['kind'] } : {}),
  }
}

function convertString({ format, description, ...schema }: GoogleSchema): JsonSchema {
  const values = schema.enum ?? describedValues(description)
  return {
    type: 'string',
    ...(values ? { enum: values } : {}),
    ...(format === undefined ? {} : { format }),
    ...(schema.pattern === undefined ? {} : { pattern: schema.pattern }),
  }
}

function convertPlain(schema: GoogleSchema, purpose: Purpose): JsonSchema {
  if (schema.$ref !== undefined) return { $ref: `#/$defs/${schema.$ref}` }
  const { format, minimum, maximum } = schema
  switch (schema.type ?? 'none') {
    case 'any':
      return {}
    case 'object':
      return convertObject(schema, purpose)
    case 'array': {
      const { description } = schema
      const items = { ...(description === undefined ? {} : { description }), ...schema.items }
      return { type: 'array', items: schema.items ? convert(items, purpose) : {} }
    }
    case 'string':
      return convertString(schema)
    case 'boolean':
      return { type: 'boolean' }
    case 'integer':
    case 'number':
      return {
        type: schema.type,
        ...(format === undefined ? {} : { format }),
        ...(minimum === undefined ? {} : { minimum: Number(minimum) }),
        ...(maximum === undefined ? {} : { maximum: Number(maximum) }),
      }
    default:
      throw new Error(`the discovery document has a schema of an unknown type: ${JSON.stringify(schema)}`)
  }
}

function convert(schema: GoogleSchema, purpose: Purpose): JsonSchema {
  const plain = convertPlain(schema, purpose)
  return purpose === 'patch' ? { anyOf: [{ type: 'null' }, plain] } : plain
}

/**
 * `dateTime` may omit its offset when `timeZone` is given: Google's own words in the description. A patch may leave
 * the stored zone as it is.
 */
function convertNamed(name: string, schema: GoogleSchema, purpose: Purpose): JsonSchema {
  const plain = convertPlain(schema, purpose)
  if (name !== 'EventDateTime') return plain
  const dateTime = convert({ type: 'string', format: 'zoned-date-time' }, purpose)
  const loose = { ...plain, properties: { ...(plain['properties'] as JsonSchema), dateTime } }
  if (purpose === 'patch') return loose
  const strict = { properties: { dateTime: { format: 'date-time' } } }
  return { ...loose, anyOf: [{ required: ['timeZone'] }, strict] }
}

/** All schemas of a discovery document as one JSON Schema. */
function convertSchemas(discovery: Discovery, purpose: Purpose): JsonSchema {
  const named = Object.entries(discovery.schemas).map(
    ([name, schema]) => [name, convertNamed(name, schema, purpose)] as const,
  )
  return { $id: purpose, $defs: Object.fromEntries(named) }
}

function describeProblem({ keyword, instancePath, params, message }: ErrorObject): string | null {
  // An anyOf over null and the schema says twice what its branches already say.
  if (keyword === 'anyOf') return null
  if (keyword === 'type' && params['type'] === 'null') return null
  const at = instancePath || '/'
  if (keyword === 'additionalProperties') return `${at}: unknown member ${params['additionalProperty']}`
  if (keyword === 'required') return `${at}: member ${params['missingProperty']} is missing`
  if (keyword === 'const') return `${at}: must be ${params['allowedValue']}`
  if (keyword === 'enum') return `${at}: must be one of ${(params['allowedValues'] as string[]).join(', ')}`
  return `${at}: ${message}`
}

/** Checks JSON values against the named schemas of a discovery document. */
export interface SchemaCheck {
  /** The problems of a value, each with the path of the member; none for a value that conforms. */
  problems(purpose: Purpose, schema: string, value: unknown): string[]
}

/** Compiles a discovery document; a schema is compiled when it is first asked for. */
export function createSchemaCheck(discovery: Discovery): SchemaCheck {
  const ajv = new Ajv({ allErrors: true, strictTypes: false })
  for (const [name, validate] of Object.entries(STRING_FORMATS)) {
    ajv.addFormat(name, { type: 'string', validate })
  }
  for (const [name, validate] of Object.entries(NUMBER_FORMATS)) {
    ajv.addFormat(name, { type: 'number', validate })
  }
  for (const purpose of PURPOSES) ajv.addSchema(convertSchemas(discovery, purpose))
  const compiled = new Map<string, ValidateFunction>()
  return {
    problems(purpose, schema, value) {
      const key = `${purpose}#/$defs/${schema}`
      const validate = compiled.get(key) ?? ajv.compile({ $ref: key })
      compiled.set(key, validate)
      if (validate(value)) return []
      return [...new Set((validate.errors ?? []).flatMap((error) => describeProblem(error) ?? []))]
    },
  }
}
