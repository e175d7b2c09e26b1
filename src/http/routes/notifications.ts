import { z } from 'zod'
import { parsePart } from '../http-refusal.ts'
import { publicRoute, type Route } from '../route.ts'

/** Google's channel ids and states: https://developers.google.com/workspace/calendar/api/guides/push */
const headersSchema = z.object({
  'x-goog-channel-id': z.string().regex(/^[\w\-+/=]{1,64}$/, 'must be the id of a watch channel'),
  'x-goog-resource-state': z.enum(['sync', 'exists', 'not_exists']),
})

/**
 * Takes Google's notifications. This version opens no watch channels, so a well-formed one is a late echo of
 * somebody else's: it is answered, so that Google does not try again, and nothing follows.
 */
const notificationRoute: Route = publicRoute({
  method: 'POST',
  path: 'notifications',
  summary: 'For Google: takes a push notification. This version opens no watch channels.',
  crossSite: true,
  run: async ({ request }) => {
    const names = ['x-goog-channel-id', 'x-goog-resource-state'] as const
    const given = names.map((name) => [name, request.headers.get(name) ?? undefined])
    parsePart(headersSchema, Object.fromEntries(given), 'header')
    return new Response(null, { status: 204 })
  },
})

export function notificationRoutes(): Route[] {
  return [notificationRoute]
}
