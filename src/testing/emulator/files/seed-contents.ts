import type { Backend } from '../backend.ts'
import { storeSetting } from '../calendars/settings.ts'
import { CalendarApiError } from '../errors.ts'
import { createUserHand } from '../hand.ts'
import type { EmulatorUser } from '../options.ts'
import type { UserRecord } from '../state/calendar-records.ts'

/** An account that was just added, and what the options said of it. */
export interface AddedAccount {
  readonly user: UserRecord
  readonly given: EmulatorUser
  /** The ids its calendars got, by their place in the options. */
  readonly ids: ReadonlyMap<number, string>
}

interface Planting {
  readonly calendarId: string
  readonly events: readonly object[]
  /** Where the events stand in the options. */
  readonly path: string
}

function plantingsOf({ given, ids }: AddedAccount, index: number): Planting[] {
  const path = `users.${index}`
  const secondary = (given.calendars ?? []).map(({ events = [] }, at) => ({
    calendarId: ids.get(at) ?? '',
    events,
    path: `${path}.calendars.${at}.events`,
  }))
  return [{ calendarId: 'primary', events: given.events ?? [], path: `${path}.events` }, ...secondary]
}

/** Stores the events of one calendar; returns what Google refuses, each with its place in the options. */
function plantEvents(backend: Backend, email: string, { calendarId, events, path }: Planting): string[] {
  const hand = createUserHand(backend, email).calendar(calendarId)
  return events.flatMap((event, at) => {
    try {
      hand.insert(event)
      return []
    } catch (error) {
      if (error instanceof CalendarApiError) return [`${path}.${at}: Google refuses it: ${error.message}`]
      throw error
    }
  })
}

/** Stores the settings of an account; returns those Google does not have, each with its place. */
function plantSettings(backend: Backend, { user, given }: AddedAccount, index: number): string[] {
  return Object.entries(given.settings ?? {}).flatMap(([name, value]) => {
    try {
      storeSetting(backend, user, name, value)
      return []
    } catch (error) {
      if (error instanceof Error) return [`users.${index}.settings.${name}: ${error.message}`]
      throw error
    }
  })
}

/**
 * Stores the settings and events that accounts bring with them, once every account and calendar is there.
 * @throws Error that lists every setting and event Google refuses, by its place in the options.
 */
export function plantContents(backend: Backend, accounts: readonly AddedAccount[]): void {
  const problems = accounts.flatMap((account, index) => [
    ...plantSettings(backend, account, index),
    ...plantingsOf(account, index).flatMap((planting) => plantEvents(backend, account.user.email, planting)),
  ])
  if (problems.length > 0) throw new Error(`The users cannot be added:\n${problems.join('\n')}`)
}
