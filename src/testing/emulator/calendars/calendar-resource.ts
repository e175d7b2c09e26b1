import { createHash } from 'node:crypto'
import { invalid, required } from '../errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts'
import { randomResourceId } from '../random.ts'
import type { CalendarRecord, LabelRecord } from '../state/calendar-records.ts'
import type { GoogleState } from '../state/state.ts'
import { isTimeZone } from '../zone-time.ts'
import { isPrimary } from './new-calendar.ts'

/** What a caller may write in a Calendar resource. */
export type CalendarFields = Pick<
  CalendarRecord,
  'summary' | 'description' | 'location' | 'timeZone' | 'conferenceTypes' | 'labels'
>

const CONFERENCE_TYPES = new Set(['eventHangout', 'eventNamedHangout', 'hangoutsMeet'])
const MAX_LABELS = 200
const MAX_LABEL_NAME = 50
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
/** A colour as Google writes it. */
export const HEX_COLOR: RegExp = /^#[0-9a-f]{6}$/i

/** The etag of a calendar: its last change in microseconds, as Google's calendar list carries it. */
export function calendarEtag(etagUs: number): string {
  return `"${etagUs}"`
}

/** The members of a calendar that stand in the Calendar resource and in a calendar list entry. */
export function commonMembers(calendar: CalendarRecord): JsonObject {
  const { description, location, conferenceTypes } = calendar
  return {
    summary: calendar.summary,
    ...(description === null ? {} : { description }),
    ...(location === null ? {} : { location }),
    timeZone: calendar.timeZone,
    conferenceProperties: { allowedConferenceSolutionTypes: [...conferenceTypes] },
    // Set for secondary calendars only.
    ...(isPrimary(calendar) ? {} : { dataOwner: calendar.dataOwner }),
  }
}

function labelMembers(labels: readonly LabelRecord[]): JsonObject {
  const eventLabels = labels.map(({ id, name, backgroundColor }) => ({
    id,
    ...(name === null ? {} : { name }),
    backgroundColor,
  }))
  return labels.length === 0 ? {} : { labelProperties: { eventLabels } }
}

/** A Calendar resource. */
export function renderCalendar(calendar: CalendarRecord): JsonObject {
  return {
    kind: 'calendar#calendar',
    etag: calendarEtag(calendar.etagUs),
    id: calendar.id,
    ...commonMembers(calendar),
    ...labelMembers(calendar.labels),
  }
}

function readText(body: JsonObject, name: string): string | null {
  const value = body[name]
  if (value === undefined || value === null || value === '') return null
  if (typeof value !== 'string') throw invalid('Invalid Value', name)
  return value
}

function readConferenceTypes({ conferenceProperties: given }: JsonObject): string[] | null {
  if (given === undefined || given === null) return null
  const types = isJsonObject(given) ? (given.allowedConferenceSolutionTypes ?? []) : null
  if (!Array.isArray(types)) throw invalid('Invalid Value', 'conferenceProperties')
  return types.map((type) => {
    if (typeof type === 'string' && CONFERENCE_TYPES.has(type)) return type
    throw invalid('Invalid Value', 'conferenceProperties')
  })
}

function randomUuid(state: GoogleState): string {
  const hex = createHash('sha256').update(randomResourceId(state.random)).digest('hex')
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`]
  return [...parts, hex.slice(20, 32)].join('-')
}

function readLabel(state: GoogleState, given: JsonValue): LabelRecord {
  const refused = invalid('Invalid Value', 'labelProperties')
  if (!isJsonObject(given)) throw refused
  const { id = null, name = null, backgroundColor } = given
  if (typeof backgroundColor !== 'string' || !HEX_COLOR.test(backgroundColor)) throw refused
  if (name !== null && (typeof name !== 'string' || name.length > MAX_LABEL_NAME)) throw refused
  if (id !== null && (typeof id !== 'string' || !UUID.test(id))) throw refused
  return { id: id ?? randomUuid(state), name, backgroundColor }
}

function readLabels(state: GoogleState, { labelProperties: given }: JsonObject): LabelRecord[] | null {
  if (given === undefined || given === null) return null
  const list = isJsonObject(given) ? (given.eventLabels ?? []) : null
  if (!Array.isArray(list) || list.length > MAX_LABELS) throw invalid('Invalid Value', 'labelProperties')
  const labels = list.map((label) => readLabel(state, label))
  if (new Set(labels.map(({ id }) => id)).size < labels.length)
    throw invalid('Invalid Value', 'labelProperties')
  return labels
}

/**
 * The writable members of a Calendar resource. What is absent is cleared, but the zone, the conference types and
 * the labels stay as they are. `autoAcceptInvitations` is for resource calendars, which the emulator has none of.
 * @param current the calendar to be replaced; null for a new one, whose zone is UTC by default.
 * @throws CalendarApiError 400 `required` without a title; 400 `invalid`.
 */
export function readCalendarFields(
  state: GoogleState,
  body: JsonObject,
  current: CalendarFields | null,
): CalendarFields {
  const summary = readText(body, 'summary')
  if (summary === null) throw required('Missing title.', 'summary')
  const timeZone = readText(body, 'timeZone') ?? current?.timeZone ?? 'UTC'
  if (!isTimeZone(timeZone)) throw invalid('Invalid Value', 'timeZone')
  return {
    summary,
    description: readText(body, 'description'),
    location: readText(body, 'location'),
    timeZone,
    conferenceTypes: readConferenceTypes(body) ?? current?.conferenceTypes ?? ['hangoutsMeet'],
    labels: readLabels(state, body) ?? current?.labels ?? [],
  }
}
