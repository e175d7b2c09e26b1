import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Appointment, AppointmentSync, Owner } from 'appointment-sync'
import { type NodeHandler, toNodeHandler } from 'appointment-sync/adapters/http-node'
import { createHttpHandler } from 'appointment-sync/http'
import type { AppointmentSource } from 'appointment-sync/ports'
import { DEFAULT_CLIENT } from 'appointment-sync/testing/emulator'
import { createWhereKnown } from './create-where-known.ts'
import type { GoogleProcess } from './google-process.ts'
import { booking, REDIRECT_URI } from './salon.ts'
import { openSqlite } from './storages.ts'

/** A change that the host was told of. */
export interface SeenChange {
  readonly email: string
  /** When the appointment starts since, in epoch milliseconds. */
  readonly startMs: number
  /** When `apply` was called, in epoch milliseconds with fractions. */
  readonly atMs: number
}

/** A back end with many connected users and one event each; one process, SQLite. */
export interface Office extends AsyncDisposable {
  readonly seen: SeenChange[]
  /** Notifications of changes that arrived; counted from 0 whenever it is set. */
  notifications: number
  /** Whether the calendars are watched; else they are polled in turn. */
  readonly watched: boolean
}

const WATCH_TASK = 'renew_watch_channels'
/** Users that are connected, or polled, side by side. */
const SIDE_BY_SIDE = 8
/** No notification for so long: the first messages of all channels are through, in milliseconds. */
const QUIET_MS = 1500

/** Connects every account, puts one event on its calendar, reads it once and watches it. */
export async function openOffice(google: GoogleProcess, emails: readonly string[]): Promise<Office> {
  const stack = new AsyncDisposableStack()
  try {
    const { storage } = stack.use(await openSqlite())
    const seen: SeenChange[] = []
    const book = bookOf(emails, seen)
    const counts = { all: 0, changes: 0 }
    const webhook = await openWebhook(counts)
    stack.defer(() => webhook.close())
    const { clientId, clientSecret } = DEFAULT_CLIENT
    const sync = stack.use(
      createWhereKnown(
        {
          google: { clientId, clientSecret, redirectUri: REDIRECT_URI, endpoints: google.endpoints },
          appointments: book,
          storage,
          encryption: { keys: [{ id: 'bench', secret: 'a secret of at least 32 characters' }] },
          pushTimeoutMs: 60_000,
        },
        // A thousand users connect within seconds here; the pace that Google allows is not what is measured.
        { notifications: { url: `${webhook.url}/api/v1/google-calendar/notifications` }, quota: 'unlimited' },
      ),
    )
    webhook.open(toNodeHandler(createHttpHandler(sync, { authenticate: () => null })))
    await sideBySide(emails, async (email) => connect(google, sync, book, email))
    const watched = sync.tasks.names.some((name: string) => name === WATCH_TASK)
    if (watched) await watchAll(sync, emails.length, counts)
    else stack.defer(poll(sync, emails))
    const owned = stack.move()
    return {
      seen,
      watched,
      get notifications() {
        return counts.changes
      },
      set notifications(value) {
        counts.changes = value
      },
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

function ownerOf(email: string): Owner {
  return { tenantId: 'office', userId: email.split('@')[0] ?? email }
}

/** One appointment for each user, under the user's own name. */
function bookOf(
  emails: readonly string[],
  seen: SeenChange[],
): AppointmentSource & { readonly appointments: ReadonlyMap<string, Appointment> } {
  const emailOf = new Map(emails.map((email) => [ownerOf(email).userId, email]))
  const appointments = new Map(
    emails.map((email, index) => {
      const owner = ownerOf(email)
      return [owner.userId, { ...booking(owner.userId, index, Date.now()), ...owner }]
    }),
  )
  return {
    appointments,
    get: ({ appointmentId }) => Promise.resolve(appointments.get(appointmentId) ?? null),
    list: ({ owner }) => {
      const own = appointments.get(owner.userId)
      return Promise.resolve({ items: own === undefined ? [] : [own] })
    },
    apply: (change) => {
      const atMs = performance.timeOrigin + performance.now()
      const before = appointments.get(change.appointmentId)
      if (before !== undefined && change.type === 'rescheduled') {
        const { start, end } = change
        appointments.set(before.id, { ...before, start, end, updatedAt: new Date() })
        const email = emailOf.get(before.userId) ?? ''
        seen.push({ email, startMs: new Date(start).getTime(), atMs })
      }
      return Promise.resolve({ status: 'applied' })
    },
  }
}

/** Where Google's notifications come in; the handler is known only once the SDK is made with this address. */
async function openWebhook(counts: { all: number; changes: number }): Promise<{
  readonly url: string
  open(handler: NodeHandler): void
  close(): Promise<void>
}> {
  let handler: NodeHandler | null = null
  const server: Server = createServer((request, response) => {
    counts.all += 1
    if (request.headers['x-goog-resource-state'] === 'exists') counts.changes += 1
    if (handler === null) response.writeHead(503).end()
    else handler(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    open: (given) => {
      handler = given
    },
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function connect(
  google: GoogleProcess,
  sync: AppointmentSync,
  book: { readonly appointments: ReadonlyMap<string, Appointment> },
  email: string,
): Promise<void> {
  const owner = ownerOf(email)
  const { url } = await sync.oauth.getAuthUrl({ owner })
  const back = new URL(await google.consent(url, email)).searchParams
  await sync.oauth.handleCallback({ code: back.get('code') ?? '', state: back.get('state') ?? '' })
  const appointment = book.appointments.get(owner.userId)
  if (appointment === undefined) throw new Error(`there is no appointment of ${email}`)
  const pushed = await sync.syncAppointmentToGoogle(appointment)
  if (pushed.status !== 'success') throw new Error(`push ended as ${JSON.stringify(pushed)}`)
  // From now on there is a sync token, and a change is all that a pull reads.
  await sync.pullFromGoogle(owner)
}

/** Opens the channels and waits until what Google says at once has been said. */
async function watchAll(
  sync: AppointmentSync,
  calendars: number,
  counts: { readonly all: number },
): Promise<void> {
  await sync.tasks.run(WATCH_TASK)
  let before = -1
  while (counts.all !== before) {
    before = counts.all
    await pause(QUIET_MS)
  }
  if (counts.all < calendars) throw new Error(`${counts.all} of ${calendars} channels gave a sign of life`)
}

/** Pulls one calendar after the other, over and over; returns how to end it. */
function poll(sync: AppointmentSync, emails: readonly string[]): () => Promise<void> {
  let ended = false
  const polling = (async () => {
    while (!ended) {
      await sideBySide(emails, async (email) => {
        if (!ended) await sync.pullFromGoogle(ownerOf(email))
      })
    }
  })()
  return () => {
    ended = true
    return polling
  }
}

async function sideBySide<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items]
  const worker = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker))
}
