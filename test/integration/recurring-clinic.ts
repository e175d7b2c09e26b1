import type { Appointment, AppointmentChange, AppointmentException } from 'appointment-sync'
import type { AppointmentSyncOptions } from 'appointment-sync'
import { type Clinic, openClinic } from './clinic.ts'

/** Every Tuesday at 9:00 in São Paulo, from the day after the clock starts, ten times. */
export const WEEKLY: Partial<Appointment> = {
  timeZone: 'America/Sao_Paulo',
  recurrence: ['RRULE:FREQ=WEEKLY;COUNT=10'],
}

/** When the rule puts the n-th occurrence of {@link WEEKLY}, from 0 on. */
export function nth(n: number): string {
  return new Date(Date.parse('2026-05-05T12:00:00Z') + n * 7 * 86_400_000).toISOString()
}

/** The same, so many minutes later. */
export function later(n: number, minutes: number): string {
  return new Date(Date.parse(nth(n)) + minutes * 60_000).toISOString()
}

const sameStart = (a: Date | string, b: Date | string): boolean =>
  new Date(a).getTime() === new Date(b).getTime()

/** What a host makes of its series when a person changed one occurrence in Google. */
function withException(before: Appointment, change: AppointmentChange): AppointmentException[] {
  const { originalStart } = change.occurrence ?? { originalStart: '' }
  const others = (before.exceptions ?? []).filter((one) => !sameStart(one.originalStart, originalStart))
  const known = (before.exceptions ?? []).find((one) => sameStart(one.originalStart, originalStart))
  if (change.type === 'cancelled') return [...others, { originalStart, status: 'cancelled' }]
  if (change.type === 'restored') return others
  if (change.type === 'edited') return [...others, { ...known, originalStart, ...textsOf(change.fields) }]
  if (change.type !== 'rescheduled') return [...(before.exceptions ?? [])]
  const { start, end } = change
  return [...others, { ...known, originalStart, start, end }]
}

function textsOf({ title, location }: { title?: string | undefined; location?: string | undefined }) {
  return { ...(title === undefined ? {} : { title }), ...(location === undefined ? {} : { location }) }
}

/** Follows changes of series and of their occurrences, as a host with recurring appointments does. */
export function follow(
  clinic: Clinic,
  change: AppointmentChange,
): { status: 'applied'; appointmentId?: string } {
  const { book, clock } = clinic
  const updatedAt = new Date(clock.now())
  if (change.type === 'created') {
    const { event } = change
    const before = book.appointments.get(change.appointmentId)
    const id = `${change.appointmentId}-tail-${book.appointments.size}`
    if (before === undefined) return { status: 'applied' }
    const { start, end, recurrence } = event
    book.appointments.set(id, { ...before, id, start, end, recurrence, exceptions: [], updatedAt })
    return { status: 'applied', appointmentId: id }
  }
  const before = book.appointments.get(change.appointmentId)
  if (before === undefined) return { status: 'applied' }
  const after =
    change.occurrence !== undefined
      ? { ...before, exceptions: withException(before, change), updatedAt }
      : followWhole(before, change, updatedAt)
  book.appointments.set(before.id, after)
  return { status: 'applied' }
}

function followWhole(before: Appointment, change: AppointmentChange, updatedAt: Date): Appointment {
  if (change.type === 'cancelled') return { ...before, status: 'cancelled', updatedAt }
  if (change.type === 'restored') return { ...before, status: 'confirmed', updatedAt }
  if (change.type !== 'rescheduled') return before
  const { start, end, allDay, recurrence = before.recurrence } = change
  const timeZone = change.timeZone ?? before.timeZone
  return { ...before, start, end, allDay, timeZone, recurrence, updatedAt }
}

/** A clinic whose host knows recurring appointments. */
export async function openRecurringClinic(overrides: Parameters<typeof openClinic>[0] = {}): Promise<Clinic> {
  const clinic = await openClinic(overrides)
  const { book } = clinic
  const follower = (change: AppointmentChange) => Promise.resolve(follow(clinic, change))
  // The book's own answer knows single appointments alone.
  const apply: AppointmentSyncOptions['appointments']['apply'] = async (change) => {
    book.told.push(change)
    const answer = book.answers.shift()
    if (answer !== undefined) return answer(change)
    const followed = await follower(change)
    const after = book.appointments.get(change.appointmentId)
    if (after !== undefined) await book.onApplied?.(after)
    return followed
  }
  book.apply = apply
  return clinic
}

/** The instances of the only series, by when the rule puts them. */
export function instancesOf(
  clinic: Clinic,
  id?: string,
): Map<string, Record<string, unknown> & { id: string }> {
  const series = id ?? clinic.hand.events().find((event) => Array.isArray(event['recurrence']))?.['id']
  const found = clinic.hand.instances(String(series))
  return new Map(
    found.map((event) => {
      const at = event['originalStartTime'] as { dateTime?: string; date?: string }
      const key = at.date ?? new Date(at.dateTime ?? '').toISOString()
      return [key, event]
    }),
  )
}

/** The n-th instance of the only series of {@link WEEKLY}. */
export function instance(clinic: Clinic, n: number): Record<string, unknown> & { id: string } {
  const found = instancesOf(clinic).get(nth(n))
  if (found === undefined) throw new Error(`the series has no occurrence at ${nth(n)}`)
  return found
}

/** Where an event begins, as an instant or a day. */
export function startOf(event: Record<string, unknown>): string {
  const time = event['start'] as { dateTime?: string; date?: string }
  return time.date ?? new Date(time.dateTime ?? '').toISOString()
}
