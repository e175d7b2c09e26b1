import type { Backend } from './backend.ts'
import { findCalendar } from './api/access.ts'
import { attendeesOf } from './events/attendees.ts'
import {
  deleteEvent,
  insertEvent,
  locateEvent,
  moveEvent,
  patchEvent,
  type Writer,
} from './events/event-changes.ts'
import { renderEvent } from './events/event-resource.ts'
import { expandSeries } from './events/series.ts'
import { type SplitOptions, splitSeries } from './events/split-series.ts'
import { setRule } from './calendars/acl-rules.ts'
import { eraseCalendar } from './calendars/calendars.ts'
import { addToList, takeOffList } from './calendars/list-store.ts'
import { addCalendar, isPrimary } from './calendars/new-calendar.ts'
import { storeSetting } from './calendars/settings.ts'
import { shareByHand, unshareByHand, type CalendarShare, type ShareTarget } from './calendars/sharing-hand.ts'
import { cloneJson, type JsonObject } from './json.ts'
import { revokeAccount } from './oauth/tokens.ts'
import type { AccessRole, CalendarRecord, UserRecord } from './state/calendar-records.ts'
import type { EventRecord } from './state/event-records.ts'

/** An answer to an invitation. */
export type ResponseStatus = 'needsAction' | 'declined' | 'tentative' | 'accepted'

/** An Event resource as events.get returns it. */
export interface GoogleEvent extends JsonObject {
  readonly id: string
  readonly etag: string
  readonly status: string
}

/** A calendar in the hands of its user, in Google's own page: no token, no If-Match, no scope. */
export interface CalendarHand {
  /** The live events, in the order they were made; deleted ones are left out. */
  events(): GoogleEvent[]
  /**
   * The live instances of a series in a window (RFC 3339, both ends open by default; an endless series is
   * followed for about two years). Their ids can be patched, moved in time and deleted one by one.
   */
  instances(id: string, window?: { timeMin?: string; timeMax?: string }): GoogleEvent[]
  /** One event, deleted or not. @throws CalendarApiError 404 when it never existed. */
  get(id: string): GoogleEvent
  /** Makes an event from an Event resource. @throws CalendarApiError for what Google refuses. */
  insert(body: object): GoogleEvent
  /** Changes an event; objects merge, arrays are replaced, null clears. Restores a deleted one by `status`. */
  patch(id: string, body: object): GoogleEvent
  /**
   * Changes an instance and all that follow it: its series ends the day before, and a new one with the changes goes on
   * from there, which is returned. @throws Error for an event that is no instance.
   */
  changeFollowing(instanceId: string, body: object, options?: SplitOptions): GoogleEvent
  /** Moves an event to another calendar of the same user. */
  move(id: string, destination: string): GoogleEvent
  /** Deletes an event. @throws CalendarApiError 404, or 410 when it is gone already. */
  delete(id: string): void
  /**
   * Answers an invitation.
   * @param attendee whose answer; default: this user's own.
   * @throws Error when that address is not among the attendees.
   */
  respond(id: string, response: ResponseStatus, attendee?: string): GoogleEvent
}

/** A Google account in the hands of its owner. */
export interface UserHand {
  readonly email: string
  /** @param id default `primary`. @throws Error when the user has no such calendar. */
  calendar(id?: string): CalendarHand
  /** Makes a calendar, or lists one that another user owns; returns its id. */
  addCalendar(calendar: UserCalendar): string
  /**
   * Takes a calendar off the user's list, and the access with it: every later call about it is 404, unless it is
   * shared with everybody.
   */
  removeCalendar(id: string): void
  /**
   * Deletes a secondary calendar for everybody; its id stays taken.
   * @throws Error when this user is not its data owner.
   */
  deleteCalendar(id: string): void
  /**
   * Shares a calendar, or changes the role of somebody it is shared with. It does not come on their list: that
   * takes `subscribe`, or calendarList.insert.
   * @throws Error when this user may not manage the calendar.
   * @throws CalendarApiError for what Google refuses, such as another role for its data owner.
   */
  share(calendarId: string, share: CalendarShare): void
  /** Ends the sharing with somebody; without a rule about them nothing happens. Throws as `share` does. */
  unshare(calendarId: string, target: ShareTarget): void
  /** Puts a calendar that this user has access to on the list. @throws Error without access. */
  subscribe(calendarId: string): void
  /**
   * Changes a setting of Google Calendar, such as `locale`; values are strings.
   * @throws Error for a setting or a value that Google does not have.
   */
  setSetting(id: string, value: string): void
  /** Takes back everything granted to every client: tokens die, consent is forgotten. */
  revokeAccess(): void
}

/** A calendar on a user's list. */
export interface UserCalendar {
  /** Default: made from the summary. The user's own address or `primary` changes the primary calendar. */
  readonly id?: string | undefined
  readonly summary: string
  /** IANA zone; default: the user's. */
  readonly timeZone?: string | undefined
  /** Default `owner`. */
  readonly accessRole?: AccessRole | undefined
  /** False: it cannot be watched, as holidays and some imported calendars; default true. Read when it is made. */
  readonly watchable?: boolean | undefined
  /** The kinds of conferences its events may have; default `hangoutsMeet` alone. Read when it is made. */
  readonly conferenceTypes?: readonly string[] | undefined
}

const EVERYTHING = { conferenceData: true, attachments: true, eventLabel: true } as const

/** A resource as it would travel: what the test holds and what is stored share nothing. */
function wireForm(body: object): JsonObject {
  return cloneJson(body as JsonObject)
}

