import type { Locale } from '../domain/index.ts'

/** How a calendar that the SDK makes presents itself to its owner. */
export interface CalendarTexts {
  readonly title: string
  readonly description: string
}

const TEXTS: Readonly<Record<Locale, CalendarTexts>> = {
  'pt-BR': {
    title: 'Agendamentos',
    description:
      'Agendamentos do seu sistema de agendamento. Ele mantém esta agenda em dia: o que você mudar aqui chega a ele, e o que mudar lá aparece aqui.',
  },
  en: {
    title: 'Appointments',
    description:
      'Appointments of your booking system. It keeps this calendar up to date: what you change here reaches it, and what changes there shows here.',
  },
  es: {
    title: 'Citas',
    description:
      'Citas de su sistema de reservas. Este mantiene el calendario al día: lo que cambie aquí le llega, y lo que cambie allí aparece aquí.',
  },
}

/** The texts in a language. */
export function calendarTexts(locale: Locale): CalendarTexts {
  return TEXTS[locale]
}
