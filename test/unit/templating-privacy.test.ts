import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { isAppointmentSyncError } from '../../src/errors/index.ts'
import { renderEvent, TEMPLATE_VARIABLES } from '../../src/templating/index.ts'
import { aCheckedAppointment, settingsWith } from './appointment-builder.ts'

const token = fc.string({ unit: fc.constantFrom('Q', 'W', 'X', 'Z', 'K', 'J'), minLength: 12, maxLength: 20 })
const variable = fc.constantFrom(...TEMPLATE_VARIABLES.map((name) => name.replace('*', 'key')), 'client')
const filter = fc.constantFrom(
  '',
  ' | upcase',
  ' | strip',
  ' | append: client.phone',
  ' | default: client.email',
)

/** Pieces of templates that reach for client data in every way there is. */
const piece = fc.oneof(
  fc.tuple(variable, filter).map(([name, by]) => `{{ ${name}${by} }}`),
  variable.map((name) => `{% if ${name} %}yes {{ ${name} }}{% endif %}`),
  fc.constantFrom(
    '{% assign c = client %}{{ c.name }}{{ c.email }}{{ c["phone"] }}',
    '{{ client["name"] }}',
    '{{ ["client"].name }}',
    '{% for entry in client %}{{ entry }}{{ entry[1] }}{% endfor %}',
    '{% capture all %}{{ client.name }}{{ client.email }}{% endcapture %}{{ all }}',
    '{{ client | join: "," }}',
    '{{ client.first }}',
  ),
  fc.constantFrom('\n', ' - ', 'text'),
)
const template = fc.option(fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')))

test('with client information off, nothing of the client is anywhere in the event', () => {
  fc.assert(
    fc.property(
      fc.record({ name: token, mailbox: token, phone: token }),
      template,
      template,
      fc.constantFrom('none', 'client'),
      fc.constantFrom('pt-BR', 'en', 'es'),
      fc.boolean(),
      (client, titleTemplate, descriptionTemplate, invite, locale, listed) => {
        const email = `${client.mailbox}@Example.com`
        const appointment = aCheckedAppointment({
          client: { name: client.name, email, phone: client.phone },
          notes: 'notes',
          custom: { key: 'value' },
          attendees: listed
            ? [{ email: email.toLowerCase(), name: client.name }, { email: 'ana@example.com' }]
            : [],
        })
        const settings = settingsWith({
          includeClientInfo: false,
          titleTemplate,
          descriptionTemplate,
          invite,
          locale,
        })
        try {
          const text = JSON.stringify(renderEvent(appointment, settings)).toLowerCase()
          for (const part of [client.name, client.mailbox, client.phone]) {
            expect(text).not.toContain(part.toLowerCase())
          }
        } catch (error) {
          if (!isAppointmentSyncError(error, 'INVALID_TEMPLATE')) throw error
          expect(error.message.toLowerCase()).not.toContain(client.name.toLowerCase())
        }
      },
    ),
    { numRuns: 500 },
  )
})

test('with notes off, nothing of them is anywhere in the event', () => {
  fc.assert(
    fc.property(token, template, template, (notes, titleTemplate, descriptionTemplate) => {
      const settings = settingsWith({ includeNotes: false, titleTemplate, descriptionTemplate })
      try {
        expect(
          JSON.stringify(renderEvent(aCheckedAppointment({ notes }), settings)).toLowerCase(),
        ).not.toContain(notes.toLowerCase())
      } catch (error) {
        if (!isAppointmentSyncError(error, 'INVALID_TEMPLATE')) throw error
      }
    }),
  )
})

test('with client information off, notes reach nothing whatever their own setting says', () => {
  const event = renderEvent(
    aCheckedAppointment({ notes: 'towel' }),
    settingsWith({ includeClientInfo: false, includeNotes: true, descriptionTemplate: '{{ notes }}' }),
  )
  expect(JSON.stringify(event)).not.toContain('towel')
  expect(event.title).toBe('[Agendamento] Corte de Cabelo')
})

test('a custom value goes nowhere unless a template names it', () => {
  const appointment = aCheckedAppointment({ custom: { diagnosis: 'confidential' } })
  expect(JSON.stringify(renderEvent(appointment, settingsWith()))).not.toContain('confidential')
})
