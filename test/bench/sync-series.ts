import type { Appointment } from 'appointment-sync'
import { memoryStorage } from 'appointment-sync/adapters/storage-memory'
import { createGoogleEmulator, DEFAULT_USER } from 'appointment-sync/testing/emulator'
import type { Scale, Table } from './measure.ts'
import { booking, createBook, openSalon, owner } from './salon.ts'
import { virtualClock } from './virtual-clock.ts'

const WEEK_MS = 7 * 86_400_000

/** What a series with exceptions costs in calls and in HTTP requests, beside its occurrences as single appointments. */
export async function seriesCost(scale: Scale, report: (table: Table) => void): Promise<void> {
  const occurrences = scale.smoke ? 4 : 100
  const exceptions = occurrences / 2
  const clock = virtualClock(Date.now())
  const first = booking('series', 0, clock.now())
  const shifted = (index: number, byMs: number): { start: Date; end: Date } => ({
    start: new Date(new Date(first.start).getTime() + index * WEEK_MS + byMs),
    end: new Date(new Date(first.end).getTime() + index * WEEK_MS + byMs),
  })
  const series: Appointment = {
    ...first,
    timeZone: 'UTC',
    recurrence: [`RRULE:FREQ=WEEKLY;COUNT=${occurrences}`],
    exceptions: Array.from({ length: exceptions }, (_, index) => ({
      originalStart: shifted(index * 2, 0).start,
      ...shifted(index * 2, 3_600_000),
    })),
  }
  const singles = Array.from({ length: occurrences }, (_, index) => ({
    ...first,
    id: `single-${index}`,
    ...shifted(index, index % 2 === 0 ? 3_600_000 : 0),
  }))
  const notes: string[] = []
  for (const [name, appointments] of [
    ['as single appointments', singles],
    [`as a series with ${exceptions} exceptions`, [series]],
    ['as a series without any', [{ ...series, exceptions: [] }]],
  ] as const) {
    await using google = await createGoogleEmulator({ clock, accessTokenTtlMs: 40 * 86_400_000 })
    const book = createBook()
    for (const appointment of appointments) book.appointments.set(appointment.id, appointment)
    await using sync = await openSalon({
      book,
      storage: memoryStorage(),
      endpoints: google.endpoints,
      fetch: clock.watch(google.fetch),
      consent: (authUrl) => google.authorize(authUrl, { email: DEFAULT_USER.email, grant: 'all' }),
      clock,
      quota: 'unlimited',
    })
    google.requests.length = 0
    await sync.syncAllAppointmentsForUser(owner, { daysForward: 730 })
    const calls = google.requests.filter(({ calendarMethod }) => calendarMethod !== 'calendar.batch')
    const http = google.requests.filter(
      ({ batch, calendarMethod }) => batch === undefined || calendarMethod === 'calendar.batch',
    )
    const units = calls.reduce((sum, { units }) => sum + units, 0)
    notes.push(`${name}: ${calls.length} calls, ${units} units, in ${http.length} HTTP requests`)
  }
  report({ title: `sync: ${occurrences} occurrences, first sync`, rows: [], notes })
}
