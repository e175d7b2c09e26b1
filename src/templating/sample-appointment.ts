import { Temporal } from 'temporal-polyfill'
import type { CheckedAppointment, Locale, Owner } from '../domain/index.ts'

type SampleTexts = Pick<
  CheckedAppointment,
  'service' | 'client' | 'professional' | 'location' | 'notes' | 'attendees'
>

const TEXTS: Readonly<Record<Locale, SampleTexts>> = {
  'pt-BR': {
    service: { name: 'Corte de Cabelo', durationMinutes: 75 },
    client: { name: 'João Silva', email: 'joao@example.com', phone: '+5511999990000' },
    professional: { name: 'Maria Santos', email: 'maria@example.com' },
    location: 'Rua das Flores, 12',
    notes: 'Chegar dez minutos antes.',
    attendees: [{ email: 'recepcao@example.com', name: 'Recepção' }],
  },
  en: {
    service: { name: 'Haircut', durationMinutes: 75 },
    client: { name: 'Emily Carter', email: 'emily@example.com', phone: '+14155550100' },
    professional: { name: 'Dr. Grace Miller', email: 'grace@example.com' },
    location: '12 Main Street',
    notes: 'Please arrive ten minutes early.',
    attendees: [{ email: 'front-desk@example.com', name: 'Front Desk' }],
  },
  es: {
    service: { name: 'Corte de pelo', durationMinutes: 75 },
    client: { name: 'Lucía García', email: 'lucia@example.com', phone: '+34612345678' },
    professional: { name: 'Carmen Ruiz', email: 'carmen@example.com' },
    location: 'Calle Mayor, 12',
    notes: 'Llegar diez minutos antes.',
    attendees: [{ email: 'recepcion@example.com', name: 'Recepción' }],
  },
}

/** The owner of a sample that is nobody's. */
const NOBODY: Owner = { tenantId: 'sample', userId: 'sample' }

/**
 * An appointment that has everything, in the language: Monday, 4 May 2026, from nine on in the given zone. Always the
 * same one, so that a preview changes only with the template. `custom` holds `price`, a number.
 */
export function sampleAppointment(
  locale: Locale,
  timeZone: string,
  owner: Owner = NOBODY,
): CheckedAppointment {
  const start = Temporal.PlainDateTime.from('2026-05-04T09:00').toZonedDateTime(timeZone)
  const startMs = start.epochMilliseconds
  const minutes = TEXTS[locale].service?.durationMinutes ?? 0
  return {
    id: 'sample',
    tenantId: owner.tenantId,
    userId: owner.userId,
    status: 'confirmed',
    time: { allDay: false, startMs, endMs: startMs + minutes * 60_000, timeZone: null },
    title: null,
    ...TEXTS[locale],
    conference: null,
    url: null,
    googleEventId: null,
    recurrence: [],
    exceptions: [],
    custom: { price: 45 },
    updatedAtMs: startMs,
  }
}
