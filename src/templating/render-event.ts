import { type CheckedAppointment, type EventFields, eventTimeOf, type SyncSettings } from '../domain/index.ts'
import { type ClientMask, clientMask } from './client-mask.ts'
import { guestsOf } from './guests.ts'
import { cutHtml } from './html-text.ts'
import { MAX_DESCRIPTION_LENGTH, MAX_LOCATION_LENGTH, MAX_TITLE_LENGTH } from './limits.ts'
import { LOCALE_TEXTS } from './locales.ts'
import { toHtmlLines, toSingleLine } from './output-text.ts'
import { cutText, singleLine } from './plain-text.ts'
import { renderTemplate } from './template.ts'
import { type TemplateScope, templateScope } from './template-scope.ts'

/** A template that gives nothing is replaced by the built-in one: Google would show "(No title)". */
function titleOf(scope: TemplateScope, settings: SyncSettings, mask: ClientMask): string {
  const { titleTemplate } = LOCALE_TEXTS[settings.locale]
  const own =
    settings.titleTemplate === null
      ? ''
      : toSingleLine(renderTemplate(settings.titleTemplate, 'title', scope))
  const title = own === '' ? toSingleLine(renderTemplate(titleTemplate, 'title', scope)) : own
  return cutText(mask.text(title), MAX_TITLE_LENGTH)
}

function descriptionOf(scope: TemplateScope, settings: SyncSettings, mask: ClientMask): string {
  const template = settings.descriptionTemplate ?? LOCALE_TEXTS[settings.locale].descriptionTemplate
  const html = mask.html(toHtmlLines(renderTemplate(template, 'description', scope)))
  return cutHtml(html, MAX_DESCRIPTION_LENGTH)
}

/**
 * The event an appointment should look like. The same input gives the same event on every machine and at every
 * time: there is no clock, no randomness and no spelling of the runtime's in it.
 *
 * With `includeClientInfo` off nothing of `appointment.client` is in the result, whatever the templates say, and no
 * notes; where the host's own texts (title, service, location, `custom`) or a template name the client, a neutral
 * word stands instead (see `clientMask`; its limits are in `docs/guide/privacy.md`).
 *
 * Throws `INVALID_TEMPLATE` when a template of the settings cannot be used, naming title or description.
 */
export function renderEvent(appointment: CheckedAppointment, settings: SyncSettings): EventFields {
  const mask = clientMask(appointment, settings)
  const scope = templateScope(appointment, settings, mask)
  return {
    time: eventTimeOf(appointment, settings.timeZone),
    title: titleOf(scope, settings, mask),
    description: descriptionOf(scope, settings, mask),
    location: cutText(mask.text(singleLine(appointment.location ?? '')), MAX_LOCATION_LENGTH),
    status: appointment.status === 'pending' ? 'tentative' : 'confirmed',
    attendees: guestsOf(appointment, settings, mask),
    reminderMinutes: [...new Set(settings.reminderMinutes)].sort((a, b) => a - b),
    colorId: settings.colorByStatus[appointment.status] ?? null,
  }
}
