import { invalid } from '../errors.ts'
import { isJsonObject, sameJson, type JsonObject, type JsonValue } from '../json.ts'
import type { CalendarListRecord, ReminderRecord } from '../state/calendar-records.ts'
import { HEX_COLOR } from './calendar-resource.ts'
import { calendarColor, closestColorId } from './colors.ts'

type Colors = Pick<CalendarListRecord, 'colorId' | 'rgb'>

/** What a caller may write in a calendar list entry. */
export type EntryFields = Pick<
  CalendarListRecord,
  'summaryOverride' | 'colorId' | 'rgb' | 'selected' | 'hidden' | 'defaultReminders' | 'notifications'
>

const MAX_REMINDERS = 5
const MAX_REMINDER_MINUTES = 40_320
const NOTIFICATION_TYPES = new Set([
  'eventCreation',
  'eventChange',
  'eventCancellation',
  'eventResponse',
  'agenda',
])

/** The members a patch is merged into; colours are not among them, since one kind of colour rules the other. */
export function writableMembers(entry: EntryFields): JsonObject {
  return {
    summaryOverride: entry.summaryOverride,
    selected: entry.selected,
    hidden: entry.hidden,
    defaultReminders: entry.defaultReminders.map((reminder) => ({ ...reminder })),
    notificationSettings: { notifications: entry.notifications.map((notification) => ({ ...notification })) },
  }
}

/** Whether a write changes nothing. */
export function sameFields(left: EntryFields, right: EntryFields): boolean {
  const [one, other] = [left, right].map((it) => ({
    ...writableMembers(it),
    colorId: it.colorId,
    rgb: it.rgb,
  }))
  return sameJson(one, other)
}

function readFlag(body: JsonObject, name: string): boolean {
  const value = body[name] ?? false
  if (typeof value !== 'boolean') throw invalid('Invalid Value', name)
  return value
}

function readOverride({ summaryOverride }: JsonObject): string | null {
  if (summaryOverride === undefined || summaryOverride === null || summaryOverride === '') return null
  if (typeof summaryOverride !== 'string') throw invalid('Invalid Value', 'summaryOverride')
  return summaryOverride
}

function readReminder(given: JsonValue): ReminderRecord {
  const { method, minutes } = isJsonObject(given) ? given : {}
  const inRange = typeof minutes === 'number' && Number.isInteger(minutes) && minutes >= 0
  if ((method === 'email' || method === 'popup') && inRange && minutes <= MAX_REMINDER_MINUTES) {
    return { method, minutes }
  }
  throw invalid('Invalid Value', 'defaultReminders')
}

function readReminders({ defaultReminders: given }: JsonObject): ReminderRecord[] {
  const list = given ?? []
  if (!Array.isArray(list) || list.length > MAX_REMINDERS) throw invalid('Invalid Value', 'defaultReminders')
  return list.map(readReminder)
}

function readNotifications({ notificationSettings: given }: JsonObject): EntryFields['notifications'] {
  const settings = given ?? {}
  const list = isJsonObject(settings) ? (settings.notifications ?? []) : null
  if (!Array.isArray(list)) throw invalid('Invalid Value', 'notificationSettings')
  return list.map((notification) => {
    const { type, method } = isJsonObject(notification) ? notification : {}
    if (method === 'email' && typeof type === 'string' && NOTIFICATION_TYPES.has(type))
      return { type, method }
    throw invalid('Invalid Value', 'notificationSettings')
  })
}

function readHex(body: JsonObject, name: string, fallback: string): string {
  const value = body[name] ?? fallback
  if (typeof value !== 'string' || !HEX_COLOR.test(value)) throw invalid('Invalid Value', name)
  return value.toLowerCase()
}

/** With `colorRgbFormat` the written colours rule and choose the nearest id; without it only the id counts. */
function readColors(body: JsonObject, current: Colors, rgbFormat: boolean): Colors {
  if (rgbFormat && ((body.backgroundColor ?? null) !== null || (body.foregroundColor ?? null) !== null)) {
    const shown = current.rgb ??
      calendarColor(current.colorId) ?? { background: '#ffffff', foreground: '#000000' }
    const rgb = {
      background: readHex(body, 'backgroundColor', shown.background),
      foreground: readHex(body, 'foregroundColor', shown.foreground),
    }
    return { colorId: closestColorId(rgb.background), rgb }
  }
  const { colorId } = body
  if (colorId === undefined || colorId === null) return { colorId: current.colorId, rgb: current.rgb }
  if (typeof colorId !== 'string' || !calendarColor(colorId)) throw invalid('Invalid Value', 'colorId')
  return { colorId, rgb: null }
}

/**
 * The writable members of a calendar list entry. What is absent gets its default, but a calendar always keeps a
 * colour.
 * @throws CalendarApiError 400 `invalid`.
 */
export function readEntryFields(body: JsonObject, current: Colors, rgbFormat: boolean): EntryFields {
  return {
    summaryOverride: readOverride(body),
    selected: readFlag(body, 'selected'),
    hidden: readFlag(body, 'hidden'),
    defaultReminders: readReminders(body),
    notifications: readNotifications(body),
    ...readColors(body, current, rgbFormat),
  }
}
