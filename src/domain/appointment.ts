import { z } from 'zod'
import { APPOINTMENT_STATUSES, type AppointmentStatus } from './appointment-status.ts'
import { type EventTime, isCalendarDate, toEpochMs } from './event-time.ts'
import { hostIdSchema } from './owner.ts'
import { timeZoneSchema } from './time-zone.ts'

/** A person on the host's side. */
export interface Person {
  readonly name: string
  readonly email?: string | undefined
  readonly phone?: string | undefined
}

/** A guest of the event, besides the client. */
export interface AppointmentAttendee {
  readonly email: string
  readonly name?: string | undefined
}

/** An appointment as the host gives it. */
export interface Appointment {
  readonly id: string
  readonly tenantId: string
  /** The professional whose calendar it goes to. */
  readonly userId: string
  readonly status: AppointmentStatus
  /** A `Date`, ISO 8601 text with an offset, or `YYYY-MM-DD` with `allDay`. Fractions of a second are dropped. */
  readonly start: Date | string
  /** Like `start`; exclusive, also for whole days. */
  readonly end: Date | string
  readonly allDay?: boolean | undefined
  /** IANA zone; default is the integration's. */
  readonly timeZone?: string | undefined
  /** Replaces the service's name in the built-in title. */
  readonly title?: string | undefined
  readonly service?: { readonly name: string; readonly durationMinutes?: number | undefined } | undefined
  readonly client?: Person | undefined
  readonly professional?: { readonly name: string; readonly email?: string | undefined } | undefined
  readonly location?: string | undefined
  readonly notes?: string | undefined
  readonly attendees?: readonly AppointmentAttendee[] | undefined
  /**
   * `meet`: the event gets a Google Meet link, which the host is told as `conference_ready`; `none`: it gets none.
   * Default is the integration's.
   */
  readonly conference?: 'none' | 'meet' | undefined
  /** Not available in this version: sync each occurrence as an appointment of its own. */
  readonly recurrence?: readonly string[] | undefined
  /** Where the appointment is seen in the host's application: shown on the event, to its owner. `http` or `https`. */
  readonly url?: string | undefined
  /**
   * The owner's own event that this appointment was made of: the `googleEventId` of the `created` change. Instead of
   * getting a new event it becomes that one's, if it stands and is nobody else's, and `externalEvents` is `appointment`.
   */
  readonly googleEventId?: string | undefined
  /** Anything a template of yours wants to show. Never sent unless a template names it. */
  readonly custom?: Readonly<Record<string, string | number | boolean | null>> | undefined
  /** When the host last changed it; a call with an older one than was pushed before is skipped. */
  readonly updatedAt: Date | string
}

/** An appointment as the SDK works with it: checked, and with its time as instants or days. */
export interface CheckedAppointment {
  readonly id: string
  readonly tenantId: string
  readonly userId: string
  readonly status: AppointmentStatus
  /** `timeZone` of a timed one is `null` where the host named none. */
  readonly time:
    | {
        readonly allDay: false
        readonly startMs: number
        readonly endMs: number
        readonly timeZone: string | null
      }
    | { readonly allDay: true; readonly startDate: string; readonly endDate: string }
  readonly title: string | null
  readonly service: { readonly name: string; readonly durationMinutes: number | null } | null
  readonly client: {
    readonly name: string
    readonly email: string | null
    readonly phone: string | null
  } | null
  readonly professional: { readonly name: string; readonly email: string | null } | null
  readonly location: string | null
  readonly notes: string | null
  readonly attendees: readonly { readonly email: string; readonly name: string | null }[]
  /** `null` for the integration's. */
  readonly conference: 'none' | 'meet' | null
  readonly url: string | null
  readonly googleEventId: string | null
  readonly custom: Readonly<Record<string, string | number | boolean | null>>
  readonly updatedAtMs: number
}

/** Names an appointment of a tenant. */
export interface AppointmentRef {
  readonly tenantId: string
  readonly appointmentId: string
}

const text = (max: number): z.ZodString => z.string().max(max, `must be at most ${max} characters`)
const email: z.ZodEmail = z.email('must be an e-mail address').max(254)
/** Longest address of an appointment, in characters; Google states no limit for `source.url`. */
const MAX_URL_LENGTH = 2000
const webAddress = text(MAX_URL_LENGTH).refine(
  isWebAddress,
  'must be an http or https address, such as https://app.example.com/appointments/1',
)
const customValue = z.union([text(5000), z.number(), z.boolean(), z.null()], {
  error: 'must be text, a number, true, false or null',
})

