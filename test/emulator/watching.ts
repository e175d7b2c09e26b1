import type { calendar_v3 } from '@googleapis/calendar'
import type { DeliveryAnswer, GoogleEmulatorOptions } from 'appointment-sync/testing/emulator'
import { connected, type Connected } from './connected.ts'

/** An address that every emulator accepts. */
export const ADDRESS = 'https://app.example.com/notifications'

/** A connected emulator whose notifications end up in an array. */
export interface Watching extends Connected {
  /** Every notification that was sent, in order. */
  readonly received: Request[]
  /** What the receiver answers from now on; at first 200. */
  answer: (request: Request) => DeliveryAnswer | Promise<DeliveryAnswer>
  /** Opens a channel on the events of the primary calendar (or another one). */
  watch(
    channel: calendar_v3.Schema$Channel,
    parameters?: calendar_v3.Params$Resource$Events$Watch,
  ): Promise<calendar_v3.Schema$Channel>
  /** Waits for the deliveries, then empties `received` and says what was in it: `one sync 1`. */
  told(): Promise<string[]>
}

/** Makes an emulator with a standing clock, a receiver and `pro@example.com` connected. */
export async function watching(options: GoogleEmulatorOptions = {}): Promise<Watching> {
  const received: Request[] = []
  const deliver = async (request: Request): Promise<DeliveryAnswer> => {
    received.push(request)
    return run.answer(request)
  }
  const run: Watching = {
    ...(await connected({ deliver, ...options })),
    received,
    answer: () => ({ status: 200 }),
    async watch(channel, parameters = {}) {
      const requestBody = { type: 'web_hook', address: ADDRESS, ...channel }
      return (await run.api.events.watch({ calendarId: 'primary', ...parameters, requestBody })).data
    },
    async told() {
      await run.google.settled()
      return received.splice(0).map((request) => describe(request))
    },
    [Symbol.asyncDispose]: () => run.google.close(),
  }
  return run
}

/** Channel and state of a notification; a change is marked by its state alone, for its number is arbitrary. */
function describe({ headers }: Request): string {
  return `${headers.get('x-goog-channel-id')} ${headers.get('x-goog-resource-state')}`
}

/** The number of a notification. */
export function numberOf({ headers }: Request): number {
  return Number(headers.get('x-goog-message-number'))
}

/** A promise and the function that resolves it. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: () => resolve() }
}
