import {
  type Appointment,
  type CheckedAppointment,
  type EventFields,
  type EventLink,
  type Integration,
  parseOccurrenceId,
  type Refusal,
  type SyncSettings,
} from '../domain/index.ts'
import { AppointmentSyncError, isAppointmentSyncError, parseOrThrow } from '../errors/index.ts'
import { problemsOfSeries, recurringAppointmentSchema } from '../recurrence/index.ts'
import { type ChosenTemplates, clientMask, renderEvent } from '../templating/index.ts'
import type { Engine } from './engine.ts'
import { fingerprintOf, renderingOf } from './fingerprint.ts'
import { occurrenceOf } from './occurrences.ts'
import { explained, type Unexplained } from './refusal.ts'

/** The app wants this event. */
export interface WantedEvent {
  readonly wanted: true
  readonly fields: EventFields
  /** Of what the fields were rendered from. */
  readonly fingerprint: string
  /** Names the settings, templates among them, that the texts were rendered with. */
  readonly rendering: string
  readonly updatedAtMs: number
  /** There while the description ends in a line that explains a refusal: what is wanted without it. */
  readonly unexplained?: Unexplained | undefined
}

/** What the app wants of an appointment's event. */
export type AppSide =
  | WantedEvent
  /** No event should stand: cancelled, of a status that is not pushed, somebody else's, or gone. */
  | { readonly wanted: false; readonly updatedAtMs: number | null }
  /** The host gave something that cannot be read; its side counts as unchanged. */
  | { readonly wanted: 'unknown'; readonly error: AppointmentSyncError }

/** Checks what a host gave. Throws one `INVALID_APPOINTMENT` error naming every problem. */
export function checkAppointment(appointment: Appointment): CheckedAppointment {
  return parseOrThrow(recurringAppointmentSchema, appointment, 'INVALID_APPOINTMENT', 'The appointment')
}

/**
 * Compares the exceptions of a series that names no zone with its rule, now that the zone is known. Throws
 * `INVALID_APPOINTMENT` naming every problem.
 */
export function checkSeries(appointment: CheckedAppointment, settings: Pick<SyncSettings, 'timeZone'>): void {
  const { time, exceptions } = appointment
  if (exceptions.length === 0 || time.allDay || time.timeZone !== null) return
  const problems = problemsOfSeries(appointment, settings.timeZone).map(({ path, message }) => ({
    path: path.join('.'),
    message,
  }))
  if (problems.length === 0) return
  throw new AppointmentSyncError({
    code: 'INVALID_APPOINTMENT',
    message: `Appointment ${appointment.id} cannot be used in ${settings.timeZone}: ${problems.map(({ path, message }) => `${path}: ${message}`).join('; ')}. Nothing was sent; correct these and call again.`,
    problems,
  })
}

/** Whether an event should stand for it: it is the owner's, and of a status that is pushed. */
export function isWanted(appointment: CheckedAppointment, integration: Integration): boolean {
  const ours = appointment.tenantId === integration.tenantId && appointment.userId === integration.userId
  return ours && integration.settings.statuses.includes(appointment.status)
}

/**
 * The settings that an integration's events are rendered from, with the templates that hold for it. Throws
 * `INVALID_TEMPLATE` when the host's `templates.forTenant` gives none that can be used.
 */
export function templatesFor(engine: Pick<Engine, 'templates'>, integration: Integration): ChosenTemplates {
  return engine.templates.choose(integration.tenantId, integration.settings)
}

/**
 * What the app wants of the event of `appointment` on this integration's calendar. `refusal` of the link: the line that
 * explains it is part of what is wanted while it is due.
 */
export function appSideOf(
  engine: Pick<Engine, 'templates'>,
  appointment: CheckedAppointment,
  integration: Integration,
  refusal: Refusal | undefined,
): AppSide {
  if (!isWanted(appointment, integration)) return { wanted: false, updatedAtMs: appointment.updatedAtMs }
  const { updatedAtMs } = appointment
  const { settings, origins } = templatesFor(engine, integration)
  checkSeries(appointment, settings)
  const rendered = {
    fields: renderEvent(appointment, settings, origins),
    fingerprint: fingerprintOf(appointment, settings),
  }
  // The host's reason may name the client, and is left out then.
  const mayShow =
    refusal !== undefined && clientMask(appointment, settings).html(refusal.line) === refusal.line
  const shown = explained(rendered, mayShow ? refusal : undefined, {
    wantsLines: settings.explainRefusals,
    updatedAtMs,
  })
  return { wanted: true, ...shown, rendering: renderingOf(settings), updatedAtMs }
}

/**
 * Asks the host's source; for an occurrence it is asked for the series. Throws a retryable `HOST_SOURCE_FAILED` when it throws, `INVALID_APPOINTMENT`
 * for rubbish.
 */
export async function readAppointment(
  engine: Pick<Engine, 'appointments'>,
  integration: Pick<Integration, 'tenantId'> & Partial<Pick<Integration, 'settings'>>,
  appointmentId: string,
): Promise<CheckedAppointment | null> {
  const name = integration.settings === undefined ? null : parseOccurrenceId(appointmentId)
  if (name !== null && integration.settings !== undefined) {
    const series = await readAppointment(engine, integration, name.seriesId)
    if (series === null) return null
    checkSeries(series, integration.settings)
    return occurrenceOf(series, name.originalStart, integration.settings.timeZone)
  }
  const given = await askHost(`get for appointment ${appointmentId}`, () =>
    engine.appointments.get({ tenantId: integration.tenantId, appointmentId }),
  )
  if (given === null) return null
  const appointment = checkAppointment(given)
  if (appointment.id === appointmentId && appointment.tenantId === integration.tenantId) return appointment
  throw new AppointmentSyncError({
    code: 'INVALID_APPOINTMENT',
    message: `The appointment source answered get for appointment ${appointmentId} with another id or tenant. Nothing was stored or sent; correct the source.`,
  })
}

/**
 * What the app wants, read from the host. A source that throws, or gives what cannot be read, makes a side that is
 * unknown: one appointment must not stop what happens to the others. Before the host is told anything it is asked
 * again.
 */
export async function readAppSide(
  engine: Pick<Engine, 'appointments' | 'templates'>,
  integration: Integration,
  { appointmentId, base }: Pick<EventLink, 'appointmentId' | 'base'>,
): Promise<AppSide> {
  try {
    const appointment = await readAppointment(engine, integration, appointmentId)
    return appointment === null
      ? { wanted: false, updatedAtMs: null }
      : appSideOf(engine, appointment, integration, base.refusal)
  } catch (error) {
    if (isAppointmentSyncError(error) && UNREADABLE.has(error.code)) return { wanted: 'unknown', error }
    throw error
  }
}

const UNREADABLE: ReadonlySet<string> = new Set([
  'INVALID_APPOINTMENT',
  'INVALID_TEMPLATE',
  'HOST_SOURCE_FAILED',
])

/** Calls the host. What it throws becomes the cause of a retryable error; its message is not repeated. */
export async function askHost<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    throw new AppointmentSyncError({
      code: 'HOST_SOURCE_FAILED',
      message: `The appointment source threw in ${what}. It is tried again; see the cause.`,
      retryable: true,
      cause: error,
    })
  }
}
