import type { GoogleEvent } from 'appointment-sync/testing/emulator'
import type { Booking } from './booking-store.ts'

interface Span {
  readonly start?: { readonly dateTime?: string }
  readonly end?: { readonly dateTime?: string }
}

function titleOf(event: GoogleEvent): string {
  const title = event['summary']
  return typeof title === 'string' ? title : ''
}

function spanOf(event: GoogleEvent): string {
  const { start, end } = event as unknown as Span
  return `${new Date(start?.dateTime ?? '').toISOString()} to ${new Date(end?.dateTime ?? '').toISOString()}`
}

/**
 * What the app's book and the calendar do not agree on: every booking that is not cancelled needs exactly one live
 * event at its time with its service in the title, and no other event may be there.
 */
export function disagreements(bookings: readonly Booking[], events: readonly GoogleEvent[]): string[] {
  const found: string[] = []
  const left = new Set(events)
  for (const booking of bookings) {
    if (booking.status === 'cancelled') continue
    const wanted = `${booking.start} to ${booking.end}`
    const matching = [...left].filter(
      (event) => spanOf(event) === wanted && titleOf(event).includes(booking.service),
    )
    if (matching.length !== 1) {
      found.push(`booking ${booking.id} (${wanted}) has ${matching.length} events at its time`)
    }
    for (const event of matching) left.delete(event)
  }
  for (const event of left) found.push(`event ${event.id} (${spanOf(event)}) belongs to no standing booking`)
  return found
}
