import { createGoogleEmulator, type GoogleEmulator } from 'appointment-sync/testing/emulator'
import type { EmulatorCall } from './google-process.ts'

/** The emulator in a process of its own, so that its work is not counted as the SDK's. Driven over IPC. */
const google = await createGoogleEmulator({ port: 0, users: accounts().map((email) => ({ email })) })

process.on('message', (message: { id: number; call: EmulatorCall }) => {
  process.send?.({ id: message.id, result: answer(google, message.call) })
})
process.once('disconnect', () => void google.close())
process.send?.({ id: 0, result: google.endpoints })

function accounts(): string[] {
  return process.argv.slice(2)
}

function answer(google: GoogleEmulator, call: EmulatorCall): string | number {
  if (call.type === 'consent') return google.authorize(call.authUrl, { email: call.email, grant: 'all' })
  if (call.type === 'calls') {
    const made = google.requests.filter(({ calendarMethod }) => calendarMethod.startsWith('calendar.')).length
    google.requests.length = 0
    return made
  }
  const calendar = google.user(call.email).calendar()
  const events = calendar.events()
  for (const event of events) calendar.patch(event.id, shifted(event, call.minutes))
  return events.length
}

function shifted(event: Record<string, unknown>, minutes: number): object {
  const edge = (name: string): object => {
    const { dateTime } = event[name] as { dateTime: string }
    return { dateTime: new Date(Date.parse(dateTime) + minutes * 60_000).toISOString() }
  }
  return { start: edge('start'), end: edge('end') }
}
