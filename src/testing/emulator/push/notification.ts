import { createHash } from 'node:crypto'
import type { Backend } from '../backend.ts'
import type { ChannelRecord, NotificationRecord } from '../state/push-records.ts'
import { describeDelivery } from './push-signals.ts'

/** How long a message kept back for reordering waits at most, in milliseconds of the emulator's clock. */
const REORDER_HOLD_MS = 1000

/**
 * The number after this one: larger, never the next. It is computed and not drawn, so that a channel more or
 * less changes no id that the emulator gives out.
 */
function numberAfter(channel: ChannelRecord): number {
  if (channel.messageNumber === 0) return 1
  const digest = createHash('sha256').update(`${channel.id}\n${channel.messageNumber}`).digest()
  return channel.messageNumber + 2 + (digest.readUInt16BE(0) % 5000)
}

/** Makes the next message of a channel; what a fault does to it is decided here. */
export function makeNotification(backend: Backend, channel: ChannelRecord, state: 'sync' | 'exists'): void {
  const faults = backend.faults.push
  const queue = backend.state.notifications
  const now = backend.clock.now()
  channel.messageNumber = numberAfter(channel)
  // A sync message that must come before the answer cannot wait for a clock that stands still.
  const delayMs = state === 'sync' && faults.syncBeforeResponse ? 0 : faults.delayMs
  const message: NotificationRecord = {
    channelId: channel.id,
    state,
    messageNumber: channel.messageNumber,
    dueAt: now + delayMs,
    attempts: 0,
    held: false,
  }
  if (faults.drops > 0) {
    faults.drops -= 1
    backend.push.record(describeDelivery(channel, message, { attempt: 0, outcome: 'dropped', at: now }))
    return
  }
  const overtaken = queue.findIndex(({ channelId, held }) => held && channelId === channel.id)
  const other = queue[overtaken]
  if (other) {
    other.held = false
    other.dueAt = message.dueAt
  } else if (faults.reorder && state !== 'sync') {
    message.held = true
    message.dueAt += REORDER_HOLD_MS
  }
  const copies = faults.duplicates > 0 ? [message, { ...message, held: false }] : [message]
  faults.duplicates -= copies.length - 1
  queue.splice(other ? overtaken : queue.length, 0, ...copies)
  backend.push.wake()
}
