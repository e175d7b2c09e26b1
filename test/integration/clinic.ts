import { Kysely } from 'kysely'
import {
  type Appointment,
  type AppointmentChange,
  type AppointmentRef,
  type AppointmentSync,
  type AppointmentSyncOptions,
  type ApplyResult,
  createAppointmentSync,
  type Owner,
  type SyncSettings,
} from 'appointment-sync'
import type { AppointmentQuery, AppointmentSource, Clock, Storage } from 'appointment-sync/ports'
import { kyselyStorage, migrateToLatest, nodeSqliteDialect } from 'appointment-sync/adapters/storage-kysely'
import { memoryStorage } from 'appointment-sync/adapters/storage-memory'
import {
  type CalendarHand,
  createGoogleEmulator,
  DEFAULT_CLIENT,
  type GoogleEmulator,
  type GoogleEmulatorOptions,
} from 'appointment-sync/testing/emulator'

export const ACCOUNT = 'maria@example.com'
export const OTHER_ACCOUNT = 'second@example.com'
export const owner: Owner = { tenantId: 'clinic-1', userId: 'maria' }
const START = Date.parse('2026-05-04T12:00:00Z')

/** The pauses between tries of one request, in milliseconds: they are over at once, and no time has passed. */
const PAUSES = { from: 1_001, to: 3_000 }

/** A clock that stands until it is moved; sleepers wake when it is. */
export interface StandingClock extends Clock {
  advance(ms: number): void
}

/** Stands at the hour the clinic opens. */
export function standingClock(nowMs: number = START): StandingClock {
  let now = nowMs
  const sleepers = new Set<{ at: number; wake: () => void }>()
  return {
    now: () => now,
    sleep: (ms, options) =>
      new Promise((resolve, reject) => {
        const signal = options?.signal
        if (signal?.aborted) return reject(signal.reason as Error)
        if (ms >= PAUSES.from && ms <= PAUSES.to) return void setImmediate(resolve)
        const sleeper = {
          at: now + ms,
          wake: () => {
            signal?.removeEventListener('abort', onAbort)
            resolve()
          },
        }
        const onAbort = (): void => {
          sleepers.delete(sleeper)
          reject(signal?.reason as Error)
        }
        signal?.addEventListener('abort', onAbort, { once: true })
        sleepers.add(sleeper)
      }),
    advance: (ms) => {
      now += ms
      for (const sleeper of sleepers) {
        if (sleeper.at > now) continue
        sleepers.delete(sleeper)
        sleeper.wake()
      }
    },
  }
}

/** A booking back end in memory: its appointments, and what it was told. */
export interface Book extends AppointmentSource {
  readonly appointments: Map<string, Appointment>
  readonly told: AppointmentChange[]
  /** What `apply` does instead of following the change; taken once each. */
  readonly answers: ((change: AppointmentChange) => Promise<ApplyResult>)[]
  /** Runs after a change was followed, as a host's hook would. */
  onApplied: ((appointment: Appointment) => Promise<unknown>) | null
  /** How often `list` was asked. */
  listed: number
}

function createBook(clock: Clock): Book {
  const appointments = new Map<string, Appointment>()
  const told: AppointmentChange[] = []
  const answers: Book['answers'] = []
  const follow = (change: AppointmentChange): Appointment | null => {
    const before = appointments.get(change.appointmentId)
    if (before === undefined) return null
    const updatedAt = new Date(clock.now())
    if (change.type === 'rescheduled') {
      const { start, end, allDay } = change
      return { ...before, start, end, allDay, updatedAt }
    }
    if (change.type === 'cancelled') return { ...before, status: 'cancelled', updatedAt }
    if (change.type === 'restored') return { ...before, status: 'confirmed', updatedAt }
    return before
  }
  const book: Book = {
    appointments,
    told,
    answers,
    onApplied: null,
    listed: 0,
    get: ({ appointmentId }: AppointmentRef) => Promise.resolve(appointments.get(appointmentId) ?? null),
    list: ({ owner: of, from, to, updatedAfter, cursor, limit }: AppointmentQuery) => {
      book.listed += 1
      const matching = [...appointments.values()]
        .filter(({ tenantId, userId }) => tenantId === of.tenantId && userId === of.userId)
        .filter(({ start, end }) => new Date(end) > from && new Date(start) < to)
        .filter(({ updatedAt }) => updatedAfter === undefined || new Date(updatedAt) >= updatedAfter)
        .sort((a, b) => (a.id < b.id ? -1 : 1))
      const begin = Number(cursor ?? 0)
      const items = matching.slice(begin, begin + limit)
      const more = begin + limit < matching.length
      return Promise.resolve({ items, ...(more ? { nextCursor: String(begin + limit) } : {}) })
    },
    apply: async (change) => {
      told.push(change)
      const answer = answers.shift()
      if (answer !== undefined) return answer(change)
      const after = follow(change)
      if (after === null) return { status: 'rejected', reason: 'unknown appointment' }
      appointments.set(after.id, after)
      await book.onApplied?.(after)
      return { status: 'applied' }
    },
  }
  return book
}

/** A clinic with the SDK in it, beside the emulated Google. */
export interface Clinic extends AsyncDisposable {
  readonly google: GoogleEmulator
  readonly clock: StandingClock
  readonly storage: Storage
  readonly book: Book
  readonly sync: AppointmentSync
  readonly options: AppointmentSyncOptions
  /** The professional in Google's own page. */
  readonly hand: CalendarHand
  /** Puts an appointment into the book, as the host would, without syncing it. */
  put(id: string, changes?: Partial<Appointment>): Appointment
  /** Puts it into the book and calls the SDK. */
  push(id: string, changes?: Partial<Appointment>): ReturnType<AppointmentSync['syncAppointmentToGoogle']>
  /** Goes through the consent page. */
  connect(choice?: { account?: string; grant?: 'all' | 'none' | string[]; as?: Owner }): Promise<void>
  /** Calls to the Calendar API since the last look, by method. */
  calls(): string[]
}

