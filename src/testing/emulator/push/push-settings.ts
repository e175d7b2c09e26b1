/** Options of `createGoogleEmulator` about watch channels. */
export interface PushOptions {
  /**
   * Sends one notification and resolves with the answer; rejects when there is none. Default: the machine's
   * `fetch`, which follows no redirect and gives up after 10 s. The request's signal ends it when the emulator
   * is closed, restored or reset.
   */
  readonly deliver?: ((request: Request) => Promise<DeliveryAnswer>) | undefined
  /**
   * The longest life of a channel in milliseconds; default 7 days. One capture of Google's traffic shows a
   * longer request cut to 30 days.
   */
  readonly maxChannelTtlMs?: number | undefined
  /**
   * Which addresses a channel may have: `https` only, as at Google (default), or also plain HTTP to 127.0.0.1,
   * localhost and [::1], so that a back end on the same machine can be told.
   */
  readonly webhookAddresses?: 'https' | 'https-or-loopback' | undefined
  /**
   * The origins a channel's address may have, such as `https://app.example.com`; others are refused with 401
   * `push.webhookUrlUnauthorized`, as in the days of domain verification. Default: any origin.
   */
  readonly webhookOrigins?: readonly string[] | undefined
  /**
   * How `resourceUri` names a calendar that was watched as `primary`: with that word, as the one published
   * answer does (google-api-java-client-services#20532; default), or with the calendar's id.
   */
  readonly primaryResourceUri?: 'requested' | 'resolved' | undefined
  /** How long a stopped channel may still be told of changes, in milliseconds; default 0. */
  readonly stoppedChannelLagMs?: number | undefined
  /** How many messages one change makes for a channel; default 1. Google sometimes sends several. */
  readonly messagesPerChange?: number | undefined
  /**
   * How often a message is sent at most when every answer is 500, 502, 503 or 504; default 6, which ends 31 s
   * after the first. Google names no limit.
   */
  readonly maxDeliveryAttempts?: number | undefined
}

/** What delivery reads of an answer; a `Response` is one. Its body is not read. */
export interface DeliveryAnswer {
  readonly status: number
}

/** The settled form of the options, but for `deliver`. */
export interface PushSettings {
  readonly maxChannelTtlMs: number
  readonly webhookAddresses: 'https' | 'https-or-loopback'
  /** Null: any origin. */
  readonly webhookOrigins: readonly string[] | null
  readonly primaryResourceUri: 'requested' | 'resolved'
  readonly stoppedChannelLagMs: number
  readonly messagesPerChange: number
  readonly maxDeliveryAttempts: number
}

function atLeast(name: string, value: number, least: number): number {
  if (Number.isFinite(value) && value >= least) return value
  throw new RangeError(`${name} takes a number >= ${least}, got ${value}`)
}

/**
 * Reads the options.
 * @throws RangeError for a number out of its range; TypeError for an origin that is no URL.
 */
export function readPushSettings(options: PushOptions): PushSettings {
  return {
    maxChannelTtlMs: atLeast('maxChannelTtlMs', options.maxChannelTtlMs ?? 7 * 86_400_000, 1000),
    webhookAddresses: options.webhookAddresses ?? 'https',
    webhookOrigins: options.webhookOrigins?.map((origin) => new URL(origin).origin) ?? null,
    primaryResourceUri: options.primaryResourceUri ?? 'requested',
    stoppedChannelLagMs: atLeast('stoppedChannelLagMs', options.stoppedChannelLagMs ?? 0, 0),
    messagesPerChange: atLeast('messagesPerChange', options.messagesPerChange ?? 1, 1),
    maxDeliveryAttempts: atLeast('maxDeliveryAttempts', options.maxDeliveryAttempts ?? 6, 1),
  }
}
