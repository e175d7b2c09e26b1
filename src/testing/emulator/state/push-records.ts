/** What a channel watches. */
export type WatchedResource =
  | { readonly kind: 'events'; readonly calendarId: string }
  | { readonly kind: 'acl'; readonly calendarId: string }
  | { readonly kind: 'calendarList'; readonly email: string }
  | { readonly kind: 'settings'; readonly email: string }

/** A watch channel; it is kept after its end, because its id can never be used again. */
export interface ChannelRecord {
  readonly id: string
  readonly resource: WatchedResource
  readonly email: string
  readonly clientId: string
  readonly resourceId: string
  readonly resourceUri: string
  readonly address: string
  readonly token: string | null
  readonly expiresAt: number
  /** Only changes of these event types are told; empty: all. */
  readonly eventTypes: readonly string[]
  /** The number of the last message made for it; 0 before the first. */
  messageNumber: number
  /** When it was stopped; null while it runs or has expired. */
  stoppedAt: number | null
}

/**
 * A message on its way to a channel's address. A deleted event is `exists` like any other change: Google's
 * `not_exists` is not used by Calendar.
 */
export interface NotificationRecord {
  readonly channelId: string
  readonly state: 'sync' | 'exists'
  readonly messageNumber: number
  /** When it is sent (again), in milliseconds of the emulator's clock. */
  dueAt: number
  /** Deliveries tried so far. */
  attempts: number
  /** Kept back by a fault, so that the next message of its channel overtakes it. */
  held: boolean
}
