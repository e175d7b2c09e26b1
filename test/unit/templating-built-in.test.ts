import { describe, expect, test } from 'vitest'
import type { Appointment, SyncSettings } from '../../src/domain/index.ts'
import { renderEvent } from '../../src/templating/index.ts'
import { aCheckedAppointment, settingsWith } from './appointment-builder.ts'

const render = (changes: Partial<Appointment> = {}, settings: Partial<SyncSettings> = {}) =>
  renderEvent(aCheckedAppointment(changes), settingsWith(settings))

describe('the built-in texts', () => {
  test('read as promised in Portuguese', () => {
    const { title, description } = render()
    expect(title).toBe('[Agendamento] Corte de Cabelo - João Silva')
    expect(description).toBe(
      [
        'Serviço: Corte de Cabelo',
        'Duração: 30 min',
        'Cliente: João Silva',
        'Telefone: (11) 99999-9999',
        'Email: joao@email.com',
        'Profissional: Maria Santos',
        'Status: confirmed',
      ].join('\n'),
    )
  })

  test.each([
    [
      'en',
      [
        'Service: Corte de Cabelo',
        'Duration: 30 min',
        'Client: João Silva',
        'Phone: (11) 99999-9999',
        'Email: joao@email.com',
        'Professional: Maria Santos',
        'Status: confirmed',
        'Notes: bring a towel',
      ],
    ],
    [
      'es',
      [
        'Servicio: Corte de Cabelo',
        'Duración: 30 min',
        'Cliente: João Silva',
        'Teléfono: (11) 99999-9999',
        'Email: joao@email.com',
        'Profesional: Maria Santos',
        'Estado: confirmed',
        'Observaciones: bring a towel',
      ],
    ],
  ] as const)('read in %s', (locale, lines) => {
    expect(render({ notes: 'bring a towel' }, { locale }).description).toBe(lines.join('\n'))
  })

  test('show notes of several lines whole', () => {
    expect(render({ notes: 'one\r\ntwo\r\n\r\n\r\nthree  \r\n' }).description).toContain(
      'Status: confirmed\nObservações: one\ntwo\n\nthree',
    )
  })

  test('leave notes out when the settings say so', () => {
    expect(render({ notes: 'secret' }, { includeNotes: false }).description).not.toContain('secret')
  })

  test('drop every line that has nothing to say', () => {
    const { title, description } = render({
      service: undefined,
      client: undefined,
      professional: undefined,
      allDay: true,
      start: '2026-05-01',
      end: '2026-05-02',
    })
    expect(title).toBe('[Agendamento] Agendamento')
    expect(description).toBe('Status: confirmed')
  })

  test('drop the line of a value that is there but blank', () => {
    expect(render({ client: { name: 'Ana', phone: '  ' } }).description).not.toContain('Telefone')
  })

  test('compute the duration where the service has none', () => {
    expect(render({ service: { name: 'Corte' }, end: '2026-05-01T10:15:00-03:00' }).description).toContain(
      'Duração: 75 min',
    )
  })

  test('say nothing of the duration of a zero-length appointment', () => {
    const start = '2026-05-01T09:00:00-03:00'
    expect(render({ service: { name: 'Corte' }, start, end: start }).description).not.toContain('Duração')
  })
})

describe('the built-in title', () => {
  test("takes the appointment's own title over the service", () => {
    expect(render({ title: 'Retorno' }).title).toBe('[Agendamento] Retorno - João Silva')
  })

  test('has no leading space without a prefix', () => {
    expect(render({}, { eventPrefix: '' }).title).toBe('Corte de Cabelo - João Silva')
  })

  test('has no dangling dash without a client', () => {
    expect(render({ client: undefined }).title).toBe('[Agendamento] Corte de Cabelo')
    expect(render({ client: { name: ' ' } }).title).toBe('[Agendamento] Corte de Cabelo')
  })

  test('is plain text on one line', () => {
    expect(render({ title: 'Cut & <color>\r\n\u0000\u2028again\u0007' }, { eventPrefix: '' }).title).toBe(
      'Cut & <color> again - João Silva',
    )
  })
})

describe('the rest of the event', () => {
  test('takes the zone of the appointment, or else of the settings', () => {
    expect(render({}, { timeZone: 'Europe/Lisbon' }).time).toMatchObject({ timeZone: 'Europe/Lisbon' })
    expect(render({ timeZone: 'America/Bahia' }).time).toMatchObject({ timeZone: 'America/Bahia' })
  })

  test('is tentative while the appointment is pending, and confirmed in every other status', () => {
    expect(render({ status: 'pending' }).status).toBe('tentative')
    for (const status of ['confirmed', 'completed', 'no_show', 'cancelled'] as const) {
      expect(render({ status }).status).toBe('confirmed')
    }
  })

  test('has reminders in order and each once', () => {
    expect(render({}, { reminderMinutes: [60, 15, 60, 5] }).reminderMinutes).toEqual([5, 15, 60])
  })

  test('has the colour of its status, or the calendar’s own', () => {
    const colorByStatus = { confirmed: '11' }
    expect(render({}, { colorByStatus }).colorId).toBe('11')
    expect(render({ status: 'pending' }, { colorByStatus }).colorId).toBeNull()
  })

  test('has a plain location, empty when there is none', () => {
    expect(render({ location: 'Rua A, 1\nSala <2>' }).location).toBe('Rua A, 1 Sala <2>')
    expect(render().location).toBe('')
  })

  test('is the same event whenever it is rendered', () => {
    expect(render()).toEqual(render())
  })
})
