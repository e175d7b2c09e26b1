import { memoryStorage } from 'appointment-sync/adapters/storage-memory'
import { createGoogleEmulator, DEFAULT_USER, type GoogleEmulator } from 'appointment-sync/testing/emulator'
import type { Bench } from './measure.ts'
import { booking, createBook, openSalon, owner } from './salon.ts'

/** What a change of the settings costs that rewrites every event: in requests, and in mails to guests. */
export const repair: Bench = {
  name: 'repair',
  run: async (scale, report) => {
    const count = scale.smoke ? 20 : 1000
    const google = await createGoogleEmulator()
    const book = createBook()
    for (let index = 0; index < count; index += 1) {
      book.appointments.set(`a${index}`, booking(`a${index}`, index, Date.now()))
    }
    const { endpoints, fetch } = google
    const consent = (authUrl: string): string =>
      google.authorize(authUrl, { email: DEFAULT_USER.email, grant: 'all' })
    await using sync = await openSalon({ book, storage: memoryStorage(), endpoints, fetch, consent })
    await sync.integrations.updateSettings(owner, { invite: 'client' })
    google.requests.length = 0
    const { created } = await sync.syncAllAppointmentsForUser(owner)
    const first = countOf(google)
    await sync.integrations.updateSettings(owner, { descriptionTemplate: '{{ service.name }}', locale: 'en' })
    google.requests.length = 0
    const { updated } = await sync.syncAllAppointmentsForUser(owner)
    if (created !== count || updated !== count)
      throw new Error(`${created} made, ${updated} rewritten of ${count}`)
    report({
      title: `repair: ${count} events with a guest, all rewritten`,
      rows: [],
      notes: [`first sync: ${first}`, `repair: ${countOf(google)}`],
    })
  },
}

/** HTTP requests, the calls in them, and how many calls had Google mail somebody. */
function countOf({ requests }: GoogleEmulator): string {
  const calls = requests.filter(({ calendarMethod }) => calendarMethod.startsWith('calendar.events.'))
  const mails = calls.filter(({ query }) => query['sendUpdates'] !== undefined).length
  const http = requests.filter(
    ({ batch, calendarMethod }) => batch === undefined || calendarMethod === 'calendar.batch',
  )
  return `${http.length} HTTP requests with ${calls.length} calls, ${mails} mails`
}
