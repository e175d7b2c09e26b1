import { z } from 'zod'
import { problemSchema } from './problem-response.ts'
import { publicRoute, type Route } from './route.ts'

/** An OpenAPI 3.1 document, as plain JSON. */
export type OpenApiDocument = Readonly<Record<string, unknown>>

type JsonSchema = Record<string, unknown>

/** OpenAPI 3.1 takes JSON Schema 2020-12 as it is. Answers and queries are described as they come out. */
function describe(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12', io })
  return rest
}

function parametersOf(schema: z.ZodType | undefined, place: 'path' | 'query'): JsonSchema[] {
  if (schema === undefined) return []
  const { properties = {}, required = [] } = describe(schema, 'output') as {
    properties?: Record<string, JsonSchema>
    required?: string[]
  }
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }))
}

function operationOf(route: Route): JsonSchema {
  const content = (schema: JsonSchema): JsonSchema => ({ 'application/json': { schema } })
  const success = route.response
    ? { '200': { description: 'Success.', content: content(describe(route.response, 'output')) } }
    : { '204': { description: 'Success, without a body.' } }
  return {
    operationId: `${route.method.toLowerCase()}_${route.path.replaceAll(/\W+/g, '_').replace(/_$/, '')}`,
    summary: route.summary,
    parameters: [...parametersOf(route.params, 'path'), ...parametersOf(route.query, 'query')],
    ...(route.body && { requestBody: { content: content(describe(route.body, 'input')) } }),
    responses: { ...success, default: { $ref: '#/components/responses/Problem' } },
    ...(route.access === 'public' && { security: [] }),
  }
}

/** Describes the routes under a base path. */
function openApiDocument(routes: readonly Route[], basePath: string): OpenApiDocument {
  const paths: Record<string, JsonSchema> = {}
  for (const route of routes) {
    const path = `${basePath}/${route.path}`
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'appointment-sync',
      version: '1',
      description:
        'Keeps appointments and Google Calendars in step. Who calls is for the host to say: see its documentation.',
    },
    paths,
    components: {
      schemas: { Problem: describe(problemSchema, 'output') },
      responses: {
        Problem: {
          description: 'The request failed; `code` says why.',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
    },
  }
}

/** The route of the document itself. `routes` is read at the first request, when the table is complete. */
export function openApiRoute(routes: () => readonly Route[], basePath: string): Route {
  let document: OpenApiDocument | undefined
  return publicRoute({
    method: 'GET',
    path: 'openapi.json',
    summary: 'This description.',
    response: z.record(z.string(), z.unknown()),
    run: async () => (document ??= openApiDocument(routes(), basePath)),
  })
}
