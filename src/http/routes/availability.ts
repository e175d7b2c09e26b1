import { z } from 'zod'
import { ownerRoute, type Route } from '../route.ts'
import { toWire } from '../wire-names.ts'
import { errorSummarySchema, instantQuerySchema, instantSchema, toDate } from '../wire-schemas.ts'

const busyRoute: Route = ownerRoute({
  method: 'GET',
  path: 'availability',
  summary:
    'Busy times of the caller, at most 366 days, or 60 asked of Google now; `unknown` must never be read as free.',
  query: z.strictObject({
    from: instantQuerySchema,
    to: instantQuerySchema,
    source: z.enum(['stored', 'google']).optional(),
  }),
  response: z.discriminatedUnion('status', [
    z.object({
      status: z.literal('known'),
      busy: z.array(z.object({ start: instantSchema, end: instantSchema })),
      as_of: instantSchema,
      source: z.enum(['stored', 'google']),
      calendars: z.array(z.object({ calendar_id: z.string(), as_of: instantSchema })),
    }),
    z.object({ status: z.literal('unknown'), error: errorSummarySchema }),
  ]),
  run: async ({ sync, owner, query, options }) => {
    const { source } = query
    const range = { from: toDate(query.from), to: toDate(query.to), source }
    return toWire(await sync.availability.busy(owner, range, options))
  },
})

export function availabilityRoutes(): Route[] {
  return [busyRoute]
}
