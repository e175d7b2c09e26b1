import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { GoogleEndpointOptions } from 'appointment-sync'

/** What the emulator's process can be asked. */
export type EmulatorCall =
  /** The person says yes to everything; gives the redirect URL. */
  | { readonly type: 'consent'; readonly authUrl: string; readonly email: string }
  /** How many calls to the Calendar API there were since the last time. */
  | { readonly type: 'calls' }
  /** The same, with the number of HTTP requests they came in. */
  | { readonly type: 'traffic' }
  /** From now on every request takes at least so long; those under way at once wait side by side. */
  | { readonly type: 'latency'; readonly ms: number }
  /** How many live events there are. */
  | { readonly type: 'count'; readonly email: string }
  /** The person makes so many events; gives their number. */
  | { readonly type: 'fill'; readonly email: string; readonly count: number }
  /** People move the first event of their calendar, one account after the other; gives what they did. */
  | {
      readonly type: 'stir'
      readonly emails: readonly string[]
      readonly perSecond: number
      readonly count: number
    }
  /** The person moves every event; gives their number. */
  | { readonly type: 'shift'; readonly email: string; readonly minutes: number }

/** What was asked of the Calendar API. */
export interface Traffic {
  /** Those inside a batch, and not the batch. */
  readonly calls: number
  /** A batch is one. */
  readonly requests: number
}

/** A change that a person made in Google. */
export interface MadeChange {
  readonly email: string
  /** When the event starts since, in epoch milliseconds. */
  readonly startMs: number
  /** When it was made, in epoch milliseconds with fractions. */
  readonly atMs: number
}

/** The emulator in a process of its own, on a real port. */
export interface GoogleProcess extends AsyncDisposable {
  readonly endpoints: GoogleEndpointOptions
  consent(authUrl: string, email: string): Promise<string>
  calls(): Promise<number>
  traffic(): Promise<Traffic>
  latency(ms: number): Promise<void>
  count(email: string): Promise<number>
  fill(email: string, count: number): Promise<number>
  stir(emails: readonly string[], perSecond: number, count: number): Promise<MadeChange[]>
  shift(email: string, minutes: number): Promise<number>
}

/** Starts it with these accounts. */
export async function startGoogle(accounts: readonly string[]): Promise<GoogleProcess> {
  const child = fork(fileURLToPath(new URL('./emulator-process.ts', import.meta.url)), [...accounts])
  const waiting = new Map<number, (result: never) => void>()
  child.on('message', ({ id, result }: { id: number; result: never }) => {
    waiting.get(id)?.(result)
    waiting.delete(id)
  })
  const gone = once(child, 'exit').then(([status]) => Promise.reject(new Error(`emulator ended: ${status}`)))
  const answered = <T>(id: number): Promise<T> =>
    Promise.race([new Promise<T>((resolve) => waiting.set(id, resolve)), gone])
  gone.catch(() => waiting.clear())
  const endpoints = await answered<GoogleEndpointOptions>(0)
  let lastId = 0
  const ask = <T>(call: EmulatorCall): Promise<T> => {
    lastId += 1
    const answer = answered<T>(lastId)
    child.send({ id: lastId, call })
    return answer
  }
  return {
    endpoints,
    consent: (authUrl, email) => ask({ type: 'consent', authUrl, email }),
    calls: () => ask({ type: 'calls' }),
    traffic: () => ask({ type: 'traffic' }),
    latency: (ms) => ask({ type: 'latency', ms }),
    count: (email) => ask({ type: 'count', email }),
    fill: (email, count) => ask({ type: 'fill', email, count }),
    stir: (emails, perSecond, count) => ask({ type: 'stir', emails, perSecond, count }),
    shift: (email, minutes) => ask({ type: 'shift', email, minutes }),
    [Symbol.asyncDispose]: () => stop(child),
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const ended = once(child, 'exit')
  child.disconnect()
  await ended
}
