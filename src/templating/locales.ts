import type { AppointmentStatus, Locale } from '../domain/index.ts'

/** The built-in texts of a language. */
export interface LocaleTexts {
  /** Liquid template of the title. */
  readonly titleTemplate: string
  /** Liquid template of the description. */
  readonly descriptionTemplate: string
  /** Title of an appointment with neither title nor service. */
  readonly untitled: string
  /** What the way from an event back to its appointment is called. */
  readonly openAppointment: string
  /** `status_label`. */
  readonly statusLabels: Readonly<Record<AppointmentStatus, string>>
}

const TITLE = '{{ prefix }} {{ title }}{% if client.name %} - {{ client.name }}{% endif %}'

/** The status is shown as the host's own word in every language, so that a person can search for it on both sides. */
function description(label: Readonly<Record<Label, string>>): string {
  return [
    `${label.service}: {{ service.name }}`,
    `${label.duration}: {{ service.duration_minutes }} min`,
    `${label.client}: {{ client.name }}`,
    `${label.phone}: {{ client.phone }}`,
    `${label.email}: {{ client.email }}`,
    `${label.professional}: {{ professional.name }}`,
    `${label.status}: {{ status }}`,
    `${label.notes}: {{ notes }}`,
  ].join('\n')
}

type Label = 'service' | 'duration' | 'client' | 'phone' | 'email' | 'professional' | 'status' | 'notes'

const portuguese: LocaleTexts = {
  titleTemplate: TITLE,
  descriptionTemplate: description({
    service: 'Serviço',
    duration: 'Duração',
    client: 'Cliente',
    phone: 'Telefone',
    email: 'Email',
    professional: 'Profissional',
    status: 'Status',
    notes: 'Observações',
  }),
  untitled: 'Agendamento',
  openAppointment: 'Abrir o agendamento',
  statusLabels: {
    pending: 'Pendente',
    confirmed: 'Confirmado',
    cancelled: 'Cancelado',
    completed: 'Concluído',
    no_show: 'Não compareceu',
  },
}

const english: LocaleTexts = {
  titleTemplate: TITLE,
  descriptionTemplate: description({
    service: 'Service',
    duration: 'Duration',
    client: 'Client',
    phone: 'Phone',
    email: 'Email',
    professional: 'Professional',
    status: 'Status',
    notes: 'Notes',
  }),
  untitled: 'Appointment',
  openAppointment: 'Open the appointment',
  statusLabels: {
    pending: 'Pending',
    confirmed: 'Confirmed',
    cancelled: 'Cancelled',
    completed: 'Completed',
    no_show: 'No-show',
  },
}

const spanish: LocaleTexts = {
  titleTemplate: TITLE,
  descriptionTemplate: description({
    service: 'Servicio',
    duration: 'Duración',
    client: 'Cliente',
    phone: 'Teléfono',
    email: 'Email',
    professional: 'Profesional',
    status: 'Estado',
    notes: 'Observaciones',
  }),
  untitled: 'Cita',
  openAppointment: 'Abrir la cita',
  statusLabels: {
    pending: 'Pendiente',
    confirmed: 'Confirmada',
    cancelled: 'Cancelada',
    completed: 'Completada',
    no_show: 'No asistió',
  },
}

/** Built-in texts by language. */
export const LOCALE_TEXTS: Readonly<Record<Locale, LocaleTexts>> = {
  'pt-BR': portuguese,
  en: english,
  es: spanish,
}
