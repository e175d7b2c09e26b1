import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aConflict } from './http-fake-sync.ts'
import { aHandler, BASE } from './http-requests.ts'

const ROUTES = [
  'auth-url',
  'oauth-callback',
  'status',
  'integration',
  'integration/toggle',
  'integration/sync-settings',
  'sync/manual',
  'sync/appointment/x',
  'sync-logs',
  'calendars',
  'conflicts',
  'conflicts/conflict-1/resolve',
  'availability',
  'health',
  'metrics',
  'openapi.json',
  'notifications',
]
const NAMES = [
  'limit',
  'cursor',
  'from',
  'to',
  'status',
  'remove_events',
  'return_to',
  'state',
  'code',
  '__proto__',
]

const path = fc.oneof(
  fc.constantFrom(...ROUTES),
  fc
    .tuple(fc.constantFrom('sync/appointment/', 'conflicts/', ''), fc.webPath())
    .map((parts) => parts.join('')),
)
const query = fc.array(fc.tuple(fc.oneof(fc.constantFrom(...NAMES), fc.string()), fc.string()), {
  maxLength: 4,
})
const body = fc.oneof(
  fc.json(),
  fc.string({ unit: 'binary' }),
  fc
    .dictionary(
      fc.constantFrom('active', 'resolution', 'fields', 'days_back', 'event_prefix', 'locale'),
      fc.anything(),
    )
    .map((object) =>
      JSON.stringify(object, (_key, value: unknown) => (typeof value === 'bigint' ? null : value)),
    ),
)
const contentType = fc.constantFrom('application/json', 'text/plain', 'application/json;charset=latin1')
const method = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS')

describe('malformed input', () => {
  it('never makes a 500, and never reaches another owner', async () => {
    await fc.assert(
      fc.asyncProperty(method, path, query, body, contentType, async (method, path, query, body, type) => {
        const { handler, calls } = aHandler({
          listConflicts: async () => ({ items: [aConflict()], nextCursor: null }),
        })
        const bodiless = method === 'GET' || method === 'HEAD'
        const request = new Request(`${BASE}/${path}?${new URLSearchParams(query)}`, {
          method,
          ...(bodiless ? {} : { body, headers: { 'content-type': type } }),
        })
        const response = await handler(request)
        expect(response.status).toBeLessThan(500)
        for (const { name, args } of calls.filter((call) => call.name !== 'health')) {
          const owner = JSON.stringify(args[0])
          expect(owner).toContain('"tenantId":"salon-1"')
          if (name !== 'metrics' && name !== 'resolve') expect(owner).toContain('"userId":"ana"')
        }
      }),
      { numRuns: 500 },
    )
  })
})
