import type { Backend } from '../backend.ts'
import { createUserHand, type CalendarHand, type ResponseStatus } from '../hand.ts'
import { bodyOf } from './event-form.ts'

/** What the person did: a form sent to `/ui/<name>`. */
interface Deed {
  readonly hand: CalendarHand
  readonly form: URLSearchParams
  readonly zone: string
  /** The event the form is about. */
  readonly id: string
}

const ANSWERS: readonly ResponseStatus[] = ['needsAction', 'declined', 'tentative', 'accepted']

const ACTIONS: ReadonlyMap<string, (deed: Deed) => void> = new Map<string, (deed: Deed) => void>([
  ['add', ({ hand, form, zone }) => void hand.insert(bodyOf(form, null, zone))],
  ['save', ({ hand, form, zone, id }) => void hand.patch(id, bodyOf(form, hand.get(id), zone))],
  [
    'move',
    ({ hand, form, zone, id }) => {
      const { start, end } = bodyOf(form, hand.get(id), zone)
      hand.patch(id, { start, end })
    },
  ],
  ['transfer', ({ hand, form, id }) => void hand.move(id, form.get('destination') ?? '')],
  [
    'respond',
    ({ hand, form, id }) => {
      const response = ANSWERS.find((answer) => answer === form.get('response'))
      if (!response) throw new Error(`an answer is one of ${ANSWERS.join(', ')}`)
      hand.respond(id, response)
    },
  ],
  ['delete', ({ hand, id }) => hand.delete(id)],
])

/**
 * Does what a form asks for, as the account it names.
 * @returns false when there is no such action.
 * @throws CalendarApiError for what Google refuses; Error for an account or calendar that is not there.
 */
export function performAction(backend: Backend, name: string, form: URLSearchParams): boolean {
  const action = ACTIONS.get(name)
  if (!action) return false
  const user = createUserHand(backend, form.get('email') ?? '')
  const calendar = form.get('calendar') ?? 'primary'
  const zone = backend.state.calendars.get(calendar === 'primary' ? user.email : calendar)?.timeZone ?? 'UTC'
  action({ hand: user.calendar(calendar), form, zone, id: form.get('id') ?? '' })
  return true
}
