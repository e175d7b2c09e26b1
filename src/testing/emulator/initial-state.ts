import type { Backend } from './backend.ts'
import { addCalendar, listCalendar } from './calendars/calendars.ts'
import { giveCalendar } from './hand.ts'
import type { EmulatorClient, EmulatorUser } from './options.ts'
import { randomSubject } from './random.ts'
import type { UserRecord } from './state/calendar-records.ts'
import type { ClientRecord } from './state/oauth-records.ts'

/** The stored form of a client. */
export function clientRecord(client: EmulatorClient): ClientRecord {
  const { clientId, clientSecret, redirectUris, testing = false } = client
  return { clientId, clientSecret, redirectUris: [...redirectUris], testing }
}

/** Adds accounts: first every primary calendar, then the lists, which may name the calendars of others. */
export function addUsers(backend: Backend, users: readonly EmulatorUser[]): void {
  const added = users.map((given) => [addUser(backend, given), given] as const)
  for (const [user, given] of added) {
    for (const calendar of given.calendars ?? []) giveCalendar(backend, user, calendar)
  }
}

function addUser(backend: Backend, given: EmulatorUser): UserRecord {
  const email = given.email.toLowerCase()
  const { state, clock } = backend
  const user: UserRecord = {
    email,
    subject: randomSubject(state.random),
    timeZone: given.timeZone ?? 'America/Sao_Paulo',
    hasCalendar: true,
    listCounter: 0,
    listEpoch: 0,
    calendarList: new Map(),
    settingsCounter: 0,
    settingsEpoch: 0,
    settings: new Map(),
  }
  state.users.set(email, user)
  const primary = { id: email, summary: email, timeZone: user.timeZone, dataOwner: email }
  addCalendar(state, primary, clock.now())
  listCalendar(state, user, email, clock.now())
  return user
}
