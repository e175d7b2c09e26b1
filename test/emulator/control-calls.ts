import {
  createGoogleEmulator,
  type GoogleEmulator,
  type GoogleEmulatorOptions,
} from 'appointment-sync/testing/emulator'
import { standingClock } from './official-client.ts'

/** What a call of the control API gave. */
export interface ControlReply {
  readonly status: number
  /** The parsed body; null for none. */
  readonly body: unknown
}

/** An emulator with the control API and a standing clock. */
export async function controlled(options: GoogleEmulatorOptions = {}): Promise<GoogleEmulator> {
  return createGoogleEmulator({ clock: standingClock(), control: true, ...options })
}

/** Calls the control API: `POST /faults/failNext` and the JSON body. */
export async function call(google: GoogleEmulator, target: string, body?: unknown): Promise<ControlReply> {
  const [method = '', path = ''] = target.split(' ')
  const init = { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
  const answer = await google.fetch(`${google.url}/_emulator${path}`, init)
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? null : (JSON.parse(text) as unknown) }
}

/** The calls the control API lists. */
export async function listedCalls(
  google: GoogleEmulator,
): Promise<{ name: string; method: string; path: string }[]> {
  const { body } = await call(google, 'GET ')
  return (body as { calls: { name: string; method: string; path: string }[] }).calls
}
