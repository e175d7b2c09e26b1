import type { IntegrationRef } from '../domain/index.ts'
import { AppointmentSyncError } from '../errors/index.ts'
import type { GoogleCalendar } from '../google/index.ts'
import type { LogEntryMaker } from '../observability/index.ts'
import type { AppointmentSource, Clock, Logger, RandomSource, Storage } from '../ports/index.ts'
import type { TemplateChoice } from '../templating/index.ts'
import type { CalendarQueue } from './calendar-queue.ts'
import type { ConflictJudge } from './conflict-judge.ts'

/** What every part of the engine works with. */
export interface Engine {
  readonly storage: Storage
  readonly appointments: AppointmentSource
  readonly google: GoogleCalendar
  readonly clock: Clock
  readonly random: RandomSource
  readonly logger: Logger
  readonly logEntry: LogEntryMaker
  readonly calendarQueue: CalendarQueue
  /** `null` where the settings alone decide. */
  readonly judge: ConflictJudge | null
  readonly templates: TemplateChoice
}

/** Thrown when another worker changed a row that was about to be written. */
export function contended(ref: IntegrationRef, appointmentId: string): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'WRITE_CONTENDED',
    message: `Appointment ${appointmentId} of integration ${ref.integrationId} was changed by another worker at the same time. It is tried again.`,
    retryable: true,
  })
}

/** A number in [0, 1) from the injected source. */
export function unitRandom(random: RandomSource): number {
  const bytes = random.bytes(4)
  return Buffer.from(bytes).readUInt32BE(0) / 2 ** 32
}
