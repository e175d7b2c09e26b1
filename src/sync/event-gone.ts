import { type AppointmentSyncError, isAppointmentSyncError } from '../errors/index.ts'

/** Whether Google says that the event is not there; it may also be the calendar that is gone. */
export function isGone(error: unknown): error is AppointmentSyncError {
  return isAppointmentSyncError(error, 'GOOGLE_NOT_FOUND') || isAppointmentSyncError(error, 'GOOGLE_GONE')
}
