import {
  type AppointmentSync,
  type AppointmentSyncOptions,
  createAppointmentSync,
  isAppointmentSyncError,
} from 'appointment-sync'

/**
 * Makes the SDK with options that not every version knows, and without them where they are refused: so the same
 * bench says what a new part gains. A bench that needs one of them says in its notes when it did without.
 */
export function createWhereKnown(
  options: AppointmentSyncOptions,
  newer: Readonly<Record<string, unknown>>,
): AppointmentSync {
  try {
    return createAppointmentSync({ ...options, ...newer })
  } catch (error) {
    if (!isAppointmentSyncError(error, 'INVALID_CONFIGURATION')) throw error
    return createAppointmentSync(options)
  }
}
