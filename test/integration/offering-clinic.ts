import type { Appointment, AppointmentChange, ApplyResult } from 'appointment-sync'
import { appointment, type Clinic, openClinic, owner } from './clinic.ts'

type Offer = AppointmentChange & { readonly type: 'created' }

/** A clinic whose owner opted in, and whose host makes an appointment of every event that it is offered. */
export interface OfferingClinic extends Clinic {
  /** Every time the host was told of an event. */
  readonly offers: Offer[]
  /** What the host does instead of making an appointment. */
  decide: ((offer: Offer) => Promise<ApplyResult>) | null
  /** Runs once the appointment is in the book, before the host answers. */
  beforeAnswer: ((made: Appointment) => Promise<unknown>) | null
  /** The id that the host gives to the appointment for an event. */
  idFor: (offer: Offer) => string
  /** A person writes an event into their calendar; returns its id. */
  write(body?: object): string
  pull(): ReturnType<Clinic['sync']['pullFromGoogle']>
}

/** Tuesday at ten, for an hour. */
export const TEN = {
  start: { dateTime: '2026-05-05T10:00:00-03:00' },
  end: { dateTime: '2026-05-05T11:00:00-03:00' },
}
export const FOURTEEN = {
  start: { dateTime: '2026-05-05T14:00:00-03:00' },
  end: { dateTime: '2026-05-05T15:00:00-03:00' },
}

export async function openOfferingClinic(
  given: Parameters<typeof openClinic>[0] = {},
): Promise<OfferingClinic> {
  const settings = { externalEvents: 'appointment' as const, ...given.settings }
  return asOffering(await openClinic({ ...given, settings }))
}

/** The clinic with a host that takes what it is offered; makes each appointment once, whatever it is told twice. */
export function asOffering(clinic: Clinic): OfferingClinic {
  const { book } = clinic
  const follow = book.apply
  const made = new Map<string, string>()
  const offering: OfferingClinic = {
    ...clinic,
    offers: [],
    decide: null,
    beforeAnswer: null,
    idFor: () => `b${made.size + 1}`,
    write: (body = {}) => clinic.hand.insert({ summary: 'Ana, color', ...TEN, ...body }).id,
    pull: () => clinic.sync.pullFromGoogle(owner),
    [Symbol.asyncDispose]: () => clinic[Symbol.asyncDispose](),
  }
  book.apply = async (change) => {
    if (change.type !== 'created') return follow(change)
    offering.offers.push(change)
    if (offering.decide !== null) return offering.decide(change)
    const id = made.get(change.changeId) ?? offering.idFor(change)
    if (!made.has(change.changeId)) {
      made.set(change.changeId, id)
      const { title, start, end, allDay } = change.event
      const updatedAt = new Date(clinic.clock.now())
      book.appointments.set(id, appointment(id, { title, start, end, allDay, updatedAt }))
    }
    await offering.beforeAnswer?.(book.appointments.get(id) ?? appointment(id))
    return { status: 'applied', appointmentId: id }
  }
  return offering
}
