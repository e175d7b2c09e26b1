import type { Backend } from './backend.ts'
import { addCalendar, listCalendar } from './calendar/calendars.ts'
import { giveCalendar } from './hand.ts'
import type { EmulatorClient, EmulatorUser } from './options.ts'
import { randomSubject, seedRandom } from './random.ts'
import type { ClientRecord, GoogleState, UserRecord } from './state.ts'

/** A state that holds nothing yet. */
export function emptyState(seed: number): GoogleState {
  return {
    random: seedRandom(seed),
    lastTimestampUs: 0,
    clients: new Map(),
    users: new Map(),
    calendars: new Map(),
    grants: new Map(),
    codes: new Map(),
    refreshTokens: new Map(),
    accessTokens: new Map(),
  }
}

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
    listCounter: 0,
    calendarList: new Map(),
  }
  state.users.set(email, user)
  const primary = { id: email, summary: email, timeZone: user.timeZone, dataOwner: email }
  addCalendar(state, primary, clock.now())
  listCalendar(state, user, email, 'owner', clock.now())
  return user
}
