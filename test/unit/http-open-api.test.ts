import { ERROR_CODES } from 'appointment-sync'
import { describe, expect, it } from 'vitest'
import { aHandler, aRequest } from './http-requests.ts'

interface Operation {
  operationId: string
  parameters: { name: string; in: string; required: boolean; schema: { type?: string; maximum?: number } }[]
  requestBody?: { content: Record<string, { schema: { properties?: Record<string, unknown> } }> }
  responses: Record<string, { content?: Record<string, { schema: unknown }> }>
}
interface Document {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: { schemas: { Problem: { properties: { code: { enum: string[] } } } } }
}

async function document(basePath?: string): Promise<Document> {
  const { handler } = aHandler({}, basePath === undefined ? {} : { basePath })
  const url = `https://booking.example${handler.basePath}/openapi.json`
  return (await (await handler(new Request(url))).json()) as Document
}

describe('openapi.json', () => {
  it('describes every route of the design, under the base path', async () => {
    const { openapi, paths } = await document('/calendar')
    const routes = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(openapi).toBe('3.1.0')
    expect(routes.sort()).toEqual(
      [
        'GET auth-url',
        'GET oauth-callback',
        'POST oauth-callback',
        'GET status',
        'GET integration',
        'PUT integration/toggle',
        'PUT integration/sync-settings',
        'POST sync/manual',
        'POST sync/appointment/{id}',
        'DELETE integration',
        'GET sync-logs',
        'GET calendars',
        'POST calendars',
        'GET conflicts',
        'GET conflicts/{id}',
        'POST conflicts/{id}/resolve',
        'GET availability',
        'GET templates/variables',
        'POST templates/preview',
        'GET health',
        'GET metrics',
        'GET openapi.json',
        'POST notifications',
      ]
        .map((route) => route.replace(' ', ' /calendar/'))
        .sort(),
    )
  })

  it('operation ids are unique and every placeholder is a required path parameter', async () => {
    const { paths } = await document()
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.values(methods).map((operation) => ({ path, operation })),
    )
    const ids = operations.map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
    for (const { path, operation } of operations) {
      const placeholders = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
      const inPath = operation.parameters.filter((parameter) => parameter.in === 'path')
      expect(inPath.map(({ name }) => name)).toEqual(placeholders)
      expect(inPath.every(({ required }) => required)).toBe(true)
    }
  })

  it('numbers of a query, bodies and answers are described by the schemas that check them', async () => {
    const { paths, components } = await document('/c')
    const limit = paths['/c/sync-logs']?.['get']?.parameters.find(({ name }) => name === 'limit')
    expect(limit).toMatchObject({ required: false, schema: { type: 'integer', minimum: 1, maximum: 500 } })
    const settings = paths['/c/integration/sync-settings']?.['put']?.requestBody?.content['application/json']
    expect(settings?.schema).toMatchObject({
      additionalProperties: false,
      properties: { sync_past_days: { type: 'integer', minimum: 0, maximum: 365 } },
    })
    expect(
      paths['/c/status']?.['get']?.responses['200']?.content?.['application/json']?.schema,
    ).toMatchObject({
      properties: { last_pull_at: { anyOf: [{ type: 'string', format: 'date-time' }, { type: 'null' }] } },
    })
    expect(components.schemas.Problem.properties.code.enum).toEqual(Object.keys(ERROR_CODES))
  })

  it('every reference leads somewhere', async () => {
    const whole = await document()
    const references = [...JSON.stringify(whole).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(
      (match) => match[1] ?? '',
    )
    expect(references.length).toBeGreaterThan(0)
    for (const reference of new Set(references)) {
      const target = reference
        .split('/')
        .reduce<unknown>((node, name) => (node as Record<string, unknown> | undefined)?.[name], whole)
      expect(target, reference).toBeTypeOf('object')
    }
  })

  it('health is described without figures where it is public', async () => {
    const { handler } = aHandler({}, { publicHealth: true })
    const text = await (await handler(aRequest('GET', 'openapi.json'))).text()
    const { paths } = JSON.parse(text) as Document
    const operation = paths[`${handler.basePath}/health`]?.['get']
    expect(JSON.stringify(operation)).not.toContain('metrics')
  })
})
