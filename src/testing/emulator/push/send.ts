import type { ChannelRecord, NotificationRecord } from '../state/push-records.ts'
import type { DeliveryAnswer } from './push-settings.ts'

/** Sends one notification and resolves with the answer. */
export type Deliver = (request: Request) => Promise<DeliveryAnswer>

/** What came back: an answer's status, or why there was none. */
export type SendResult =
  | { readonly status: number; readonly error: null }
  | { readonly status: null; readonly error: string }

const FETCH_TIMEOUT_MS = 10_000

/** Delivers over the network. A redirect is an answer, not followed. */
export async function deliverByFetch(request: Request): Promise<DeliveryAnswer> {
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(FETCH_TIMEOUT_MS)])
  const { status, body } = await fetch(request, { redirect: 'manual', signal })
  // An unread body keeps its connection busy.
  await body?.cancel()
  return { status }
}

/** The promise, or the signal's reason as soon as it fires. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  const aborted = Promise.withResolvers<never>()
  const onAbort = (): void => aborted.reject(signal.reason)
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/**
 * The request that carries a message
 * (https://developers.google.com/workspace/calendar/api/guides/push#understanding-the-notification-message-format).
 * @throws TypeError for an address that no request can have, such as one with a password in it.
 */
function notificationRequest(
  channel: ChannelRecord,
  message: NotificationRecord,
  signal: AbortSignal,
): Request {
  const headers = {
    'content-length': '0',
    'user-agent': 'APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)',
    'x-goog-channel-id': channel.id,
    'x-goog-channel-expiration': new Date(channel.expiresAt).toUTCString(),
    'x-goog-resource-state': message.state,
    'x-goog-message-number': String(message.messageNumber),
    'x-goog-resource-id': channel.resourceId,
    'x-goog-resource-uri': channel.resourceUri,
    ...(channel.token === null ? {} : { 'x-goog-channel-token': channel.token }),
  }
  return new Request(channel.address, { method: 'POST', headers, signal })
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer'
  const { cause } = error
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  return typeof code === 'string' ? `${error.message}: ${code}` : error.message
}

/** Sends one message. Never rejects; ends at once when the signal fires, even if `deliver` goes on. */
export async function sendNotification(
  deliver: Deliver,
  channel: ChannelRecord,
  message: NotificationRecord,
  signal: AbortSignal,
): Promise<SendResult> {
  try {
    const answered = deliver(notificationRequest(channel, message, signal))
    const { status } = await unlessAborted(answered, signal)
    return { status, error: null }
  } catch (error) {
    return { status: null, error: reasonOf(error) }
  }
}
