import { setTimeout as pause } from 'node:timers/promises'
import { createGoogleEmulator, type GoogleEmulator } from 'appointment-sync/testing/emulator'
import type { EmulatorCall, MadeChange, Traffic } from './google-process.ts'

/** The emulator in a process of its own, so that its work is not counted as the SDK's. Driven over IPC. */
const google = await createGoogleEmulator({
  port: 0,
  users: accounts().map((email) => ({ email })),
  webhookAddresses: 'https-or-loopback',
})

process.on('message', (message: { id: number; call: EmulatorCall }) => void reply(message))
process.once('disconnect', () => void google.close())
process.send?.({ id: 0, result: google.endpoints })

function accounts(): string[] {
  return process.argv.slice(2)
}

async function reply({ id, call }: { id: number; call: EmulatorCall }): Promise<void> {
  const result = call.type === 'stir' ? await stir(google, call) : answer(google, call)
  process.send?.({ id, result })
}

function answer(
  google: GoogleEmulator,
  call: Exclude<EmulatorCall, { type: 'stir' }>,
): string | number | Traffic | null {
  switch (call.type) {
    case 'consent':
      return google.authorize(call.authUrl, { email: call.email, grant: 'all' })
    case 'calls':
      return takeTraffic(google).calls
    case 'traffic':
      return takeTraffic(google)
    case 'latency':
      google.faults.latencyMs(call.ms)
      return null
    case 'count':
      return google.user(call.email).calendar().events().length
    case 'fill': {
      const calendar = google.user(call.email).calendar()
      for (let index = 0; index < call.count; index += 1) calendar.insert(eventAt(index))
      return call.count
    }
    case 'shift': {
      const calendar = google.user(call.email).calendar()
      const events = calendar.events()
      for (const event of events) calendar.patch(event.id, shifted(event, call.minutes))
      return events.length
    }
  }
}

/** What was asked of the Calendar API since the last time. */
function takeTraffic(google: GoogleEmulator): Traffic {
  const made = google.requests.filter(({ calendarMethod }) => calendarMethod.startsWith('calendar.'))
  google.requests.length = 0
  const batches = made.filter(({ calendarMethod }) => calendarMethod === 'calendar.batch').length
  const batched = made.filter(({ batch }) => batch !== undefined).length - batches
  return { calls: made.length - batches, requests: made.length - batched }
}

function eventAt(minute: number): object {
  const startMs = Math.floor(Date.now() / 86_400_000 + 1) * 86_400_000 + minute * 60_000
  const edge = (ms: number): object => ({ dateTime: new Date(ms).toISOString() })
  return { summary: 'Corte de Cabelo', start: edge(startMs), end: edge(startMs + 30 * 60_000) }
}

function shifted(event: Record<string, unknown>, minutes: number): object {
  const edge = (name: string): object => {
    const { dateTime } = event[name] as { dateTime: string }
    return { dateTime: new Date(Date.parse(dateTime) + minutes * 60_000).toISOString() }
  }
  return { start: edge('start'), end: edge('end') }
}

/** People move events at a steady rate, the accounts one after the other. */
async function stir(
  google: GoogleEmulator,
  { emails, perSecond, count }: Extract<EmulatorCall, { type: 'stir' }>,
): Promise<MadeChange[]> {
  const made: MadeChange[] = []
  const beganMs = performance.now()
  for (let index = 0; index < count; index += 1) {
    const waitMs = beganMs + (index * 1000) / perSecond - performance.now()
    if (waitMs > 0) await pause(waitMs)
    const email = emails[index % emails.length] ?? ''
    const calendar = google.user(email).calendar()
    const [event] = calendar.events()
    if (event === undefined) throw new Error(`there is no event on ${email}`)
    const atMs = performance.timeOrigin + performance.now()
    const { start } = calendar.patch(event.id, shifted(event, 1)) as unknown as {
      start: { dateTime: string }
    }
    made.push({ email, startMs: Date.parse(start.dateTime), atMs })
  }
  return made
}
