import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { type AppointmentSync, createAppointmentSync } from 'appointment-sync'
import { cronScheduler } from 'appointment-sync/adapters/scheduler-cron'
import { kyselyStorage, migrateToLatest, nodeSqliteDialect } from 'appointment-sync/adapters/storage-kysely'
import { createBookingApp } from './booking-app.ts'
import { BookingStore } from './booking-store.ts'
import { type GoogleSide, openGoogleSide } from './google-side.ts'

/** A running back end with its Google. */
export interface Backend extends AsyncDisposable {
  readonly url: string
  readonly store: BookingStore
  readonly sync: AppointmentSync
  readonly google: GoogleSide
}

/** How the demo is started. */
export interface BackendOptions {
  /** Where the SQLite files go. */
  readonly folder: string
  /** 0 for a free one. */
  readonly port: number
  readonly emulatorPort: number
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Runs the periodic tasks too. */
  readonly scheduled: boolean
}

async function listen(server: Server, port: number): Promise<string> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  // "localhost" is what Google lets be registered as a redirect URI without TLS.
  return `http://localhost:${(server.address() as AddressInfo).port}`
}

/** Starts the salon's back end: its own table, the SDK's tables, an HTTP server, and Google or its emulator. */
export async function openBackend(options: BackendOptions): Promise<Backend> {
  const server = createServer()
  const url = await listen(server, options.port)
  const google = await openGoogleSide(url, options.environment, options.emulatorPort).catch(
    (error: unknown) => {
      server.close()
      throw error
    },
  )

  const bookings = new DatabaseSync(join(options.folder, 'bookings.sqlite'))
  const store = new BookingStore(bookings)
  const db = new Kysely<unknown>({
    dialect: nodeSqliteDialect({ path: join(options.folder, 'sync.sqlite') }),
  })
  await migrateToLatest(db, { dialect: 'sqlite' })

  const sync = createAppointmentSync({
    google: google.options,
    appointments: store.source,
    storage: kyselyStorage({ db, dialect: 'sqlite' }),
    // A real back end takes this from its secret store.
    encryption: { keys: [{ id: 'demo', secret: 'only for the demo: thirty-two characters' }] },
    scheduler: cronScheduler(),
    defaults: { conflictResolution: 'latest_wins' },
  })
  server.on('request', createBookingApp({ store, sync, googlePage: google.page }))
  if (options.scheduled) await sync.start()

  return {
    url,
    store,
    sync,
    google,
    [Symbol.asyncDispose]: async () => {
      await sync.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await google.emulator?.close()
      await db.destroy()
      bookings.close()
    },
  }
}
