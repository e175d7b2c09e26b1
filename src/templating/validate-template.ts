import { type CheckedAppointment, DEFAULT_SETTINGS } from '../domain/index.ts'
import { renderTemplate, type TemplateKind } from './template.ts'
import { templateScope } from './template-scope.ts'

const SAMPLE: CheckedAppointment = {
  id: 'sample',
  tenantId: 'sample',
  userId: 'sample',
  status: 'confirmed',
  time: { allDay: false, startMs: 1_777_636_800_000, endMs: 1_777_638_600_000, timeZone: null },
  title: null,
  service: { name: 'Haircut', durationMinutes: 30 },
  client: { name: 'Sample Client', email: 'client@example.com', phone: '+1 555 0100' },
  professional: { name: 'Sample Professional', email: 'professional@example.com' },
  location: 'Sample Street 1',
  notes: 'Sample notes',
  attendees: [],
  custom: {},
  recurrence: [],
  exceptions: [],
  updatedAtMs: 1_777_636_800_000,
}

/**
 * Checks a template before it is stored: syntax, tags, filters, variables, and the limits on a sample appointment.
 * Throws `INVALID_TEMPLATE` with line and column. Call it for `titleTemplate` and `descriptionTemplate` of a
 * settings patch that are not `null`.
 */
export function validateTemplate(text: string, kind: TemplateKind): void {
  renderTemplate(text, kind, templateScope(SAMPLE, DEFAULT_SETTINGS))
}
