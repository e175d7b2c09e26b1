import { type CheckedAppointment, eventTimeOf, type SyncSettings } from '../domain/index.ts'
import type { ClientMask } from './client-mask.ts'
import { toLocalTime } from './local-time.ts'
import { LOCALE_TEXTS } from './locales.ts'
import { cleanText } from './plain-text.ts'

type ScopeValue = string | number | boolean | null | undefined | TemplateScope
export type TemplateScope = { readonly [name: string]: ScopeValue }

const isBlank = (value: ScopeValue): boolean => typeof value === 'string' && value.trim() === ''

/**
 * Without a prototype and without empty values: in Liquid an empty text is true, and `{% if client.phone %}`
 * should mean what it says. `undefined` when nothing is left.
 */
function group(values: Readonly<Record<string, ScopeValue>>): TemplateScope | undefined {
  const present = Object.entries(values)
    .filter(([, value]) => value !== undefined && value !== null && !isBlank(value))
    .map(([name, value]) => [name, typeof value === 'string' ? cleanText(value) : value] as const)
  if (present.length === 0) return undefined
  return Object.assign(Object.create(null) as TemplateScope, Object.fromEntries(present))
}

/** What the service says, or else the length of a timed appointment; absent when that is nothing. */
function durationMinutes({ service, time }: CheckedAppointment): number | undefined {
  if (service !== null && service.durationMinutes !== null) return service.durationMinutes
  if (time.allDay) return undefined
  return Math.round((time.endMs - time.startMs) / 60_000) || undefined
}

/** Hours and minutes, in the words that all three languages share. */
function durationText(minutes: number | undefined): string | undefined {
  if (minutes === undefined) return undefined
  const whole = Math.round(minutes)
  const parts = [
    ...(whole >= 60 ? [`${Math.floor(whole / 60)} h`] : []),
    ...(whole % 60 > 0 || whole === 0 ? [`${whole % 60} min`] : []),
  ]
  return parts.join(' ')
}

/** Numbers too: a phone number may be one. */
function masked(
  values: Readonly<Record<string, ScopeValue>>,
  mask: (text: string) => string,
): Record<string, ScopeValue> {
  const entries = Object.entries(values).map(([name, value]): [string, ScopeValue] => {
    if (typeof value !== 'string' && typeof value !== 'number') return [name, value]
    const before = typeof value === 'string' ? cleanText(value) : String(value)
    const after = mask(before)
    return [name, after === before ? value : after]
  })
  return Object.fromEntries(entries)
}

/** The variables of an appointment, without what the settings keep from Google. */
export function templateScope(
  appointment: CheckedAppointment,
  settings: SyncSettings,
  mask: ClientMask,
): TemplateScope {
  const { service, client, professional, status } = appointment
  const texts = LOCALE_TEXTS[settings.locale]
  const serviceName = service === null ? undefined : mask.text(cleanText(service.name))
  const time = toLocalTime(eventTimeOf(appointment, settings.timeZone), settings.locale)
  const minutes = durationMinutes(appointment)
  const clientGroup = { ...client, first_name: client?.name.trim().split(/\s+/)[0] }
  const scope = group({
    id: appointment.id,
    prefix: settings.eventPrefix,
    title: mask.ownText(appointment.title?.trim() ?? '') || serviceName?.trim() || texts.untitled,
    service: group({ name: serviceName, duration_minutes: minutes }),
    duration: durationText(minutes),
    client: client !== null && settings.includeClientInfo ? group(clientGroup) : undefined,
    professional: group(masked({ ...professional }, mask.text)),
    location: mask.text(cleanText(appointment.location ?? '')),
    notes: settings.includeNotes && settings.includeClientInfo ? appointment.notes : undefined,
    status,
    status_label: texts.statusLabels[status],
    start: time.start,
    end: time.end,
    date: time.date,
    weekday: time.weekday,
    start_time: time.startTime,
    end_time: time.endTime,
    starts_at: time.startsAt,
    ends_at: time.endsAt,
    time_zone: time.timeZone,
    custom: group(masked(appointment.custom, mask.ownText)),
  })
  return scope ?? {}
}
