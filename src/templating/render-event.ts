import { type CheckedAppointment, type EventFields, eventTimeOf, type SyncSettings } from '../domain/index.ts'
import { canonicalRecurrence } from '../recurrence/index.ts'
import { guestsOf } from './guests.ts'
import { cutHtml } from './html-text.ts'
import { MAX_DESCRIPTION_LENGTH, MAX_LOCATION_LENGTH, MAX_TITLE_LENGTH } from './limits.ts'
import { LOCALE_TEXTS } from './locales.ts'
import { toHtmlLines, toSingleLine } from './output-text.ts'
import { cutText, singleLine } from './plain-text.ts'
import { renderTemplate } from './template.ts'
import { type TemplateScope, templateScope } from './template-scope.ts'

/** A template that gives nothing is replaced by the built-in one: Google would show "(No title)". */
function titleOf(scope: TemplateScope, settings: SyncSettings): string {
  const { titleTemplate } = LOCALE_TEXTS[settings.locale]
  const own =
    settings.titleTemplate === null
      ? ''
      : toSingleLine(renderTemplate(settings.titleTemplate, 'title', scope))
  const title = own === '' ? toSingleLine(renderTemplate(titleTemplate, 'title', scope)) : own
  return cutText(title, MAX_TITLE_LENGTH)
}

function descriptionOf(scope: TemplateScope, settings: SyncSettings): string {
  const template = settings.descriptionTemplate ?? LOCALE_TEXTS[settings.locale].descriptionTemplate
  return cutHtml(toHtmlLines(renderTemplate(template, 'description', scope)), MAX_DESCRIPTION_LENGTH)
}

/**
 * The event an appointment should look like. The same input gives the same event on every machine and at every
 * time: there is no clock, no randomness and no spelling of the runtime's in it.
 *
 * With `includeClientInfo` off nothing of `appointment.client` is in the result, whatever the templates say;
 * `notes` obey `includeNotes` alone. Texts of the host itself (title, notes, location, `custom`) are not searched
 * for client data.
 *
 * Throws `INVALID_TEMPLATE` when a template of the settings cannot be used, naming title or description.
 */
export function renderEvent(appointment: CheckedAppointment, settings: SyncSettings): EventFields {
  const { textTime, ...own } = appointment
  const scope = templateScope(textTime === undefined ? own : { ...own, time: textTime }, settings)
  const time = eventTimeOf(appointment, settings.timeZone)
  return {
    time,
    title: titleOf(scope, settings),
    description: descriptionOf(scope, settings),
    location: cutText(singleLine(appointment.location ?? ''), MAX_LOCATION_LENGTH),
    recurrence: canonicalRecurrence(appointment.recurrence, time),
    status: appointment.status === 'pending' ? 'tentative' : 'confirmed',
    attendees: guestsOf(appointment, settings),
    reminderMinutes: [...new Set(settings.reminderMinutes)].sort((a, b) => a - b),
    colorId: settings.colorByStatus[appointment.status] ?? null,
  }
}
