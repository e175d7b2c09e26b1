import { findCalendar } from '../api/access.ts'
import type { CalendarHand, UserHand } from '../hand.ts'
import { UnknownNameError, type ControlDesk, type PathParameters } from './control-route.ts'

/** The account named in a path. @throws UnknownNameError with the accounts there are. */
export function accountOf({ emulator }: ControlDesk, email = ''): UserHand {
  const users = emulator.users()
  if (!users.includes(email.toLowerCase())) throw new UnknownNameError(`there is no account ${email}`, users)
  return emulator.user(email)
}

/** The ids of the calendars on an account's list. */
export function calendarIdsOf({ backend }: ControlDesk, email: string): string[] {
  const list = backend.state.users.get(email)?.calendarList.values() ?? []
  return [...list].filter(({ removed }) => !removed).map(({ calendarId }) => calendarId)
}

/** The calendar named in a path. @throws UnknownNameError with the calendars on the account's list. */
export function calendarOf(desk: ControlDesk, { email, calendar: id = '' }: PathParameters): CalendarHand {
  const user = accountOf(desk, email)
  const record = desk.backend.state.users.get(user.email)
  if (!record || !findCalendar(desk.backend, record, id)) {
    const names = ['primary', ...calendarIdsOf(desk, user.email)]
    throw new UnknownNameError(`${user.email} has no calendar ${id}`, names)
  }
  return user.calendar(id)
}
