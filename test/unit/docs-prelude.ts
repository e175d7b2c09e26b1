import type { Express, Request } from 'express'
import type { Appointment, AppointmentStatus, AppointmentSync, Owner } from 'appointment-sync'
import type {
  AppointmentPage,
  AppointmentQuery,
  AppointmentSource,
  Storage,
  TokenStore,
} from 'appointment-sync/ports'
import type { Kysely } from 'kysely'
import type * as emulator from 'appointment-sync/testing/emulator'

/** What the code blocks of the documentation may use without declaring it: the reader's own app. */
export interface Prelude {
  readonly sync: AppointmentSync
  readonly owner: Owner
  readonly appointment: Appointment
  readonly appointments: AppointmentSource
  readonly storage: Storage
  readonly tokenStore: TokenStore
  readonly db: Kysely<unknown>
  readonly app: Express
  readonly google: emulator.GoogleEmulator
  readonly createGoogleEmulator: typeof emulator.createGoogleEmulator
  readonly bookings: BookingRepository
  readonly rows: RowRepository
  readonly ownerOf: (request: Request) => Owner
  readonly ownerOfSession: (cookie: string | null) => Promise<Owner | null>
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUri: string
  readonly tokenSecret: string
  readonly newSecret: string
  readonly oldSecret: string
  readonly code: string
  readonly state: string
  readonly eventId: string
  readonly conflictId: string
}

/** A repository that speaks the SDK's types. */
interface BookingRepository {
  find(tenantId: string, id: string): Promise<Appointment | null>
  insert(transaction: unknown, appointment: Appointment): Promise<void>
  page(query: AppointmentQuery): Promise<AppointmentPage>
  move(id: string, start: Date | string, end: Date | string): Promise<boolean>
  setStatus(id: string, status: AppointmentStatus): Promise<void>
}

/** A row as a back end would keep it. */
export interface BookingRow {
  readonly id: string
  readonly companyId: string
  readonly professionalId: string
  readonly status: AppointmentStatus
  readonly startsAt: Date | string
  readonly endsAt: Date | string
  readonly serviceName: string
  readonly clientName: string
  readonly clientPhone: string
  readonly updatedAt: Date
}

/** A repository of rows. */
interface RowRepository {
  find(tenantId: string, id: string): Promise<BookingRow | null>
  page(query: RowQuery): Promise<BookingRow[]>
  update(id: string, change: Partial<BookingRow>): Promise<void>
}

interface RowQuery extends Omit<AppointmentQuery, 'cursor'> {
  readonly afterId: string | undefined
}