export const REDIRECT_URI = 'https://app.example.com/api/v1/google-calendar/oauth-callback'
const keys: AppointmentSyncOptions['encryption']['keys'] = [
  { id: 'k1', secret: 'a secret of at least 32 characters, for tests' },
]

/** What the whole suite runs on: memory, and once more SQLite (the projects of the test configuration). */
async function openStorage(): Promise<{ storage: Storage; close?: () => Promise<void> }> {
  if (process.env['CLINIC_STORAGE'] !== 'sqlite') return { storage: memoryStorage() }
  const db = new Kysely<unknown>({ dialect: nodeSqliteDialect({ path: ':memory:' }) })
  await migrateToLatest(db, { dialect: 'sqlite' })
  return { storage: kyselyStorage({ db, dialect: 'sqlite' }), close: () => db.destroy() }
}

/** Opens a clinic; connected unless told otherwise. */
export async function openClinic(
  overrides: Partial<Omit<AppointmentSyncOptions, 'google' | 'clock'>> & {
    settings?: Partial<SyncSettings>
    connected?: boolean
    emulator?: GoogleEmulatorOptions
    /** What the clock says when the clinic opens, in epoch milliseconds. */
    startMs?: number
    /** What answers in the place of the emulator. */
    googleFetch?: (emulator: typeof fetch) => typeof fetch
  } = {},
): Promise<Clinic> {
  const { settings, connected = true, emulator, startMs, googleFetch, ...rest } = overrides
  const clock = standingClock(startMs)
  const google = await createGoogleEmulator({
    clock,
    accessTokenTtlMs: 40 * 86_400_000,
    users: [
      { email: ACCOUNT, calendars: [{ id: 'work@group.calendar.google.com', summary: 'Work' }] },
      { email: OTHER_ACCOUNT },
    ],
    ...emulator,
  })
  const book = createBook(clock)
  const opened =
    rest.storage === undefined ? await openStorage() : { storage: rest.storage, close: undefined }
  const { storage } = opened
  const options: AppointmentSyncOptions = {
    google: {
      clientId: DEFAULT_CLIENT.clientId,
      clientSecret: DEFAULT_CLIENT.clientSecret,
      redirectUri: REDIRECT_URI,
      endpoints: google.endpoints,
      fetch: googleFetch?.(google.fetch) ?? google.fetch,
    },
    appointments: book,
    encryption: { keys },
    defaults: settings,
    // Under a standing clock a minute's quota would be used up for ever.
    quota: 'unlimited',
    ...rest,
    storage,
    clock,
  }
  const sync = createAppointmentSync(options)
  const put: Clinic['put'] = (id, changes = {}) => {
    const before = book.appointments.get(id) ?? appointment(id)
    const after = { ...before, updatedAt: new Date(clock.now()), ...changes }
    book.appointments.set(id, after)
    return after
  }
  const clinic: Clinic = {
    google,
    clock,
    storage,
    book,
    sync,
    options,
    hand: google.user(ACCOUNT).calendar(),
    put,
    push: (id, changes) => sync.syncAppointmentToGoogle(put(id, changes)),
    connect: async ({ account = ACCOUNT, grant = 'all', as = owner } = {}) => {
      const { url } = await sync.oauth.getAuthUrl({ owner: as })
      const back = new URL(google.authorize(url, { email: account, grant })).searchParams
      await sync.oauth.handleCallback({
        code: back.get('code') ?? '',
        state: back.get('state') ?? '',
        owner: as,
      })
      google.requests.length = 0
    },
    calls: () => {
      const methods = google.requests.map((request) => request.calendarMethod ?? request.path)
      google.requests.length = 0
      return methods.map((method) => method.replace('calendar.', ''))
    },
    [Symbol.asyncDispose]: async () => {
      await sync.close()
      await google.close()
      await opened.close?.()
    },
  }
  if (connected) await clinic.connect()
  return clinic
}

/** A haircut on the day after the clock starts, at 9:00 in São Paulo. */
export function appointment(id: string, changes: Partial<Appointment> = {}): Appointment {
  return {
    id,
    ...owner,
    status: 'confirmed',
    start: '2026-05-05T09:00:00-03:00',
    end: '2026-05-05T09:30:00-03:00',
    service: { name: 'Corte de Cabelo', durationMinutes: 30 },
    client: { name: 'João Silva', email: 'joao@email.com', phone: '(11) 99999-9999' },
    professional: { name: 'Maria Santos' },
    updatedAt: new Date(START),
    ...changes,
  }
}

/** The only live event of the calendar; fails when there is another number. */
export function onlyEvent(hand: CalendarHand): ReturnType<CalendarHand['events']>[number] {
  const events = hand.events()
  const [event] = events
  if (event === undefined || events.length !== 1)
    throw new Error(`expected one event, found ${events.length}`)
  return event
}

/** Start and end of an event as instants. */
export function spanOf(event: Record<string, unknown>): [string, string] {
  const edge = (name: string): string => {
    const time = event[name] as { dateTime?: string; date?: string }
    return time.date ?? new Date(time.dateTime ?? '').toISOString()
  }
  return [edge('start'), edge('end')]
}
