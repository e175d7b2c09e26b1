import type { Backend } from '../backend.ts'
import { invalid, refusal } from '../errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts'
import type { CalendarRecord } from '../state/calendar-records.ts'
import { storeAttendees } from './attendees.ts'
import { storeTimes } from './event-times.ts'
import { checkRecurrence } from './recurrence.ts'

/** Which optional parts of an event the request may write. */
export interface WriteGates {
  /** `conferenceDataVersion=1` was given. */
  readonly conferenceData: boolean
  /** `supportsAttachments=true` was given. */
  readonly attachments: boolean
  /** `eventLabelVersion=1` was given. */
  readonly eventLabel: boolean
}

const TEXTS = ['summary', 'description', 'location', 'colorId']
const FLAGS: Readonly<Record<string, boolean>> = {
  guestsCanInviteOthers: true,
  guestsCanModify: false,
  guestsCanSeeOtherGuests: true,
  anyoneCanAddSelf: false,
}
const ENUMS: Readonly<Record<string, readonly string[]>> = {
  // The first value is the default; a default is not stored, because Google leaves it out of its answers.
  transparency: ['opaque', 'transparent'],
  visibility: ['default', 'public', 'private', 'confidential'],
}
const EVENT_TYPES = new Set<JsonValue>(['default', 'birthday', 'focusTime', 'outOfOffice', 'workingLocation'])
const OPAQUE = [
  'birthdayProperties',
  'focusTimeProperties',
  'outOfOfficeProperties',
  'workingLocationProperties',
]
const MAX_PROPERTY_KEY = 44
const MAX_PROPERTY_VALUE = 1024
const MAX_PROPERTIES = 300
const MAX_PROPERTY_BYTES = 32 * 1024
const MAX_ATTACHMENTS = 25

function storeTexts(body: JsonObject, into: JsonObject): void {
  for (const name of TEXTS) {
    const value = body[name]
    if (value === undefined || value === null || value === '') continue
    if (typeof value === 'object') throw invalid('Invalid Value', name)
    into[name] = String(value)
  }
  if (typeof into.colorId === 'string' && !/^(?:[1-9]|1[01])$/.test(into.colorId)) {
    throw invalid('Invalid Value', 'colorId')
  }
}

function storeEnumsAndFlags(body: JsonObject, into: JsonObject): void {
  for (const [name, values] of Object.entries(ENUMS)) {
    const value = body[name] ?? values[0]
    if (typeof value !== 'string' || !values.includes(value)) throw invalid('Invalid Value', name)
    if (value !== values[0]) into[name] = value
  }
  for (const [name, standard] of Object.entries(FLAGS)) {
    const value = body[name] ?? standard
    if (typeof value !== 'boolean') throw invalid('Invalid Value', name)
    if (value !== standard) into[name] = value
  }
}

function storeReminders(given: JsonValue | undefined): JsonObject {
  if (!isJsonObject(given)) return { useDefault: true }
  const overrides = given.overrides ?? []
  const useDefault = given.useDefault ?? false
  if (!Array.isArray(overrides)) throw invalid('Invalid Value', 'reminders.overrides')
  if (useDefault === true) {
    if (overrides.length > 0) {
      throw refusal('cannotUseDefaultRemindersAndSpecifyOverride', {
        domain: 'calendar',
        message: 'Cannot specify both default reminders and overrides at the same time.',
      })
    }
    return { useDefault: true }
  }
  if (overrides.length > 5) throw invalid('Invalid Value', 'reminders.overrides')
  const kept = overrides.map((override) => {
    const { method, minutes } = isJsonObject(override) ? override : {}
    const fits = typeof minutes === 'number' && Number.isInteger(minutes) && minutes >= 0 && minutes <= 40_320
    if ((method !== 'email' && method !== 'popup') || !fits) {
      throw invalid('Invalid Value', 'reminders.overrides')
    }
    return { method, minutes }
  })
  return kept.length > 0 ? { useDefault: false, overrides: kept } : { useDefault: false }
}

/**
 * Extended properties as Google keeps them: a key over 44 characters is dropped and a value over 1024 cut,
 * both without a word (https://developers.google.com/workspace/calendar/api/guides/extended-properties).
 */
function storeExtendedProperties(given: JsonValue | undefined): JsonObject | null {
  if (!isJsonObject(given)) return null
  const kept: JsonObject = {}
  for (const kind of ['private', 'shared']) {
    const properties = given[kind]
    if (!isJsonObject(properties)) continue
    const entries = Object.entries(properties)
      .filter(([key, value]) => key.length <= MAX_PROPERTY_KEY && value !== null && value !== undefined)
      .map(([key, value]) => {
        if (typeof value === 'object') throw invalid('Invalid Value', 'extendedProperties')
        return [key, String(value).slice(0, MAX_PROPERTY_VALUE)] as const
      })
    if (entries.length > 0) kept[kind] = Object.fromEntries(entries)
  }
  const texts = Object.values(kept).flatMap((properties) => Object.entries(properties ?? {}))
  const bytes = texts.reduce((sum, pair) => sum + Buffer.byteLength(pair.join('')), 0)
  if (texts.length > MAX_PROPERTIES || bytes > MAX_PROPERTY_BYTES) {
    throw invalid('Invalid Value', 'extendedProperties')
  }
  return Object.keys(kept).length > 0 ? kept : null
}

