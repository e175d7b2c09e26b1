import type { ChannelRecord, NotificationRecord } from '../state/push-records.ts'

/** What became of one delivery, or of a message that had none. */
export interface DeliveryRecord {
  readonly channelId: string
  readonly state: 'sync' | 'exists'
  readonly messageNumber: number
  readonly address: string
  /** Counts from 1; 0 for a message that was never sent. */
  readonly attempt: number
  /**
   * - `delivered`: answered 200, 201, 202, 204 or 102.
   * - `retrying`: answered 500, 502, 503 or 504, and sent again later.
   * - `failed`: any other answer, or none; or the last attempt. Not sent again.
   * - `dropped`: a fault took it.
   * - `discarded`: its channel had ended, or its user had lost the calendar, before it left.
   */
  readonly outcome: 'delivered' | 'retrying' | 'failed' | 'dropped' | 'discarded'
  /** The HTTP status of the answer; null when there was none. */
  readonly status: number | null
  /** Why there was no answer, such as `fetch failed: ECONNREFUSED`; null when there was one or nothing was sent. */
  readonly error: string | null
  /** In milliseconds of the emulator's clock. */
  readonly at: number
}

/** What the handlers tell the delivery of notifications. */
export interface PushSignals {
  /** Messages were made, or time has moved: look for what is due, soon but not within this call. */
  wake(): void
  /** The request being served opened this channel: nothing goes there before its answer. */
  opened(channelId: string): void
  /** Adds a line to `emulator.deliveries`. */
  record(line: DeliveryRecord): void
}

/** Signals that nobody hears. */
export const SILENT_PUSH: PushSignals = {
  wake: () => undefined,
  opened: () => undefined,
  record: () => undefined,
}

/** The line for what became of a message. */
export function describeDelivery(
  channel: ChannelRecord,
  message: NotificationRecord,
  outcome: Pick<DeliveryRecord, 'attempt' | 'outcome' | 'at'> & Partial<DeliveryRecord>,
): DeliveryRecord {
  return {
    channelId: channel.id,
    state: message.state,
    messageNumber: message.messageNumber,
    address: channel.address,
    status: null,
    error: null,
    ...outcome,
  }
}