function calendarHand(
  backend: Backend,
  account: () => UserRecord,
  calendarOf: () => CalendarRecord,
): CalendarHand {
  const { email: owner } = account()
  const writer: Writer = { email: owner, gates: EVERYTHING, ifMatch: null }
  const show = (calendar: CalendarRecord, event: EventRecord): GoogleEvent =>
    wireForm(renderEvent(event, calendar, { viewer: owner, accessRole: 'owner' })) as GoogleEvent
  const patch = (id: string, body: object): GoogleEvent =>
    show(calendarOf(), patchEvent(backend, calendarOf(), writer, id, wireForm(body)))
  return {
    events() {
      const calendar = calendarOf()
      const live = [...calendar.events.values()].filter((event) => !event.deleted)
      return live.sort((left, right) => left.order - right.order).map((event) => show(calendar, event))
    },
    instances(id, window = {}) {
      const calendar = calendarOf()
      const bound = (given: string | undefined): number | null =>
        given === undefined ? null : Date.parse(given)
      const within = { from: bound(window.timeMin), to: bound(window.timeMax) }
      return expandSeries(backend, calendar, locateEvent(backend, calendar, id), within)
        .filter((event) => !event.deleted)
        .map((event) => show(calendar, event))
    },
    get: (id) => show(calendarOf(), locateEvent(backend, calendarOf(), id)),
    insert: (body) => show(calendarOf(), insertEvent(backend, calendarOf(), writer, wireForm(body))),
    patch,
    changeFollowing(instanceId, body, options = {}) {
      const changes = wireForm(body)
      const tail = splitSeries(backend, calendarOf(), writer, { ...options, instanceId, changes })
      return show(calendarOf(), tail)
    },
    move(id, destination) {
      const target = findCalendar(backend, account(), destination)
      if (!target) throw new Error(`${owner} has no calendar ${destination}`)
      return show(target.calendar, moveEvent(backend, calendarOf(), target.calendar, id))
    },
    delete: (id) => deleteEvent(backend, calendarOf(), writer, id),
    respond(id, response, attendee = owner) {
      const attendees = attendeesOf(locateEvent(backend, calendarOf(), id).fields)
      const address = attendee.toLowerCase()
      if (!attendees.some(({ email }) => email === address)) {
        throw new Error(`${address} is not an attendee of event ${id}; name one of its attendees`)
      }
      const answered = attendees.map((other) =>
        other.email === address ? { ...other, responseStatus: response } : other,
      )
      return patch(id, { attendees: answered })
    },
  }
}

function slug(summary: string): string {
  return summary.toLowerCase().replace(/[^a-z0-9]+/g, '-')
}

/** Puts a calendar on a user's list, making it when nobody has it yet; returns its id. */
export function giveCalendar(backend: Backend, user: UserRecord, given: UserCalendar): string {
  const { state, clock } = backend
  const named = given.id ?? `${slug(given.summary)}-${slug(user.email)}@group.calendar.google.com`
  const id = named === 'primary' ? user.email : named
  const accessRole = given.accessRole ?? 'owner'
  const calendar = addCalendar(
    state,
    {
      id,
      summary: given.summary,
      timeZone: given.timeZone ?? user.timeZone,
      dataOwner: accessRole === 'owner' ? user.email : 'owner@example.com',
      watchable: given.watchable ?? true,
    },
    clock.now(),
  )
  if (given.conferenceTypes !== undefined) calendar.conferenceTypes = [...given.conferenceTypes]
  if (id === user.email) {
    calendar.summary = given.summary
    calendar.timeZone = given.timeZone ?? calendar.timeZone
  }
  setRule(backend, calendar, { scopeType: 'user', scopeValue: user.email }, accessRole)
  addToList(backend, user, id)
  return id
}

/** The hand of one user. @throws Error when the emulator has no such account. */
export function createUserHand(backend: Backend, email: string): UserHand {
  // Looked up at each use: restore and reset replace the whole state.
  const account = (): UserRecord => {
    const user = backend.state.users.get(email.toLowerCase())
    if (user) return user
    const known = [...backend.state.users.keys()].join(', ')
    throw new Error(`the emulator has no account ${email}; it has ${known}`)
  }
  const calendarOf = (id: string): CalendarRecord => {
    const access = findCalendar(backend, account(), id)
    if (!access) throw new Error(`${email} has no calendar ${id}`)
    return access.calendar
  }
  return {
    email: account().email,
    calendar(id = 'primary') {
      calendarOf(id)
      return calendarHand(backend, account, () => calendarOf(id))
    },
    addCalendar: (calendar) => giveCalendar(backend, account(), calendar),
    removeCalendar(id) {
      const calendar = calendarOf(id)
      const user = account()
      setRule(backend, calendar, { scopeType: 'user', scopeValue: user.email }, 'none')
      takeOffList(backend, user, calendar.id)
    },
    deleteCalendar(id) {
      const calendar = calendarOf(id)
      if (isPrimary(calendar) || calendar.dataOwner !== account().email) {
        throw new Error(`${email} cannot delete ${id}: only the data owner of a secondary calendar can`)
      }
      eraseCalendar(backend, calendar)
    },
    share: (id, share) => shareByHand(backend, account(), id, share),
    unshare: (id, target) => unshareByHand(backend, account(), id, target),
    subscribe: (id) => addToList(backend, account(), calendarOf(id).id),
    setSetting: (id, value) => storeSetting(backend, account(), id, value),
    revokeAccess: () => revokeAccount(backend.state, account().email),
  }
}
