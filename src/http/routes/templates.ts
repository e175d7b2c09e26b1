import { z } from 'zod'
import {
  type Appointment,
  APPOINTMENT_STATUSES,
  eventFieldsSchema,
  type EventPreview,
  MAX_TEMPLATE_LENGTH,
  type Owner,
} from '../../index.ts'
import { eventTimeToWire, eventTimeWireSchema } from '../event-time-wire.ts'
import { ownerRoute, type Route } from '../route.ts'
import { snakeCase, toWire } from '../wire-names.ts'
import { settingsFromWire, settingsPatchWireSchema } from '../wire-schemas.ts'

const SOURCES = ['request', 'integration', 'tenant', 'options', 'built_in'] as const

// The wire's event is the domain's under other names, so that a field that is added there is shown here too.
const eventShape = (eventFieldsSchema as unknown as z.ZodObject).shape
const eventWireSchema = z.object({
  ...Object.fromEntries(Object.entries(eventShape).map(([name, schema]) => [snakeCase(name), schema])),
  time: eventTimeWireSchema,
})

const previewSchema = z.object({
  event: eventWireSchema,
  on_calendar: z.boolean(),
  templates: z.object({ title: z.enum(SOURCES), description: z.enum(SOURCES) }),
})

const person = z.strictObject({
  name: z.string(),
  email: z.string().optional(),
  phone: z.string().optional(),
})

/** One of the caller's; the SDK checks what it holds as it checks every other. */
const appointmentSchema = z.strictObject({
  id: z.string().min(1).optional(),
  status: z.enum(APPOINTMENT_STATUSES),
  start: z.string(),
  end: z.string(),
  all_day: z.boolean().optional(),
  time_zone: z.string().optional(),
  title: z.string().optional(),
  service: z.strictObject({ name: z.string(), duration_minutes: z.number().optional() }).optional(),
  client: person.optional(),
  professional: z.strictObject({ name: z.string(), email: z.string().optional() }).optional(),
  location: z.string().optional(),
  notes: z.string().optional(),
  attendees: z.array(z.strictObject({ email: z.string(), name: z.string().optional() })).optional(),
  custom: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
})

const template = z.string().max(MAX_TEMPLATE_LENGTH).nullable().optional()

const requestSchema = z.strictObject({
  title_template: template,
  description_template: template,
  settings: settingsPatchWireSchema.optional(),
  appointment: appointmentSchema.optional(),
})

/** Whose it is, is never for the body to say. The time of its last change shows nowhere. */
function toAppointment(given: z.output<typeof appointmentSchema>, owner: Owner): Appointment {
  const { id = 'preview', all_day: allDay, time_zone: timeZone, service, ...rest } = given
  return {
    id,
    ...rest,
    ...owner,
    allDay,
    timeZone,
    service: service && { name: service.name, durationMinutes: service.duration_minutes },
    updatedAt: '1970-01-01T00:00:00Z',
  }
}

function toPreview({ event, ...rest }: EventPreview): z.input<typeof previewSchema> {
  const { time, ...fields } = event
  return { ...toWire(rest), event: { ...toWire(fields), time: eventTimeToWire(time) } }
}

const previewRoute: Route = ownerRoute({
  method: 'POST',
  path: 'templates/preview',
  summary:
    'The event as it would be written for a sample or a given appointment, with templates and settings that are not saved. Stores nothing.',
  body: requestSchema,
  response: previewSchema,
  run: async ({ sync, owner, body, options }) => {
    const { title_template, description_template, settings, appointment } = body
    const request = {
      titleTemplate: title_template,
      descriptionTemplate: description_template,
      settings: settings && settingsFromWire(settings),
      appointment: appointment && toAppointment(appointment, owner),
    }
    return toPreview(await sync.templates.preview(owner, request, options))
  },
})

const variablesRoute: Route = ownerRoute({
  method: 'GET',
  path: 'templates/variables',
  summary: 'What a template may name.',
  response: z.object({
    items: z.array(
      z.object({ name: z.string(), type: z.string(), description: z.string(), example: z.string() }),
    ),
  }),
  run: async ({ sync }) => ({ items: [...sync.templates.variables()] }),
})

export function templateRoutes(): Route[] {
  return [previewRoute, variablesRoute]
}
