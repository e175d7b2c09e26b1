import {
  type Appointment,
  type AppointmentSync,
  type GoogleEndpointOptions,
  type Owner,
} from 'appointment-sync'
import type { AppointmentSource, Clock, Storage } from 'appointment-sync/ports'
import { createWhereKnown } from './create-where-known.ts'
import { DEFAULT_CLIENT } from 'appointment-sync/testing/emulator'

export const REDIRECT_URI = 'https://app.example.com/oauth/callback'
export const owner: Owner = { tenantId: 'salon', userId: 'maria' }

const DAY_MS = 86_400_000

/** The n-th appointment: the next days, one every minute. */
export function booking(id: string, minute: number, updatedAtMs: number): Appointment {
  const startMs = Math.floor(Date.now() / DAY_MS + 1) * DAY_MS + (minute % 20_000) * 60_000
  return {
    id,
    ...owner,
    status: 'confirmed',
    start: new Date(startMs),
    end: new Date(startMs + 30 * 60_000),
    service: { name: 'Corte de Cabelo', durationMinutes: 30 },
    client: { name: 'João Silva', email: 'joao@email.com', phone: '(11) 99999-9999' },
    professional: { name: 'Maria Santos' },
    updatedAt: new Date(updatedAtMs),
  }
}

/** A back end that keeps its appointments in a map and follows what it is told. */
export interface Book extends AppointmentSource {
  readonly appointments: Map<string, Appointment>
}

export function createBook(): Book {
  const appointments = new Map<string, Appointment>()
  return {
    appointments,
    get: ({ appointmentId }) => Promise.resolve(appointments.get(appointmentId) ?? null),
    list: ({ cursor, limit }) => {
      const from = Number(cursor ?? 0)
      const items = [...appointments.values()].slice(from, from + limit)
      const more = from + limit < appointments.size
      return Promise.resolve({ items, ...(more ? { nextCursor: String(from + limit) } : {}) })
    },
    apply: (change) => {
      const before = appointments.get(change.appointmentId)
      if (before !== undefined && change.type === 'rescheduled') {
        const { start, end } = change
        appointments.set(before.id, { ...before, start, end, updatedAt: new Date() })
      }
      return Promise.resolve({ status: 'applied' })
    },
  }
}

/** The SDK in that back end, connected to an account. */
export async function openSalon(options: {
  readonly book: Book
  readonly storage: Storage
  readonly endpoints: GoogleEndpointOptions
  readonly consent: (authUrl: string) => Promise<string> | string
  readonly fetch?: typeof globalThis.fetch | undefined
  readonly clock?: Clock | undefined
  /** Default `unlimited`: no emulator of a bench enforces one, and the pace would be all that is measured. */
  readonly quota?: 'unlimited' | { readonly unitsPerMinutePerUser: number } | undefined
}): Promise<AppointmentSync> {
  const { book, storage, endpoints, consent, fetch, clock, quota = 'unlimited' } = options
  const { clientId, clientSecret } = DEFAULT_CLIENT
  const sync = createWhereKnown(
    {
      google: { clientId, clientSecret, redirectUri: REDIRECT_URI, endpoints, fetch },
      appointments: book,
      storage,
      encryption: { keys: [{ id: 'bench', secret: 'a secret of at least 32 characters' }] },
      pushTimeoutMs: 60_000,
      clock,
    },
    { quota },
  )
  const { url } = await sync.oauth.getAuthUrl({ owner })
  const back = new URL(await consent(url)).searchParams
  await sync.oauth.handleCallback({ code: back.get('code') ?? '', state: back.get('state') ?? '' })
  return sync
}
