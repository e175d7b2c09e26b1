import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { AppointmentSyncError, createAppointmentSync } from 'appointment-sync'
import { toNodeHandler } from 'appointment-sync/adapters/http-node'
import { createHttpHandler } from 'appointment-sync/http'
import { type Clinic, onlyEvent, openClinic, owner } from './clinic.ts'
import { openWatchedClinic, turn, WEBHOOK, type WatchedClinic } from './watched-clinic.ts'

const MOVED = {
  start: { dateTime: '2026-05-06T14:00:00-03:00' },
  end: { dateTime: '2026-05-06T14:30:00-03:00' },
}
const lists = (clinic: Clinic): number => clinic.calls().filter((call) => call === 'events.list').length

/** An appointment that both sides know, and nothing going on. */
async function booked(clinic: WatchedClinic): Promise<void> {
  await clinic.push('a1')
  await clinic.sync.pullFromGoogle(owner)
  await clinic.pass(3000)
  clinic.calls()
  clinic.answered.length = 0
}

describe('a notification', () => {
  it('brings a change to the host, and its answer does not wait for that', async () => {
    await using clinic = await openWatchedClinic()
    await booked(clinic)
    clinic.hand.patch(onlyEvent(clinic.hand).id, MOVED)
    await clinic.quiet()
    expect(clinic.answered).toEqual([204])
    expect(clinic.book.told).toEqual([])
    await clinic.pass(100)
    expect(clinic.book.told).toEqual([expect.objectContaining({ type: 'rescheduled', appointmentId: 'a1' })])
    expect(clinic.calls()).toEqual(['events.list'])
  })

  it('is taken without HTTP too, from any framework’s headers', async () => {
    await using clinic = await openWatchedClinic()
    const { id, resourceId } = await clinic.onlyOpen()
    const tokens: string[] = []
    clinic.handle = (request) => {
      tokens.push(request.headers.get('x-goog-channel-token') ?? '')
      return Promise.resolve({ status: 200 })
    }
    await clinic.push('a1')
    await clinic.pass(100)
    clinic.calls()
    await clinic.sync.notifications.receive({
      'X-Goog-Channel-ID': id,
      'X-Goog-Resource-ID': [resourceId ?? ''],
      'X-Goog-Resource-State': 'exists',
      'X-Goog-Channel-Token': tokens[0],
      cookie: undefined,
    })
    await clinic.pass(100)
    expect(lists(clinic)).toBe(1)
    await expect(clinic.sync.notifications.receive({})).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it('comes in over a port, from an emulator that posts to this machine', async () => {
    const server = createServer((request, response) => listener(request, response))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    await using clinic = await openWatchedClinic({
      connected: false,
      notifications: { url: `http://127.0.0.1:${port}/api/v1/google-calendar/notifications` },
      emulator: { webhookAddresses: 'https-or-loopback', deliver: undefined },
    })
    const listener = toNodeHandler(createHttpHandler(clinic.sync, { authenticate: () => null }))
    await clinic.connectQuietly()
    await clinic.push('a1')
    await clinic.pass(1000)
    clinic.hand.patch(onlyEvent(clinic.hand).id, MOVED)
    await clinic.pass(1000)
    expect(clinic.google.deliveries.map(({ outcome }) => outcome)).toEqual([
      'delivered',
      'delivered',
      'delivered',
    ])
    expect(clinic.book.told).toHaveLength(1)
    server.close()
  })

  it('of the kind sync is no reason to read', async () => {
    await using clinic = await openWatchedClinic({ connected: false })
    await clinic.connectQuietly()
    await clinic.pass(3000)
    expect(clinic.answered).toEqual([204])
    expect(clinic.calls()).toEqual([])
  })

  it('is answered 503 when the storage fails, and Google sends it again', async () => {
    await using clinic = await openWatchedClinic()
    await booked(clinic)
    const down = createAppointmentSync({
      ...clinic.options,
      storage: {
        ...clinic.storage,
        channels: { ...clinic.storage.channels, find: () => Promise.reject(storageFailure()) },
      },
    })
    const up = clinic.handle
    clinic.handle = createHttpHandler(down, { authenticate: () => null })
    clinic.hand.patch(onlyEvent(clinic.hand).id, MOVED)
    await clinic.quiet()
    expect(clinic.answered).toEqual([503])
    clinic.handle = up
    await clinic.pass(1100)
    expect(clinic.book.told).toHaveLength(1)
    await down.close()
  })

  it('is refused after close, so that another process gets it', async () => {
    await using clinic = await openWatchedClinic()
    const channel = await clinic.onlyOpen()
    await clinic.sync.close()
    expect(await clinic.notify(channel)).toBe(503)
  })
})

function storageFailure(): AppointmentSyncError {
  return new AppointmentSyncError({ code: 'STORAGE_FAILED', message: 'the database is away' })
}

describe('what is not genuine', () => {
  it('is answered like an unknown channel, and nothing is read', async () => {
    await using clinic = await openWatchedClinic()
    await booked(clinic)
    const channel = await clinic.onlyOpen()
    const forged: [string, Record<string, string>][] = [
      ['no token', {}],
      ['an empty token', { 'x-goog-channel-token': '' }],
      ['another token', { 'x-goog-channel-token': 'f'.repeat(43) }],
      ['the stored hash as token', { 'x-goog-channel-token': channel.tokenHash }],
      ['an unknown channel', { 'x-goog-channel-id': 'f'.repeat(64) }],
    ]
    for (const [, headers] of forged) expect(await clinic.notify(channel, headers)).toBe(204)
    await clinic.pass(3000)
    expect(clinic.calls()).toEqual([])
    expect(await clinic.onlyOpen()).toEqual(channel)
  })

  it('a genuine token on another resource is refused', async () => {
    await using clinic = await openWatchedClinic()
    await booked(clinic)
    const channel = await clinic.onlyOpen()
    clinic.hand.patch(onlyEvent(clinic.hand).id, { location: 'Sala 2' })
    await clinic.quiet()
    const token = clinic.received.at(-1)?.headers.get('x-goog-channel-token') ?? ''
    await clinic.pass(3000)
    clinic.calls()
    const headers = { 'x-goog-channel-token': token }
    expect(await clinic.notify(channel, { ...headers, 'x-goog-resource-id': 'another' })).toBe(204)
    await clinic.pass(3000)
    expect(clinic.calls()).toEqual([])
    expect(await clinic.notify(channel, headers)).toBe(204)
    await clinic.pass(100)
    expect(lists(clinic)).toBe(1)
  })

  it('a forged message teaches a channel that waits for Google’s answer no resource', async () => {
    await using clinic = await openWatchedClinic({ connected: false })
    clinic.google.faults.dropNotifications(1)
    clinic.google.faults.dropNext({ match: { path: '/events/watch' }, applied: true })
    await clinic.connectQuietly()
    const [opening] = await clinic.channels()
    if (opening === undefined) throw new Error('no channel')
    const forged = { 'x-goog-resource-id': 'mine', 'x-goog-channel-token': 'guessed' }
    expect(await clinic.notify(opening, forged)).toBe(204)
    expect((await clinic.channels())[0]).toEqual(opening)
  })

  it('is counted in the log, at most once a minute, without its token or address', async () => {
    await using clinic = await openWatchedClinic()
    const channel = await clinic.onlyOpen()
    const forged = {
      'x-goog-channel-token': 'guessed-token',
      'x-goog-resource-uri': 'https://evil.example/steal',
    }
    for (let sent = 0; sent < 5; sent += 1) await clinic.notify(channel, forged)
    expect(clinic.warnings).toEqual([
      expect.objectContaining({ message: 'notifications refused', reason: 'token', refused: 1 }),
    ])
    clinic.google.advance(60_000)
    await clinic.notify(channel, forged)
    expect(clinic.warnings.at(-1)).toMatchObject({ refused: 5 })
    expect(JSON.stringify(clinic.warnings)).not.toMatch(/guessed|evil/)
    expect(clinic.google.requests.map(({ path }) => path)).toEqual([])
  })

  it('a malformed one is a 400', async () => {
    await using clinic = await openWatchedClinic()
    const channel = await clinic.onlyOpen()
    expect(await clinic.notify(channel, { 'x-goog-channel-id': 'a b' })).toBe(400)
    expect(await clinic.notify(channel, { 'x-goog-resource-state': 'update' })).toBe(400)
    expect(await clinic.notify(channel, { 'x-goog-channel-token': 'x'.repeat(257) })).toBe(400)
  })
})

it('the address of the option must be one that Google sends to', async () => {
  await using clinic = await openClinic({ connected: false })
  const withUrl = (url: string): unknown =>
    createAppointmentSync({ ...clinic.options, notifications: { url } })
  for (const url of [
    'http://app.example.com/n',
    'ftp://a/b',
    'notifications',
    'http://localhost.evil.example/',
  ]) {
    expect(() => withUrl(url)).toThrowError(expect.objectContaining({ code: 'INVALID_CONFIGURATION' }))
  }
  for (const url of [WEBHOOK, 'http://127.0.0.1:3000/n', 'http://localhost/n', 'http://[::1]:1/n']) {
    expect(() => withUrl(url)).not.toThrow()
  }
  await turn()
})
