import { appointmentContent } from './appointment-content-schema.ts'
import { channelsAndParking } from './channels-and-parking-schema.ts'
import { initialSchema } from './initial-schema.ts'
import type { Db } from './runner.ts'
import type { Statement } from './statements.ts'

/**
 * Every migration, by name, oldest first. One that was released is never changed: add another one, in a file of
 * its own, whose last statement raises the version in `appointment_sync_meta`.
 */
export const MIGRATIONS: Readonly<Record<string, (db: Db) => readonly Statement[]>> = {
  appointment_sync_0001_initial: initialSchema,
  appointment_sync_0002_channels_and_parking: channelsAndParking,
  appointment_sync_0003_appointment_content: appointmentContent,
}
