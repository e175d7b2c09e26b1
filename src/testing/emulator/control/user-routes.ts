import { z } from 'zod'
import { ROLE_ORDER } from '../api/access.ts'
import type { CalendarShare, ShareTarget } from '../calendars/sharing-hand.ts'
import { calendarSchema } from '../files/seed-schema.ts'
import type { UserHand } from '../hand.ts'
import { controlRoute, type ControlAnswer, type ControlRoute } from './control-route.ts'
import { accountOf, calendarOf } from './named.ts'

const nothing = z.strictObject({})
const target: z.ZodType<ShareTarget> = z.union(
  [z.string(), z.strictObject({ domain: z.string() }), z.strictObject({ group: z.string() })],
  { error: 'takes an address, "default", { "domain" } or { "group" }' },
)
const share: z.ZodType<CalendarShare> = z.strictObject({ with: target, role: z.enum(ROLE_ORDER) })

const USER = '/users/{email}'
const CALENDARS = `${USER}/calendars`
const CALENDAR = `${CALENDARS}/{calendar}`

function byUser<Schema extends z.ZodType>(
  name: keyof UserHand,
  place: readonly [ControlRoute['method'], string],
  schema: Schema,
  work: (user: UserHand, given: z.output<Schema>, calendarId: string) => ControlAnswer | void,
): ControlRoute {
  return controlRoute(`user.${name}`, place, schema, (desk, given, parameters) =>
    work(accountOf(desk, parameters['email']), given, parameters['calendar'] ?? ''),
  )
}

/** The same for a calendar that must be there. */
function byUserOf<Schema extends z.ZodType>(
  name: keyof UserHand,
  place: readonly [ControlRoute['method'], string],
  schema: Schema,
  work: (user: UserHand, given: z.output<Schema>, calendarId: string) => void,
): ControlRoute {
  return controlRoute(`user.${name}`, place, schema, (desk, given, parameters) => {
    calendarOf(desk, parameters)
    work(accountOf(desk, parameters['email']), given, parameters['calendar'] ?? '')
  })
}

/** What the owner of an account does with it, by the names it has in the process. */
export const USER_ROUTES: readonly ControlRoute[] = [
  byUser('revokeAccess', ['POST', `${USER}/revoke-access`], nothing, (user) => user.revokeAccess()),
  byUser(
    'setSetting',
    ['POST', `${USER}/settings`],
    z.strictObject({ id: z.string(), value: z.string() }),
    (user, given) => user.setSetting(given.id, given.value),
  ),
  byUser('addCalendar', ['POST', CALENDARS], calendarSchema, (user, { events = [], ...calendar }) => {
    const id = user.addCalendar(calendar)
    for (const event of events) user.calendar(id).insert(event)
    return { id }
  }),
  byUserOf('deleteCalendar', ['DELETE', CALENDAR], nothing, (user, _given, id) => user.deleteCalendar(id)),
  byUserOf('removeCalendar', ['POST', `${CALENDAR}/remove`], nothing, (user, _given, id) =>
    user.removeCalendar(id),
  ),
  byUserOf('subscribe', ['POST', `${CALENDAR}/subscribe`], nothing, (user, _given, id) => user.subscribe(id)),
  byUserOf('share', ['POST', `${CALENDAR}/share`], share, (user, given, id) => user.share(id, given)),
  byUserOf('unshare', ['POST', `${CALENDAR}/unshare`], z.strictObject({ with: target }), (user, given, id) =>
    user.unshare(id, given.with),
  ),
]
