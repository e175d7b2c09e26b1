import type { Backend } from './backend.ts'
import { addToList } from './calendars/list-store.ts'
import { addCalendar } from './calendars/new-calendar.ts'
import { plantContents } from './files/seed-contents.ts'
import { giveCalendar } from './hand.ts'
import type { EmulatorClient, EmulatorUser } from './options.ts'
import { checkRedirectUris } from './oauth/redirect-uris.ts'
import { randomSubject } from './random.ts'
import type { UserRecord } from './state/calendar-records.ts'
import type { ClientRecord } from './state/oauth-records.ts'

const MAX_TESTERS = 100

/**
 * The stored form of a client.
 * @throws RangeError for a redirect URI or a number of testers that Google does not take.
 */
export function clientRecord(client: EmulatorClient): ClientRecord {
  const { clientId, clientSecret, redirectUris, testing = false, testers, deleted = false } = client
  checkRedirectUris(clientId, redirectUris)
  if (testers && testers.length > MAX_TESTERS) {
    throw new RangeError(
      `Google lets a Testing app have ${MAX_TESTERS} testers; ${clientId} has ${testers.length}`,
    )
  }
  const allowed = testers?.map((email) => email.toLowerCase()) ?? null
  return { clientId, clientSecret, redirectUris: [...redirectUris], testing, testers: allowed, deleted }
}

/** A client as the options would give it. */
export function clientOf({ testers, ...client }: ClientRecord): EmulatorClient {
  return structuredClone(testers === null ? client : { ...client, testers })
}

/**
 * Adds accounts: first every primary calendar, then the lists, which may name the calendars of others, then
 * settings and events.
 * @throws Error when an account is there already, and for events that Google refuses; nothing is added then.
 */
export function addUsers(backend: Backend, users: readonly EmulatorUser[]): void {
  for (const { email } of users) {
    if (backend.state.users.has(email.toLowerCase())) {
      throw new Error(`the emulator has an account ${email} already`)
    }
  }
  const before = structuredClone(backend.state)
  const added = users.map((given) => ({
    user: addUser(backend, given),
    given,
    ids: new Map<number, string>(),
  }))
  // Owners first: who lists a calendar as its owner is the one who made it.
  for (const owning of [true, false]) {
    for (const { user, given, ids } of added) {
      for (const [at, calendar] of (given.calendars ?? []).entries()) {
        const owned = (calendar.accessRole ?? 'owner') === 'owner'
        if (owned === owning) ids.set(at, giveCalendar(backend, user, calendar))
      }
    }
  }
  try {
    plantContents(backend, added)
  } catch (error) {
    backend.state = before
    throw error
  }
}

function addUser(backend: Backend, given: EmulatorUser): UserRecord {
  const email = given.email.toLowerCase()
  const { state, clock } = backend
  const user: UserRecord = {
    email,
    subject: randomSubject(state.random),
    timeZone: given.timeZone ?? 'America/Sao_Paulo',
    hasCalendar: given.calendar ?? true,
    isAdmin: given.admin ?? false,
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
  addToList(backend, user, email)
  return user
}
