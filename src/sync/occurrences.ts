import {
  type CheckedAppointment,
  type CheckedTime,
  occurrenceIdOf,
  type OriginalStart,
} from '../domain/index.ts'
import { hasOccurrence, occurrenceTime, seriesOf } from '../recurrence/index.ts'

/**
 * One occurrence of a recurring appointment as an appointment of its own: by the rule, and as its exception says. It
 * reads like its series until it is moved; where the rule has no such occurrence, or it was called off, it is cancelled.
 */
export function occurrenceOf(
  appointment: CheckedAppointment,
  originalStart: OriginalStart,
  defaultTimeZone: string,
): CheckedAppointment {
  const { exceptions, recurrence: _, ...shared } = appointment
  const series = seriesOf(appointment, defaultTimeZone)
  const exception = exceptions.find((one) => one.originalStart === originalStart)
  const byRule = series === null ? null : occurrenceTime(series, originalStart)
  const takesPlace =
    series !== null &&
    byRule !== null &&
    exception?.cancelled !== true &&
    hasOccurrence(series, originalStart) === true
  const moved = exception?.time ?? null
  return {
    ...shared,
    id: occurrenceIdOf(appointment.id, originalStart),
    status: takesPlace ? appointment.status : 'cancelled',
    time: moved ?? (byRule === null ? appointment.time : checked(byRule, appointment.time)),
    title: exception?.title ?? appointment.title,
    location: exception?.location ?? appointment.location,
    notes: exception?.notes ?? appointment.notes,
    recurrence: [],
    exceptions: [],
    ...(moved === null ? { textTime: appointment.time } : {}),
  }
}

function checked(time: NonNullable<ReturnType<typeof occurrenceTime>>, of: CheckedTime): CheckedTime {
  if (time.allDay) return time
  const { startMs, endMs } = time
  return { allDay: false, startMs, endMs, timeZone: of.allDay ? null : of.timeZone }
}
