import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A schema in Google's dialect of JSON Schema draft 3. */
export interface GoogleSchema {
  readonly id?: string
  readonly $ref?: string
  readonly type?: string
  readonly format?: string
  readonly description?: string
  readonly default?: string
  readonly enum?: readonly string[]
  readonly minimum?: string
  readonly maximum?: string
  readonly pattern?: string
  readonly properties?: Readonly<Record<string, GoogleSchema>>
  readonly additionalProperties?: GoogleSchema
  readonly items?: GoogleSchema
  /** The methods whose request body must carry this member. */
  readonly annotations?: { readonly required?: readonly string[] }
}

/** A parameter of the path or of the query string. */
export interface GoogleParameter extends GoogleSchema {
  readonly location: 'path' | 'query'
  readonly required?: boolean
  readonly repeated?: boolean
}

/** One method of the API. */
export interface GoogleMethod {
  /** Such as `calendar.events.insert`. */
  readonly id: string
  readonly httpMethod: string
  /** Such as `calendars/{calendarId}/events`. */
  readonly path: string
  readonly parameters?: Readonly<Record<string, GoogleParameter>>
  readonly request?: { readonly $ref: string }
  readonly response?: { readonly $ref: string }
  /** In full; any one of them opens the method. */
  readonly scopes?: readonly string[]
}

interface GoogleResource {
  readonly methods?: Readonly<Record<string, GoogleMethod>>
  readonly resources?: Readonly<Record<string, GoogleResource>>
}

interface GoogleDocument extends GoogleResource {
  readonly servicePath: string
  readonly batchPath: string
  readonly parameters: Readonly<Record<string, GoogleParameter>>
  readonly schemas: Readonly<Record<string, GoogleSchema>>
}

/** What the checks need of a discovery document. */
export interface Discovery {
  /** Such as `/calendar/v3/`. */
  readonly servicePath: string
  /** Such as `/batch/calendar/v3`. */
  readonly batchPath: string
  /** Parameters that every method takes. */
  readonly parameters: Readonly<Record<string, GoogleParameter>>
  readonly schemas: Readonly<Record<string, GoogleSchema>>
  readonly methods: readonly GoogleMethod[]
}

function methodsOf(resource: GoogleResource): GoogleMethod[] {
  const inner = Object.values(resource.resources ?? {}).flatMap(methodsOf)
  return [...Object.values(resource.methods ?? {}), ...inner]
}

/** The folder of recordings beside the repository; it need not be there. */
export const FIXTURES: string = fileURLToPath(new URL('../../../../shared/fixtures/', import.meta.url))

/** Google's discovery document for Calendar v3, or null when the folder of fixtures is not there. */
export function readDiscovery(): Discovery | null {
  const file = `${FIXTURES}calendar.v3.discovery.json`
  if (!existsSync(file)) return null
  const document = JSON.parse(readFileSync(file, 'utf8')) as GoogleDocument
  return {
    servicePath: `/${document.servicePath}`,
    batchPath: `/${document.batchPath}`,
    parameters: document.parameters,
    schemas: document.schemas,
    methods: methodsOf(document),
  }
}
