import { z } from 'zod'
import type { CalendarHand, ResponseStatus } from '../hand.ts'
import { controlRoute, type ControlAnswer, type ControlRoute } from './control-route.ts'
import { calendarOf } from './named.ts'

const nothing = z.strictObject({})
const event = z.record(z.string(), z.json())
const answer = z.strictObject({
  response: z.enum(['needsAction', 'declined', 'tentative', 'accepted'] satisfies ResponseStatus[]),
  attendee: z.string().optional(),
})

const instant = z.iso.datetime({ offset: true }).optional()
const following = z.strictObject({ changes: event, keepPrivate: z.boolean().optional() })
const range = z.strictObject({ timeMin: instant, timeMax: instant })

const CALENDAR = '/users/{email}/calendars/{calendar}'
const EVENTS = `${CALENDAR}/events`
const EVENT = `${EVENTS}/{event}`

type Method = ControlRoute['method']

function byHand<Schema extends z.ZodType>(
  name: keyof CalendarHand,
  place: readonly [Method, string],
  schema: Schema,
  work: (hand: CalendarHand, id: string, given: z.output<Schema>) => ControlAnswer,
): ControlRoute {
  return controlRoute(`calendar.${name}`, place, schema, (desk, given, parameters) =>
    work(calendarOf(desk, parameters), parameters['event'] ?? '', given),
  )
}

/** What a person does in Google's own page, by the names it has in the process. */
export const CALENDAR_ROUTES: readonly ControlRoute[] = [
  byHand('events', ['GET', EVENTS], nothing, (hand) => ({ events: hand.events() })),
  byHand('insert', ['POST', EVENTS], event, (hand, _id, given) => hand.insert(given)),
  byHand('instances', ['POST', `${EVENT}/instances`], range, (hand, id, { timeMin, timeMax }) => ({
    events: hand.instances(id, { ...(timeMin && { timeMin }), ...(timeMax && { timeMax }) }),
  })),
  byHand('get', ['GET', EVENT], nothing, (hand, id) => hand.get(id)),
  byHand('patch', ['PATCH', EVENT], event, (hand, id, given) => hand.patch(id, given)),
  byHand('changeFollowing', ['POST', `${EVENT}/following`], following, (hand, id, { changes, keepPrivate }) =>
    hand.changeFollowing(id, changes, keepPrivate === undefined ? {} : { keepPrivate }),
  ),
  byHand('delete', ['DELETE', EVENT], nothing, (hand, id) => {
    hand.delete(id)
    return undefined
  }),
  byHand('move', ['POST', `${EVENT}/move`], z.strictObject({ destination: z.string() }), (hand, id, given) =>
    hand.move(id, given.destination),
  ),
  byHand('respond', ['POST', `${EVENT}/respond`], answer, (hand, id, { response, attendee }) =>
    attendee === undefined ? hand.respond(id, response) : hand.respond(id, response, attendee),
  ),
]
