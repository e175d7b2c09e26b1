import type { Backend } from '../backend.ts'
import { invalid, refusal, required } from '../errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts'

/** What a watch request asks for, read and checked. */
export interface WatchRequest {
  readonly id: string
  readonly address: string
  readonly token: string | null
  /** In milliseconds; a whole second, as Google's are. */
  readonly expiresAt: number
}

const DEFAULT_TTL_MS = 604_800_000
const EVENT_TYPES: ReadonlySet<string> = new Set([
  'birthday',
  'default',
  'focusTime',
  'fromGmail',
  'outOfOffice',
  'workingLocation',
])
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]'])

/** A required member. Google's wording for an absent one is not published. */
function text(body: JsonObject, name: string): string {
  const value = body[name]
  if (value === undefined || value === null || value === '') throw required('Required', `resource.${name}`)
  if (typeof value !== 'string') throw refusal('invalid')
  return value
}

function readId(body: JsonObject): string {
  const id = text(body, 'id')
  if (id.length <= 64 && /^[A-Za-z0-9\-_+/=]+$/.test(id)) return id
  throw refusal('push.channelIdInvalid', {
    message: 'Channel id must match the following regular expression: [A-Za-z0-9\\-_\\+/=]+',
  })
}

function readAddress({ settings }: Backend, body: JsonObject): string {
  const address = text(body, 'address')
  if (!URL.canParse(address)) {
    throw refusal('push.webhookUrlNoHostOrAddress', { message: `WebHook callback is not a URL: ${address}` })
  }
  const { protocol, hostname, origin } = new URL(address)
  const { webhookAddresses, webhookOrigins } = settings.push
  const local = webhookAddresses === 'https-or-loopback' && protocol === 'http:' && LOOPBACK.has(hostname)
  if (protocol !== 'https:' && !local) {
    throw refusal('push.webhookUrlNotHttps', { message: `WebHook callback must be HTTPS: ${address}` })
  }
  if (webhookOrigins !== null && !webhookOrigins.includes(origin)) {
    const message = `Unauthorized WebHook callback channel: ${address}`
    throw refusal('push.webhookUrlUnauthorized', { status: 401, message })
  }
  return address
}

function readToken({ token }: JsonObject): string | null {
  if (token === undefined || token === null || token === '') return null
  // It travels in a header, so it must be text that a header can carry.
  if (typeof token === 'string' && /^[\t\x20-\x7e\xa0-\xff]{1,256}$/.test(token)) return token
  throw refusal('invalid')
}

/** An int64, which travels as a string; a number is taken too. */
function readInt64(value: JsonValue | undefined): number | null {
  if (value === undefined || value === null) return null
  const digits = typeof value === 'number' ? String(value) : value
  if (typeof digits !== 'string' || !/^\d{1,19}$/.test(digits)) throw refusal('invalid')
  return Number(digits)
}

/** The earliest of what the request names and what the service allows; without a wish, seven days. */
function readExpiration({ clock, settings }: Backend, body: JsonObject): number {
  const now = clock.now()
  const { params } = body
  if (params !== undefined && params !== null && !isJsonObject(params)) throw refusal('invalid')
  const ttl = readInt64(params?.ttl)
  const expiration = readInt64(body.expiration)
  const wishes = [...(ttl === null ? [] : [now + ttl * 1000]), ...(expiration === null ? [] : [expiration])]
  if (wishes.length === 0) wishes.push(now + DEFAULT_TTL_MS)
  const earliest = Math.min(...wishes, now + settings.push.maxChannelTtlMs)
  const wholeSecond = Math.floor(earliest / 1000) * 1000
  if (wholeSecond <= now) throw refusal('invalid')
  return wholeSecond
}

/**
 * Reads the body of a watch request
 * (https://developers.google.com/workspace/calendar/api/guides/push#making-watch-requests).
 * @throws CalendarApiError 400 `required`, `invalid`, `push.channelIdInvalid`, `push.webhookUrlNotHttps` or
 * `channelIdNotUnique`, for an id that any channel of the project ever had; 401 `push.webhookUrlUnauthorized`.
 */
export function readWatchRequest(backend: Backend, body: JsonObject): WatchRequest {
  const id = readId(body)
  const type = text(body, 'type')
  if (type !== 'web_hook' && type !== 'webhook') throw refusal('invalid')
  const request = {
    id,
    address: readAddress(backend, body),
    token: readToken(body),
    expiresAt: readExpiration(backend, body),
  }
  if (backend.state.channels.has(id)) {
    throw refusal('channelIdNotUnique', { message: `Channel id ${id} not unique` })
  }
  return request
}

/** The event types a channel is for; empty: all. @throws CalendarApiError 400 for a type Google does not have. */
export function readEventTypes(query: URLSearchParams): string[] {
  const given = query.getAll('eventTypes')
  if (given.some((type) => !EVENT_TYPES.has(type))) throw invalid('Invalid Value', 'eventTypes')
  return given
}
