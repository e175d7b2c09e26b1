import { z } from 'zod'
import { APPOINTMENT_STATUSES, type AppointmentStatus } from './appointment-status.ts'
import {
  type AppointmentException,
  type CheckedException,
  exceptionShape,
  MAX_EXCEPTIONS,
  readExceptions,
} from './appointment-exception.ts'
import { type CheckedTime, readInstant, readTime, type Report } from './checked-time.ts'
import type { EventTime } from './event-time.ts'
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
  /**
   * RRULE, RDATE and EXDATE lines (RFC 5545) of a series, whose first occurrence is `start` to `end`; empty or absent
   * for a single appointment. Counted by the clock of `timeZone`.
   */
  readonly recurrence?: readonly string[] | undefined
  /** Where the appointment is seen in the host's application: shown on the event, to its owner. `http` or `https`. */
  readonly url?: string | undefined
  /**
   * The owner's own event that this appointment was made of: the `googleEventId` of the `created` change. Instead of
   * getting a new event it becomes that one's, if it stands and is nobody else's, and `externalEvents` is `appointment`.
   */
  readonly googleEventId?: string | undefined
  /** The occurrences that differ from the rule, each once, at most 500. */
  readonly exceptions?: readonly AppointmentException[] | undefined
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
  readonly time: CheckedTime
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
  /** Empty for a single appointment. */
  readonly recurrence: readonly string[]
  readonly exceptions: readonly CheckedException[]
  /** The time that its texts are about, where that is not its own: an occurrence reads like its series. */
  readonly textTime?: CheckedTime | undefined
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
  recurrence: z.array(text(10_000)).max(50, 'must have at most 50 lines').optional(),
  exceptions: z.array(exceptionShape).max(MAX_EXCEPTIONS, `must be at most ${MAX_EXCEPTIONS}`).optional(),
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
function toChecked(
  input: Input,
  time: CheckedTime,
  exceptions: readonly CheckedException[],
  updatedAtMs: number,
): CheckedAppointment {
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
    recurrence: input.recurrence ?? [],
    exceptions,
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
  const exceptions = readExceptions(record, (path, message) =>
    context.addIssue({ code: 'custom', path, message }),
  )
  if (!shape.success || time === null || updatedAtMs === null) return z.NEVER
  return toChecked(shape.data, time, exceptions, updatedAtMs)
})

/** The time of an appointment, in the zone it names or else in `defaultTimeZone`. */
export function eventTimeOf(appointment: CheckedAppointment, defaultTimeZone: string): EventTime {
  const { time, recurrence } = appointment
  if (time.allDay) return time
  const timed = { ...time, timeZone: time.timeZone ?? defaultTimeZone }
  return recurrence.length === 0 ? timed : { ...timed, zoneBound: true }
}
