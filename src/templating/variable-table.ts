/** A variable of templates, as it is documented. */
export interface TemplateVariable {
  /** As a template names it; `custom.*` stands for any key of the appointment's `custom`. */
  readonly name: string
  /** What its value is. `instant or day`: ISO 8601 text, made for the filter `date`. */
  readonly type: 'text' | 'number' | 'instant or day' | 'any'
  /** One line, in English. */
  readonly description: string
  /** What it prints for the sample appointment in English. */
  readonly example: string
}

/**
 * Every variable a template may name: what the check of a template, the shape of the scope and the table of
 * `docs/guide/templates.md` follow from. A variable whose value is missing or blank is absent: it prints nothing
 * and is false in a condition.
 */
export const VARIABLE_TABLE: readonly TemplateVariable[] = [
  { name: 'id', type: 'text', description: "the appointment's id", example: 'sample' },
  {
    name: 'prefix',
    type: 'text',
    description: 'the setting `eventPrefix`',
    example: '[Agendamento]',
  },
  {
    name: 'title',
    type: 'text',
    description:
      "the appointment's title, or else the service's name, or else the language's word for an appointment",
    example: 'Haircut',
  },
  { name: 'service.name', type: 'text', description: 'the service', example: 'Haircut' },
  {
    name: 'service.duration_minutes',
    type: 'number',
    description: 'what the service says, or else the length of the appointment; absent for whole days',
    example: '75',
  },
  {
    name: 'duration',
    type: 'text',
    description: 'the same in hours and minutes',
    example: '1 h 15 min',
  },
  {
    name: 'client.name',
    type: 'text',
    description: 'absent with `includeClientInfo` off',
    example: 'Emily Carter',
  },
  {
    name: 'client.first_name',
    type: 'text',
    description: 'the first word of it; absent with `includeClientInfo` off',
    example: 'Emily',
  },
  {
    name: 'client.email',
    type: 'text',
    description: 'absent with `includeClientInfo` off',
    example: 'emily@example.com',
  },
  {
    name: 'client.phone',
    type: 'text',
    description: 'as the host gives it; absent with `includeClientInfo` off',
    example: '+14155550100',
  },
  {
    name: 'professional.name',
    type: 'text',
    description: 'whose calendar it is on',
    example: 'Dr. Grace Miller',
  },
  {
    name: 'professional.email',
    type: 'text',
    description: 'their address',
    example: 'grace@example.com',
  },
  { name: 'location', type: 'text', description: 'where it takes place', example: '12 Main Street' },
  {
    name: 'notes',
    type: 'text',
    description: 'absent with `includeNotes` off',
    example: 'Please arrive ten minutes early.',
  },
  {
    name: 'status',
    type: 'text',
    description: '`pending`, `confirmed`, `cancelled`, `completed` or `no_show`',
    example: 'confirmed',
  },
  {
    name: 'status_label',
    type: 'text',
    description: "the same in the integration's language",
    example: 'Confirmed',
  },
  {
    name: 'start',
    type: 'text',
    description: "day and time in the event's zone and language; for whole days the first day",
    example: 'May 4, 2026, 9:00 AM',
  },
  {
    name: 'end',
    type: 'text',
    description: 'the same of the end; for whole days the last day that is still part of it',
    example: 'May 4, 2026, 10:15 AM',
  },
  { name: 'date', type: 'text', description: 'the day it starts', example: 'May 4, 2026' },
  {
    name: 'weekday',
    type: 'text',
    description: 'the name of that day in the language',
    example: 'Monday',
  },
  {
    name: 'start_time',
    type: 'text',
    description: 'the time alone; absent for whole days',
    example: '9:00 AM',
  },
  {
    name: 'end_time',
    type: 'text',
    description: 'the time alone; absent for whole days',
    example: '10:15 AM',
  },
  {
    name: 'starts_at',
    type: 'instant or day',
    description: 'the start for the filter `date`: with the offset of the zone, or the day alone',
    example: '2026-05-04T09:00:00-03:00',
  },
  {
    name: 'ends_at',
    type: 'instant or day',
    description: 'the end for the filter `date`; for whole days the last day that is still part of it',
    example: '2026-05-04T10:15:00-03:00',
  },
  {
    name: 'time_zone',
    type: 'text',
    description: "the event's zone; absent for whole days",
    example: 'America/Sao_Paulo',
  },
  {
    name: 'custom.*',
    type: 'any',
    description: "any key of the appointment's `custom`: text, number or boolean",
    example: '45',
  },
]
