import { z } from 'zod'
import { ownerRoute, type Route } from '../route.ts'
import { toWire } from '../wire-names.ts'
import { errorSummarySchema, instantQuerySchema, instantSchema, toDate } from '../wire-schemas.ts'

const busyRoute: Route = ownerRoute({
  method: 'GET',
  path: 'availability',
  summary: 'Busy times of the caller, at most 60 days; `unknown` must never be read as free.',
  query: z.strictObject({ from: instantQuerySchema, to: instantQuerySchema }),
  response: z.discriminatedUnion('status', [
    z.object({
      status: z.literal('known'),
      busy: z.array(z.object({ start: instantSchema, end: instantSchema })),
      as_of: instantSchema,
    }),
    z.object({ status: z.literal('unknown'), error: errorSummarySchema }),
  ]),
  run: async ({ sync, owner, query, options }) => {
    const range = { from: toDate(query.from), to: toDate(query.to) }
    return toWire(await sync.availability.busy(owner, range, options))
  },
})

export function availabilityRoutes(): Route[] {
  return [busyRoute]
}
