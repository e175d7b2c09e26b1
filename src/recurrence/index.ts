export { canonicalRecurrence } from './canonical.ts'
export type { Series } from './compiled-series.ts'
export {
  isBeyondEnd,
  problemsOfSeries,
  recurringAppointmentSchema,
  type SeriesProblem,
  seriesOf,
} from './recurring-appointment.ts'
export { endOfSeries, hasOccurrence, occurrencesBetween, occurrenceTime } from './series.ts'
export type { Occurrence } from './series.ts'
export { endedBefore } from './split.ts'
export { wallToInstant } from './wall-clock.ts'
