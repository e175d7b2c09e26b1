import { randomUUID } from 'node:crypto'
import express, { type Express, type Request, type Response } from 'express'
import { type AppointmentSync, type SyncResult, toEpochMs } from 'appointment-sync'
import { createHttpHandler } from 'appointment-sync/http'
import { toNodeHandler } from 'appointment-sync/adapters/http-node'
import { agendaPage } from './agenda-page.ts'
import { type Booking, type BookingStore, owner } from './booking-store.ts'

/** What the app is made of. */
export interface BookingAppParts {
  readonly store: BookingStore
  readonly sync: AppointmentSync
  /** Where a person sees the Google side; a page of the emulator, or Google Calendar itself. */
  readonly googlePage: string
}

interface Answer {
  readonly booking: Booking | null
  readonly sync: SyncResult
}

/** The salon's back end: three routes to keep the agenda, each with one call to the SDK, and a page. */
export function createBookingApp({ store, sync, googlePage }: BookingAppParts): Express {
  const app = express()
  app.disable('x-powered-by')
  app.use(express.json({ limit: '32kb' }))
  app.use(express.urlencoded({ extended: false, limit: '32kb' }))

  // A real back end reads its session here; the demo has one professional.
  const handler = createHttpHandler(sync, { authenticate: () => owner, allowedReturnTo: ['/'] })
  app.use(toNodeHandler(handler))

  app.get('/', async (_req, res) => {
    res.type('html').send(agendaPage(store.all(), await sync.integrations.status(owner), googlePage))
  })
  app.get('/bookings', (_req, res) => {
    res.json(store.all())
  })
  app.post('/bookings', async (req, res) => {
    const body = readBody(req)
    const startMs = toEpochMs(text(body['start'], ''))
    if (startMs === null) {
      res
        .status(400)
        .json({ error: 'start must be a date and time with an offset, like 2026-05-01T10:00:00-03:00' })
      return
    }
    const start = new Date(startMs)
    const minutes = Number(body['minutes'] ?? 30)
    const appointment = store.save({
      id: typeof body['id'] === 'string' ? body['id'] : randomUUID(),
      start: start.toISOString(),
      end: new Date(start.getTime() + minutes * 60_000).toISOString(),
      status: 'confirmed',
      service: text(body['service'], 'Corte de Cabelo'),
      minutes,
      client: text(body['client'], 'João Silva'),
      phone: text(body['phone'], '(11) 99999-9999'),
      email: text(body['email'], 'joao@email.com'),
      notes: text(body['notes'], ''),
    })
    answer(req, res, {
      booking: store.find(appointment.id),
      sync: await sync.handlers.appointmentCreated(appointment),
    })
  })
  app.post('/bookings/:id/reschedule', async (req, res) => {
    const booking = store.find(req.params.id)
    const startMs = toEpochMs(text(readBody(req)['start'], ''))
    if (booking === null || startMs === null) {
      res
        .status(booking === null ? 404 : 400)
        .json({ error: 'unknown booking, or start is not a date and time with an offset' })
      return
    }
    const start = new Date(startMs)
    const end = new Date(start.getTime() + booking.minutes * 60_000).toISOString()
    const appointment = store.save({ ...booking, start: start.toISOString(), end })
    answer(req, res, {
      booking: store.find(booking.id),
      sync: await sync.handlers.appointmentUpdated(appointment),
    })
  })
  app.post('/bookings/:id/cancel', async (req, res) => {
    const booking = store.find(req.params.id)
    if (booking === null) {
      res.status(404).json({ error: 'unknown booking' })
      return
    }
    const appointment = store.save({ ...booking, status: 'cancelled' })
    answer(req, res, {
      booking: store.find(booking.id),
      sync: await sync.handlers.appointmentCancelled(appointment),
    })
  })
  return app
}

function text(value: unknown, fallback: string): string {
  return typeof value === 'string' && value !== '' ? value : fallback
}

function readBody(req: Request): Record<string, unknown> {
  return (req.body ?? {}) as Record<string, unknown>
}

/** A form goes back to the agenda; a program gets the result. */
function answer(req: Request, res: Response, result: Answer): void {
  if (req.is('urlencoded')) res.redirect(303, '/')
  else res.json(result)
}
