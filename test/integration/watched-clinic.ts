import type { WatchChannel } from 'appointment-sync'
import { createHttpHandler } from 'appointment-sync/http'
import type { LogFields, Logger } from 'appointment-sync/ports'
import type { DeliveryAnswer, GoogleEmulatorOptions } from 'appointment-sync/testing/emulator'
import { type Clinic, openClinic, owner } from './clinic.ts'

export const WEBHOOK = 'https://app.example.com/api/v1/google-calendar/notifications'
export const HOUR_MS = 3_600_000
export const DAY_MS: number = 24 * HOUR_MS

/** A clinic whose notifications come in through the HTTP handler, without a port. */
export interface WatchedClinic extends Clinic {
  /** Every notification that was sent, in order. */
  readonly received: Request[]
  /** The statuses they were answered with. */
  readonly answered: number[]
  /** Log lines of level warn and above. */
  readonly warnings: (LogFields & { message: string })[]
  /** What takes notifications from now on. */
  handle: (request: Request) => Promise<DeliveryAnswer>
  channels(): Promise<WatchChannel[]>
  /** The only open channel; fails when there is another number. */
  onlyOpen(): Promise<WatchChannel>
  /** Sends a notification of one's own making. */
  notify(channel: WatchChannel, headers?: Record<string, string>): Promise<number>
  /** Moves the time and lets everything that follows end. */
  pass(ms: number): Promise<void>
  /** Lets everything end that needs no time to pass. */
  quiet(): Promise<void>
  connectQuietly(choice?: Parameters<Clinic['connect']>[0]): Promise<void>
}

/** One turn of the event loop. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Turns without any activity after which nothing goes on any more: all here runs in this process. */
const QUIET_TURNS = 60
/** The last stretch of a passing time is gone through in steps: what sleeps after what slept has its turn too. */
const STEPPED_MS = 2000
const STEP_MS = 100

function recordingLogger(warnings: WatchedClinic['warnings']): Logger {
  const silent = (): void => undefined
  const record = (fields: LogFields, message: string): void => void warnings.push({ ...fields, message })
  return { debug: silent, info: silent, warn: record, error: record }
}

/** Opens a clinic with notifications, connected unless told otherwise; the channel is then open. */
export async function openWatchedClinic(
  overrides: Parameters<typeof openClinic>[0] = {},
): Promise<WatchedClinic> {
  const received: Request[] = []
  const answered: number[] = []
  const warnings: WatchedClinic['warnings'] = []
  const { connected = true, emulator, ...rest } = overrides
  const watching: GoogleEmulatorOptions = {
    deliver: async (request) => {
      received.push(request)
      const answer = await clinic.handle(request)
      answered.push(answer.status)
      return answer
    },
    ...emulator,
  }
  const inner = await openClinic({
    notifications: { url: WEBHOOK },
    logger: recordingLogger(warnings),
    ...rest,
    emulator: watching,
    connected: false,
  })
  const handler = createHttpHandler(inner.sync, { authenticate: () => null })
  const activity = (): number =>
    inner.google.requests.length + inner.google.deliveries.length + inner.book.told.length + answered.length
  const channels = async (): Promise<WatchChannel[]> => {
    const integration = await inner.storage.integrations.find(owner)
    return integration === null
      ? []
      : inner.storage.channels.list({ ...owner, integrationId: integration.id })
  }
  const clinic: WatchedClinic = {
    ...inner,
    received,
    answered,
    warnings,
    handle: handler,
    channels,
    onlyOpen: async () => {
      const all = await channels()
      const [first] = all
      if (first?.state === 'open' && all.length === 1) return first
      throw new Error(`expected one open channel, found ${JSON.stringify(all.map(({ state }) => state))}`)
    },
    notify: async (channel, headers = {}) => {
      const genuine = {
        'x-goog-channel-id': channel.id,
        'x-goog-resource-id': channel.resourceId ?? 'unknown',
        'x-goog-resource-state': 'exists',
        'x-goog-message-number': '7',
      }
      const request = new Request(WEBHOOK, { method: 'POST', headers: { ...genuine, ...headers } })
      return (await handler(request)).status
    },
    quiet: async () => {
      let last = -1
      for (let still = 0; still < QUIET_TURNS; still += 1) {
        await inner.google.settled()
        await turn()
        if (activity() === last) continue
        last = activity()
        still = 0
      }
    },
    pass: async (ms) => {
      const steps = [Math.max(0, ms - STEPPED_MS)]
      for (let left = Math.min(ms, STEPPED_MS); left > 0; left -= STEP_MS) steps.push(Math.min(left, STEP_MS))
      for (const step of steps) {
        inner.google.advance(step)
        await clinic.quiet()
      }
    },
    connectQuietly: async (choice) => {
      await inner.connect(choice)
      while ((await inner.sync.integrations.status(choice?.as ?? owner)).watch.state === 'none') await turn()
      await clinic.quiet()
      inner.google.requests.length = 0
    },
  }
  if (connected) {
    await clinic.connectQuietly()
    await waitForOpen(clinic)
    received.length = 0
    answered.length = 0
    inner.google.deliveries.length = 0
    inner.google.requests.length = 0
  }
  return clinic
}

/** Waits until the owner's calendar is watched. */
export async function waitForOpen(clinic: Clinic): Promise<void> {
  while ((await clinic.sync.integrations.status(owner)).watch.state !== 'open') await turn()
}
