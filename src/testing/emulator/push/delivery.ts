import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Backend } from '../backend.ts'
import type { Service } from '../service.ts'
import type { NotificationRecord } from '../state/push-records.ts'
import type { GoogleState } from '../state/state.ts'
import { isTold } from './announce.ts'
import { describeDelivery, type DeliveryRecord, type PushSignals } from './push-signals.ts'
import { sendNotification, unlessAborted, type Deliver } from './send.ts'

/** The part of the emulator that sends notifications. */
export interface Delivery extends PushSignals {
  /** What became of every message so far, oldest first. */
  readonly records: DeliveryRecord[]
  /** The service, with a watch response always sent before the messages of its channel. */
  around(service: Service): Service
  /** Resolves when nothing is being sent and nothing is due. What is due later needs `advance`. */
  settled(): Promise<void>
  /** Ends everything under way; nothing is sent any more. */
  close(): void
}

/** What a delivery needs besides the backend. */
export interface DeliveryOptions {
  readonly deliver: Deliver
  /** The clock is the machine's, so that a timer can say when the next message is due. */
  readonly realTime: boolean
}

/** The sending of one state's messages: a restored or reset emulator starts another. */
interface Run {
  readonly state: GoogleState
  readonly end: AbortController
  /** The channels a message is being sent to. Each waits for itself only. */
  readonly lanes: Map<string, Promise<void>>
}

const SUCCESS: ReadonlySet<number> = new Set([102, 200, 201, 202, 204])
const RETRIED: ReadonlySet<number> = new Set([500, 502, 503, 504])
const LONGEST_BACKOFF_MS = 64_000
const LONGEST_TIMER_MS = 2 ** 31 - 1

function startRun(state: GoogleState): Run {
  return { state, end: new AbortController(), lanes: new Map() }
}

/** Delivers the notifications of a backend, in order for each channel. */
export function createDelivery(backend: Backend, options: DeliveryOptions): Delivery {
  const records: DeliveryRecord[] = []
  const serving = new AsyncLocalStorage<string[]>()
  /** Channels whose watch response has not been sent. */
  const unanswered = new Set<string>()
  let run = startRun(backend.state)
  let closed = false
  let scheduled = false
  let timer: NodeJS.Timeout | undefined

  const isCurrent = (one: Run): boolean => !closed && one === run && one.state === backend.state

  function headOf(channelId: string): NotificationRecord | undefined {
    return run.state.notifications.find((message) => message.channelId === channelId)
  }

  function remove({ state }: Run, message: NotificationRecord): void {
    const place = state.notifications.indexOf(message)
    if (place >= 0) state.notifications.splice(place, 1)
  }

  /** Sends a message once and does what its answer asks for. */
  async function attempt(mine: Run, message: NotificationRecord): Promise<void> {
    const channel = mine.state.channels.get(message.channelId)
    const at = backend.clock.now()
    if (!channel || !isTold(backend, channel)) {
      remove(mine, message)
      if (channel) {
        records.push(
          describeDelivery(channel, message, { attempt: message.attempts, outcome: 'discarded', at }),
        )
      }
      return
    }
    message.held = false
    const { status, error } = await sendNotification(options.deliver, channel, message, mine.end.signal)
    // The state was replaced or the emulator closed meanwhile: this answer is about neither.
    if (!isCurrent(mine)) return
    message.attempts += 1
    const sent = { attempt: message.attempts, status, error, at }
    const again = status !== null && RETRIED.has(status)
    if (again && message.attempts < backend.settings.push.maxDeliveryAttempts) {
      message.dueAt = backend.clock.now() + Math.min(LONGEST_BACKOFF_MS, 1000 * 2 ** (message.attempts - 1))
      records.push(describeDelivery(channel, message, { ...sent, outcome: 'retrying' }))
      return
    }
    remove(mine, message)
    const outcome = status !== null && SUCCESS.has(status) ? 'delivered' : 'failed'
    records.push(describeDelivery(channel, message, { ...sent, outcome }))
  }

  /** Sends what is due for one channel, one message after the other. */
  async function work(mine: Run, channelId: string): Promise<void> {
    for (;;) {
      const message = isCurrent(mine) ? headOf(channelId) : undefined
      if (!message || message.dueAt > backend.clock.now()) return
      await attempt(mine, message)
    }
  }

  function openLane(channelId: string): Promise<void> {
    const mine = run
    const lane = work(mine, channelId).finally(() => {
      mine.lanes.delete(channelId)
      // A message that became due after the last look would otherwise wait for the next wake.
      wake()
    })
    mine.lanes.set(channelId, lane)
    return lane
  }

  function renewRun(): void {
    if (run.state === backend.state) return
    run.end.abort()
    run = startRun(backend.state)
  }

  /** Starts whatever is due and not under way. */
  function pump(): void {
    if (closed) return
    renewRun()
    const heads = new Map<string, NotificationRecord>()
    for (const message of run.state.notifications) {
      if (!heads.has(message.channelId)) heads.set(message.channelId, message)
    }
    const now = backend.clock.now()
    let nextDue = Infinity
    for (const [channelId, { dueAt }] of heads) {
      if (run.lanes.has(channelId) || unanswered.has(channelId)) continue
      if (dueAt <= now) void openLane(channelId)
      else nextDue = Math.min(nextDue, dueAt)
    }
    clearTimeout(timer)
    if (options.realTime && nextDue < Infinity) {
      timer = setTimeout(wake, Math.min(nextDue - now, LONGEST_TIMER_MS))
      timer.unref()
    }
  }

  function wake(): void {
    if (closed || scheduled) return
    scheduled = true
    // In a later turn: whoever made the message gets to the end of its own work first.
    setImmediate(() => {
      scheduled = false
      pump()
    })
  }

  /** Sends the `sync` messages of these channels and waits for the answers. */
  async function sendFirst(channelIds: readonly string[]): Promise<void> {
    renewRun()
    for (const id of channelIds) unanswered.delete(id)
    await Promise.all(channelIds.map(openLane))
  }

  return {
    records,
    wake,
    opened(channelId) {
      const opened = serving.getStore()
      if (!opened) return
      opened.push(channelId)
      unanswered.add(channelId)
    },
    record: (line) => void records.push(line),
    around: (service) => ({
      async serve(request, signal) {
        const opened: string[] = []
        try {
          const outcome = await serving.run(opened, async () => service.serve(request, signal))
          if (opened.length > 0 && backend.faults.push.syncBeforeResponse) {
            await unlessAborted(sendFirst(opened), signal)
          }
          return outcome
        } finally {
          for (const id of opened) unanswered.delete(id)
          wake()
        }
      },
    }),
    async settled() {
      for (;;) {
        await nextTurn()
        pump()
        if (run.lanes.size === 0) return
        await Promise.all(run.lanes.values())
      }
    },
    close() {
      closed = true
      clearTimeout(timer)
      run.end.abort()
    },
  }
}
