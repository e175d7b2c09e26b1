import { z } from 'zod'
import { parsePart } from '../http-refusal.ts'
import { publicRoute, type Route } from '../route.ts'

/** Google's channel ids and states: https://developers.google.com/workspace/calendar/api/guides/push */
const headersSchema = z.object({
  'x-goog-channel-id': z.string().regex(/^[\w\-+/=]{1,64}$/, 'must be the id of a watch channel'),
  'x-goog-resource-state': z.enum(['sync', 'exists', 'not_exists']),
})

/**
 * Takes Google's notifications. Every well-formed one is answered alike, whether or not it is genuine: a wrong token
 * learns nothing, and Google does not try again. A failure of ours is a 503, and then it does.
 */
const notificationRoute: Route = publicRoute({
  method: 'POST',
  path: 'notifications',
  summary: 'For Google: takes a push notification of a watch channel.',
  crossSite: true,
  run: async ({ sync, request, options }) => {
    const names = ['x-goog-channel-id', 'x-goog-resource-state'] as const
    const given = names.map((name) => [name, request.headers.get(name) ?? undefined])
    parsePart(headersSchema, Object.fromEntries(given), 'header')
    await sync.notifications.receive(request.headers, options)
    return new Response(null, { status: 204 })
  },
})

export function notificationRoutes(): Route[] {
  return [notificationRoute]
}