/** Everything but the times, which depend on each other. */
const inputSchema = z.object({
  id: hostIdSchema,
  tenantId: hostIdSchema,
  userId: hostIdSchema,
  status: z.enum(APPOINTMENT_STATUSES),
  allDay: z.boolean().optional(),
  timeZone: timeZoneSchema.optional(),
  title: text(1000).optional(),
  service: z
    .object({ name: text(500), durationMinutes: z.number().min(0).max(525_600).optional() })
    .optional(),
  client: z.object({ name: text(500), email: email.optional(), phone: text(50).optional() }).optional(),
  professional: z.object({ name: text(500), email: email.optional() }).optional(),
  location: text(1000).optional(),
  notes: text(20_000).optional(),
  attendees: z
    .array(z.object({ email, name: text(500).optional() }))
    .max(200, 'Google allows at most 200 guests')
    .optional(),
  conference: z.enum(['none', 'meet']).optional(),
  url: webAddress.optional(),
  recurrence: z
    .array(z.string())
    .max(0, 'recurring appointments are not available in this version: sync each occurrence by itself')
    .optional(),
  googleEventId: z
    .string()
    .regex(/^[\w-]{1,1024}$/, 'must be the id of an event')
    .optional(),
  custom: z.record(z.string(), customValue).optional(),
})

/** Google takes no other schemes for the source of an event; white space would be read away by parsers. */
function isWebAddress(value: string): boolean {
  return /^https?:\/\/[^\s]+$/i.test(value) && URL.canParse(value)
}

type Input = z.output<typeof inputSchema>
type CheckedTime = CheckedAppointment['time']
type Report = (path: 'start' | 'end' | 'updatedAt', message: string) => void

const AN_INSTANT = 'must be a valid Date or ISO 8601 text with an offset, such as 2026-05-01T09:00:00-03:00'

function readDay(value: unknown, path: 'start' | 'end', report: Report): string | null {
  if (typeof value === 'string' && isCalendarDate(value)) return value
  report(path, 'must be an existing day as YYYY-MM-DD, because allDay is true')
  return null
}

/** `null` and a report for a wrong value. */
function readInstant(value: unknown, path: 'start' | 'end' | 'updatedAt', report: Report): number | null {
  const ms = value instanceof Date || typeof value === 'string' ? toEpochMs(value) : null
  if (ms === null) report(path, AN_INSTANT)
  return ms
}

/** Google keeps whole seconds: what is finer would come back changed, and look like somebody's edit. */
function wholeSecond(ms: number): number {
  return Math.floor(ms / 1000) * 1000
}

function readTime(raw: Record<string, unknown>, report: Report): CheckedTime | null {
  if (raw['allDay'] === true) {
    const startDate = readDay(raw['start'], 'start', report)
    const endDate = readDay(raw['end'], 'end', report)
    if (startDate === null || endDate === null) return null
    if (endDate <= startDate) {
      report('end', 'must be after start: the end of whole days is exclusive, one day ends on the next')
      return null
    }
    return { allDay: true, startDate, endDate }
  }
  const startMs = readInstant(raw['start'], 'start', report)
  const endMs = readInstant(raw['end'], 'end', report)
  if (startMs === null || endMs === null) return null
  if (endMs < startMs) {
    report('end', 'must not be before start')
    return null
  }
  return {
    allDay: false,
    startMs: wholeSecond(startMs),
    endMs: wholeSecond(endMs),
    timeZone: typeof raw['timeZone'] === 'string' ? raw['timeZone'] : null,
  }
}

function toChecked(input: Input, time: CheckedTime, updatedAtMs: number): CheckedAppointment {
  const { service, client, professional } = input
  return {
    id: input.id,
    tenantId: input.tenantId,
    userId: input.userId,
    status: input.status,
    time,
    title: input.title ?? null,
    service: service ? { name: service.name, durationMinutes: service.durationMinutes ?? null } : null,
    client: client ? { name: client.name, email: client.email ?? null, phone: client.phone ?? null } : null,
    professional: professional ? { name: professional.name, email: professional.email ?? null } : null,
    location: input.location ?? null,
    notes: input.notes ?? null,
    attendees: (input.attendees ?? []).map(({ email, name }) => ({ email, name: name ?? null })),
    conference: input.conference ?? null,
    url: input.url ?? null,
    googleEventId: input.googleEventId ?? null,
    custom: input.custom ?? {},
    updatedAtMs,
  }
}

/**
 * Checks an {@link Appointment} and brings it into its working form. Shape and times are checked side by side,
 * so that one error names every problem at once.
 */
export const appointmentSchema: z.ZodType<CheckedAppointment> = z.unknown().transform((raw, context) => {
  const shape = inputSchema.safeParse(raw)
  if (!shape.success) {
    for (const { path, message } of shape.error.issues) context.addIssue({ code: 'custom', path, message })
  }
  const report: Report = (path, message) => context.addIssue({ code: 'custom', path: [path], message })
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return z.NEVER
  const record = raw as Record<string, unknown>
  const time = readTime(record, report)
  const updatedAtMs = readInstant(record['updatedAt'], 'updatedAt', report)
  if (!shape.success || time === null || updatedAtMs === null) return z.NEVER
  return toChecked(shape.data, time, updatedAtMs)
})

/** The time of an appointment, in the zone it names or else in `defaultTimeZone`. */
export function eventTimeOf(appointment: CheckedAppointment, defaultTimeZone: string): EventTime {
  const { time } = appointment
  return time.allDay ? time : { ...time, timeZone: time.timeZone ?? defaultTimeZone }
}