function storeSource(given: JsonValue | undefined): JsonObject | null {
  if (!isJsonObject(given)) return null
  const { title, url } = given
  if (typeof url !== 'string' || !/^https?:\/\//i.test(url)) throw invalid('Invalid Value', 'source.url')
  return { url, ...(typeof title === 'string' ? { title } : {}) }
}

function storeRecurrence(given: JsonValue | undefined): string[] {
  if (given === undefined || given === null) return []
  if (!Array.isArray(given)) throw invalid('Invalid recurrence rule.')
  return given.map((line) => {
    if (typeof line !== 'string') throw invalid('Invalid recurrence rule.')
    return line
  })
}

function storeStatus(given: JsonValue | undefined): string {
  const status = given ?? 'confirmed'
  if (status === 'confirmed' || status === 'tentative' || status === 'cancelled') return status
  throw invalid('Invalid Value', 'status')
}

/**
 * Turns a body from the wire (or a merge of the stored event and a patch) into what the emulator stores:
 * validated, normalised, without the members only Google writes.
 * @param stored the present fields of the event: kept where a gate is closed or a member is immutable.
 * @throws CalendarApiError 400 with Google's reason.
 */
export function storeEventFields(
  backend: Backend,
  calendar: CalendarRecord,
  body: JsonObject,
  stored: JsonObject | null,
  gates: WriteGates,
): JsonObject {
  const recurrence = storeRecurrence(body.recurrence)
  const times = storeTimes(body, calendar.timeZone, recurrence.length > 0)
  if (recurrence.length > 0) {
    const startAlways = backend.settings.seriesStart === 'always'
    checkRecurrence({ start: times.start, lines: recurrence, startAlways })
  }
  const fields: JsonObject = {
    status: storeStatus(body.status),
    ...times,
    reminders: storeReminders(body.reminders),
  }
  storeTexts(body, fields)
  storeEnumsAndFlags(body, fields)
  fields.eventType = stored?.eventType ?? body.eventType ?? 'default'
  if (!EVENT_TYPES.has(fields.eventType)) throw invalid('Invalid Value', 'eventType')
  if (stored && body.eventType !== undefined && body.eventType !== fields.eventType) {
    throw refusal('eventTypeRestriction', { domain: 'calendar', message: 'Event type cannot be changed.' })
  }
  if (recurrence.length > 0) fields.recurrence = recurrence
  const attendees = storeAttendees(body.attendees)
  if (attendees.length > 0) fields.attendees = attendees
  const extendedProperties = storeExtendedProperties(body.extendedProperties)
  if (extendedProperties) fields.extendedProperties = extendedProperties
  const source = storeSource(body.source)
  if (source) fields.source = source
  for (const name of OPAQUE) if (isJsonObject(body[name])) fields[name] = body[name]
  storeGated('conferenceData', gates.conferenceData, body, stored, fields)
  storeGated('attachments', gates.attachments, body, stored, fields)
  storeGated('eventLabelId', gates.eventLabel, body, stored, fields)
  checkGated(fields)
  return fields
}

function checkGated({ attachments, conferenceData }: JsonObject): void {
  const files = attachments ?? []
  if (!Array.isArray(files) || files.length > MAX_ATTACHMENTS || !files.every(isJsonObject)) {
    throw invalid('Invalid Value', 'attachments')
  }
  if (conferenceData === undefined) return
  const points = isJsonObject(conferenceData) ? (conferenceData.entryPoints ?? []) : null
  if (!Array.isArray(points)) throw invalid('Invalid Value', 'conferenceData')
}

function storeGated(
  name: string,
  open: boolean,
  body: JsonObject,
  stored: JsonObject | null,
  into: JsonObject,
): void {
  const value = open ? body[name] : stored?.[name]
  if (value !== undefined && value !== null && value !== '') into[name] = value
}

/** Refuses a client id outside Google's alphabet and length. */
export function checkEventId(id: JsonValue): string {
  if (typeof id === 'string' && /^[a-v0-9]{5,1024}$/.test(id)) return id
  throw invalid('Invalid resource id value.')
}

/** Refuses a sequence below the stored one; returns the one to store. */
export function checkSequence(given: JsonValue | undefined, stored: number): number {
  if (given === undefined || given === null) return stored
  if (typeof given !== 'number' || !Number.isInteger(given) || given < 0)
    throw invalid('Invalid Value', 'sequence')
  if (given >= stored) return given
  throw invalid(
    'Invalid sequence value. The specified sequence number is below the current sequence number of the resource. Re-fetch the resource and use its sequence number on the following request.',
  )
}

/** Refuses `created` and `updated` in an insert: only Google writes them. */
export function refuseServerTimes(body: JsonObject): void {
  for (const name of ['created', 'updated']) {
    if (body[name] !== undefined && body[name] !== null) throw invalid('Invalid Value', name)
  }
}
