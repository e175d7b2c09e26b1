import { type CheckedAppointment, type EventFields, eventTimeOf, type SyncSettings } from '../domain/index.ts'
import { canonicalRecurrence } from '../recurrence/index.ts'
import { type ClientMask, clientMask } from './client-mask.ts'
import { guestsOf } from './guests.ts'
import { cutHtml } from './html-text.ts'
import { MAX_DESCRIPTION_LENGTH, MAX_LOCATION_LENGTH, MAX_TITLE_LENGTH } from './limits.ts'
import { LOCALE_TEXTS } from './locales.ts'
import { toHtmlLines, toSingleLine } from './output-text.ts'
import { cutText, singleLine } from './plain-text.ts'
import { type ChosenTemplates, OF_THE_SETTINGS } from './template-choice.ts'
import { renderTemplate, type TemplateData } from './template.ts'
import { templateScope } from './template-scope.ts'

type Origins = ChosenTemplates['origins']

/** A template that gives nothing is replaced by the built-in one: Google would show "(No title)". */
function titleOf(data: TemplateData, settings: SyncSettings, origins: Origins, mask: ClientMask): string {
  const { titleTemplate } = LOCALE_TEXTS[settings.locale]
  const own =
    settings.titleTemplate === null
      ? ''
      : toSingleLine(renderTemplate(settings.titleTemplate, 'title', data, origins.title))
  const title = own === '' ? toSingleLine(renderTemplate(titleTemplate, 'title', data)) : own
  return cutText(mask.text(title), MAX_TITLE_LENGTH)
}

function descriptionOf(
  data: TemplateData,
  settings: SyncSettings,
  origins: Origins,
  mask: ClientMask,
): string {
  const template = settings.descriptionTemplate ?? LOCALE_TEXTS[settings.locale].descriptionTemplate
  const html = mask.html(toHtmlLines(renderTemplate(template, 'description', data, origins.description)))
  return cutHtml(html, MAX_DESCRIPTION_LENGTH)
}

/** An address cannot be masked and still lead anywhere: one that names the client is left out. */
function sourceOf(
  { url }: CheckedAppointment,
  settings: SyncSettings,
  mask: ClientMask,
): EventFields['source'] {
  if (url === null || mask.text(url) !== url) return null
  return { title: LOCALE_TEXTS[settings.locale].openAppointment, url }
}

/**
 * The event an appointment should look like. The same input gives the same event on every machine and at every
 * time: there is no clock, no randomness and no spelling of the runtime's in it.
 *
 * With `includeClientInfo` off nothing of `appointment.client` is in the result, whatever the templates say, and no
 * notes; where the host's own texts (title, service, location, `custom`) or a template name the client, a neutral
 * word stands instead (see `clientMask`; its limits are in `docs/guide/privacy.md`).
 *
 * Throws `INVALID_TEMPLATE` when a template of the settings cannot be used, naming title or description. `origins`
 * says whose the templates in the settings are, when they were chosen from several places; default the settings' own.
 */
export function renderEvent(
  appointment: CheckedAppointment,
  settings: SyncSettings,
  origins: Origins = OF_THE_SETTINGS,
): EventFields {
  const mask = clientMask(appointment, settings)
  const { textTime, ...own } = appointment
  const shown = textTime === undefined ? own : { ...own, time: textTime }
  const time = eventTimeOf(appointment, settings.timeZone)
  const { locale } = settings
  const timeZone = time.allDay ? settings.timeZone : time.timeZone
  const data = { scope: templateScope(shown, settings, mask), spelling: { locale, timeZone } }
  return {
    time,
    title: titleOf(data, settings, origins, mask),
    description: descriptionOf(data, settings, origins, mask),
    location: cutText(mask.text(singleLine(appointment.location ?? '')), MAX_LOCATION_LENGTH),
    recurrence: canonicalRecurrence(appointment.recurrence, time),
    status: appointment.status === 'pending' ? 'tentative' : 'confirmed',
    attendees: guestsOf(appointment, settings, mask),
    reminderMinutes: [...new Set(settings.reminderMinutes)].sort((a, b) => a - b),
    colorId: settings.colorByStatus[appointment.status] ?? null,
    visibility: settings.visibility,
    transparency: settings.freeStatuses.includes(appointment.status) ? 'transparent' : 'opaque',
    source: sourceOf(appointment, settings, mask),
    conference: appointment.conference ?? settings.conference,
  }
}
