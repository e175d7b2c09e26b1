import { createHash } from 'node:crypto'
import type { CheckedAppointment, SyncSettings } from '../domain/index.ts'

/** Changing it makes every appointment be compared anew once: part of the stored format. */
const FORMAT = 'source/2'

/** The settings that show in an event; hashed once for each object, which is one for each look at an integration. */
const settingsTexts = new WeakMap<SyncSettings, string>()

function textOf(settings: SyncSettings): string {
  const known = settingsTexts.get(settings)
  if (known !== undefined) return known
  const { calendarId: _, syncDirection: _d, syncPastDays: _p, syncFutureDays: _f, ...shown } = settings
  // Where events stand changes nothing in them: an owner who changes it does not have each compared anew.
  const { calendarAccess: _a, ...rendering } = shown
  const text = createHash('sha256').update(FORMAT).update(JSON.stringify(rendering)).digest('base64url')
  settingsTexts.set(settings, text)
  return text
}

/** Names the settings that show in an event: the same name, the same rendering of the same appointment. */
export function renderingOf(settings: SyncSettings): string {
  return textOf(settings).slice(0, 16)
}

/**
 * A hash of all that an event is rendered from. The same appointment under the same settings gives the same event,
 * so an equal hash spares the rendering; `updatedAt` alone changes nothing. The order of keys is that of the
 * schema, but for `custom`, where another order costs no more than a rendering.
 */
export function fingerprintOf(appointment: CheckedAppointment, settings: SyncSettings): string {
  const { updatedAtMs: _, recurrence, exceptions, ...single } = appointment
  // A single appointment hashes as it did before appointments could recur.
  const source = recurrence.length === 0 ? single : { ...single, recurrence, exceptions }
  return createHash('sha256').update(textOf(settings)).update(JSON.stringify(source)).digest('base64url')
}
