import { z } from 'zod'
import {
  type Appointment,
  appointmentSchema,
  type CheckedAppointment,
  eventTimeOf,
  MAX_SERIES_ID_LENGTH,
  type OriginalStart,
  parseOccurrenceId,
} from '../domain/index.ts'
import { MAX_LINE_LENGTH, MAX_LINES, problemsOfLines } from './check-recurrence.ts'
import type { Series } from './compiled-series.ts'
import { hasOccurrence, lastStartOf } from './series.ts'

/** A problem of a recurring appointment, by where it is. */
export interface SeriesProblem {
  readonly path: (string | number)[]
  readonly message: string
}

/** The series an appointment is, in the zone it names or else in `defaultTimeZone`; `null` for a single one. */
export function seriesOf(appointment: CheckedAppointment, defaultTimeZone: string): Series | null {
  const { recurrence } = appointment
  if (recurrence.length === 0) return null
  return { time: eventTimeOf(appointment, defaultTimeZone), recurrence }
}

/** Whether the series ended before `originalStart`: what differs there is left over from a longer rule. */
export function isBeyondEnd(series: Series, originalStart: OriginalStart): boolean {
  const last = lastStartOf(series)
  if (last === 'endless' || last === 'unknown') return false
  return last.at === null || originalStart > last.at
}

/**
 * What is wrong with the rule and the exceptions, where the zone is known. An exception past the end of the series is
 * no problem: a series that was cut short keeps none.
 */
export function problemsOfSeries(appointment: CheckedAppointment, defaultTimeZone: string): SeriesProblem[] {
  const series = seriesOf(appointment, defaultTimeZone)
  if (series === null) return []
  const problems: SeriesProblem[] = []
  const last = lastStartOf(series)
  if (typeof last === 'object' && last.at === null) {
    problems.push({ path: ['recurrence'], message: 'leaves no occurrence' })
  }
  for (const [index, { originalStart, cancelled }] of appointment.exceptions.entries()) {
    if (hasOccurrence(series, originalStart) !== false || isBeyondEnd(series, originalStart)) continue
    // Taken out by EXDATE and cancelled besides: both say the same.
    if (cancelled && hasOccurrence(withoutExdates(series), originalStart) === true) continue
    problems.push({
      path: ['exceptions', index, 'originalStart'],
      message:
        'is no occurrence of the rule: it must be when the rule puts the occurrence, by the clock of the appointment’s zone; after a series was moved, its exceptions move along or go',
    })
  }
  return problems
}

function withoutExdates(series: Series): Series {
  return { ...series, recurrence: series.recurrence.filter((line) => !/^\s*EXDATE/i.test(line)) }
}

/** The problems of the lines themselves, which need no time of the appointment. */
function problemsOfLinesOf(raw: Record<string, unknown>): SeriesProblem[] {
  const { recurrence } = raw
  if (!Array.isArray(recurrence)) return []
  const readable = recurrence.length <= MAX_LINES && recurrence.every((line) => typeof line === 'string')
  if (!readable || recurrence.some((line) => line.length > MAX_LINE_LENGTH)) return []
  return problemsOfLines(recurrence, raw['allDay'] === true).map(({ index, message }) => ({
    path: ['recurrence', index],
    message,
  }))
}

function problemsOfId({ id, recurrence }: Record<string, unknown>): SeriesProblem[] {
  if (typeof id !== 'string') return []
  if (parseOccurrenceId(id) !== null) {
    return [
      {
        path: ['id'],
        message: 'must not end like the id of an occurrence, in "~" and a date: these are made by the SDK',
      },
    ]
  }
  const recurs = Array.isArray(recurrence) && recurrence.length > 0
  if (!recurs || id.length <= MAX_SERIES_ID_LENGTH) return []
  const message = `must be at most ${MAX_SERIES_ID_LENGTH} characters, because the appointment recurs`
  return [{ path: ['id'], message }]
}

/**
 * Checks an {@link Appointment} together with its rule and its exceptions, so that one error names every problem at
 * once. Exceptions of a timed series that names no zone are compared with the rule where the zone is known.
 */
export const recurringAppointmentSchema: z.ZodType<CheckedAppointment> = z
  .unknown()
  .transform((raw, context) => {
    const report = ({ path, message }: SeriesProblem): void =>
      context.addIssue({ code: 'custom', path, message })
    const checked = appointmentSchema.safeParse(raw)
    if (!checked.success) {
      for (const { path, message } of checked.error.issues) {
        context.addIssue({ code: 'custom', path, message })
      }
    }
    if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return z.NEVER
    const given = raw as Record<string, unknown> & Partial<Appointment>
    const problems = [...problemsOfId(given), ...problemsOfLinesOf(given)]
    for (const problem of problems) report(problem)
    if (!checked.success || problems.length > 0) return z.NEVER
    const { time } = checked.data
    if (time.allDay || time.timeZone !== null) {
      for (const problem of problemsOfSeries(checked.data, 'UTC')) report(problem)
    }
    return checked.data
  })
