import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, readdir, rm, stat, watch, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  createGoogleEmulator,
  type GoogleEmulator,
  type GoogleEmulatorOptions,
} from 'appointment-sync/testing/emulator'
import { noteChanges } from '../../src/testing/emulator/files/note-changes.ts'
import { decodeData, encodeState } from '../../src/testing/emulator/files/state-codec.ts'
import { openStateFile, type SavedEmulator } from '../../src/testing/emulator/files/state-file.ts'
import { calendarClient, connect, oauthClient, standingClock, timed } from './official-client.ts'

let folder = ''
let path = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'appointment-sync-state-'))
  path = join(folder, 'google.json')
})

afterEach(() => rm(folder, { recursive: true, force: true }))

async function kept(options: GoogleEmulatorOptions = {}): Promise<GoogleEmulator> {
  return createGoogleEmulator({ clock: standingClock(), stateFile: path, ...options })
}

/** The id of a process that has ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ['--version']).pid
}

describe('a state file', () => {
  test('brings back accounts, events, tokens, sync tokens and ids after a restart', async () => {
    const first = await kept()
    const oauth = await connect(first)
    const before = calendarClient(first, oauth)
    const { data: event } = await before.events.insert({ calendarId: 'primary', requestBody: timed() })
    const { nextSyncToken: syncToken = '' } = (await before.events.list({ calendarId: 'primary' })).data
    const snapshot = first.snapshot()
    await first.close()

    await using second = await kept({ users: [{ email: 'ignored@example.com' }] })
    expect(second.users()).toEqual(['pro@example.com'])
    expect(second.snapshot()).toEqual(snapshot)
    const credentials = oauthClient(second)
    credentials.setCredentials(oauth.credentials)
    const after = calendarClient(second, credentials)
    expect((await after.events.get({ calendarId: 'primary', eventId: event.id ?? '' })).data).toEqual(event)
    second
      .user('pro@example.com')
      .calendar()
      .patch(event.id ?? '', { summary: 'moved on' })
    const delta = await after.events.list({ calendarId: 'primary', syncToken: syncToken ?? '' })
    expect(delta.data.items).toMatchObject([{ summary: 'moved on' }])
    await credentials.refreshAccessToken()
  })

  test('brings back watch channels, and their numbers go on', async () => {
    const messages: Record<string, string | null>[] = []
    const deliver = async (request: Request): Promise<{ status: number }> => {
      const of = (name: string): string | null => request.headers.get(`x-goog-${name}`)
      messages.push({ id: of('channel-id'), state: of('resource-state'), number: of('message-number') })
      return { status: 200 }
    }
    const first = await kept({ deliver })
    const channel = { id: 'c1', type: 'web_hook', address: 'https://app.example.com/hook' }
    const api = calendarClient(first, await connect(first))
    await api.events.watch({ calendarId: 'primary', requestBody: channel })
    await first.settled()
    await first.close()

    await using second = await kept({ deliver })
    second.user('pro@example.com').calendar().insert(timed())
    await second.settled()
    expect(messages.map(({ id, state }) => [id, state])).toEqual([
      ['c1', 'sync'],
      ['c1', 'exists'],
    ])
    expect(Number(messages[1]?.['number'])).toBeGreaterThan(Number(messages[0]?.['number']))
  })

  test('carries all that an emulator can hold', async () => {
    const first = await kept({ quota: 'google', deliver: async () => ({ status: 503 }) })
    const user = first.user('pro@example.com')
    const hand = user.calendar()
    const { id } = hand.insert(
      timed({ recurrence: ['RRULE:FREQ=DAILY;COUNT=3'], attendees: [{ email: 'a@b.example' }] }),
    )
    const [one, two] = hand.instances(id)
    hand.patch(one?.id ?? '', { summary: 'exception' })
    hand.delete(two?.id ?? '')
    user.share('primary', { with: 'default', role: 'reader' })
    user.setSetting('locale', 'pt_BR')
    hand.move(hand.insert(timed()).id, user.addCalendar({ summary: 'Salon' }))
    // A client may name its properties as it likes, also as the file names its own.
    const shared = { $map: 'x', $set: 'y', $object: 'z', ['__proto__']: 'p' }
    hand.insert(timed({ extendedProperties: { shared } }))
    const api = calendarClient(first, await connect(first))
    await api.events.insert({ calendarId: 'primary', requestBody: timed() })
    const channel = { id: 'c1', type: 'web_hook', address: 'https://app.example.com/hook' }
    await api.events.watch({ calendarId: 'primary', requestBody: channel })
    await first.settled()
    const snapshot = first.snapshot()
    await first.close()
    await using second = await kept({ quota: 'google', deliver: async () => ({ status: 503 }) })
    expect(second.snapshot()).toEqual(snapshot)
  })

  test('is readable by its owner alone, and leaves nothing beside it', async () => {
    const google = await kept()
    await google.close()
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).toEqual(['google.json'])
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ version: 1 })
  })

  test('keeps how far the emulator’s own clock was moved, and leaves a clock of the caller alone', async () => {
    const first = await kept({ clock: undefined })
    first.advance(86_400_000)
    const then = first.now()
    await first.close()
    const second = await kept({ clock: undefined })
    expect(second.now()).toBeGreaterThanOrEqual(then)
    await second.close()
    const clock = standingClock()
    const start = clock.now()
    await using third = await kept({ clock })
    expect(third.now()).toBe(start)
  })

  test('is of what there is when the emulator closes, and may be closed twice', async () => {
    const google = await kept()
    google.user('pro@example.com').calendar().insert(timed())
    google.reset()
    google
      .user('pro@example.com')
      .calendar()
      .insert(timed({ summary: 'last' }))
    await google.close()
    await using again = await kept()
    await google.close()
    await expect(kept()).rejects.toThrow('in use')
    expect(again.user('pro@example.com').calendar().events()).toMatchObject([{ summary: 'last' }])
  })
})

describe('a state file that cannot be used', () => {
  test.each([
    ['damaged', '{"format":"appointment-sync emulator state","version":1,"sta', 'damaged'],
    ['empty', '', 'damaged'],
    ['of something else', '{"users":[]}', 'no state file'],
    ['no object', '[]', 'no state file'],
    [
      'of another version',
      '{"format":"appointment-sync emulator state","version":2,"state":{}}',
      'version 2',
    ],
    [
      'without a part',
      '{"format":"appointment-sync emulator state","version":1,"advancedMs":0,"state":{"users":{"$map":[]}}}',
      'does not hold a state',
    ],
    ['without its clock', '{"format":"appointment-sync emulator state","version":1,"state":{}}', 'clock'],
  ])('%s is a clear error, and stays as it is', async (_case, text, words) => {
    await writeFile(path, text)
    await expect(kept()).rejects.toThrow(words)
    await expect(kept()).rejects.toThrow(path)
    expect(await readFile(path, 'utf8')).toBe(text)
    expect(await readdir(folder)).toEqual(['google.json'])
  })

  test('in a folder that is not there is the file system’s own error', async () => {
    await expect(kept({ stateFile: join(folder, 'none', 'x.json') })).rejects.toThrow('ENOENT')
  })

  test('by a port that is taken is let go, unwritten', async () => {
    await using holder = await createGoogleEmulator({ port: 0 })
    const port = Number(new URL(holder.url).port)
    await expect(kept({ port })).rejects.toThrow('EADDRINUSE')
    expect(await readdir(folder)).toEqual([])
  })

  test('at the end is told by close', async () => {
    const google = await kept()
    await rm(folder, { recursive: true })
    await expect(google.close()).rejects.toThrow('ENOENT')
  })
})

describe('two emulators on one file', () => {
  test('the second is refused, and says who holds it; after the first ends it may start', async () => {
    const first = await kept()
    await expect(kept()).rejects.toThrow(`in use by process ${process.pid}`)
    await first.close()
    await (await kept()).close()
  })

  test.each([
    ['another live process', () => ({ pid: process.ppid, startedAt: 0 })],
    ['the system’s first process', () => ({ pid: 1, startedAt: 0 })],
    ['something unreadable', () => 'rubbish'],
  ])('a lock of %s is respected', async (_case, holder) => {
    await writeFile(`${path}.lock`, JSON.stringify(holder()))
    await expect(kept()).rejects.toThrow('remove')
    expect(JSON.parse(await readFile(`${path}.lock`, 'utf8'))).toEqual(holder())
    expect(existsSync(path)).toBe(false)
  })

  test.each([
    ['a process that has ended', () => ({ pid: deadPid(), startedAt: 0 })],
    ['an earlier process with this one’s id', () => ({ pid: process.pid, startedAt: 1_000_000 })],
  ])('a lock of %s is taken over', async (_case, holder) => {
    await writeFile(`${path}.lock`, JSON.stringify(holder()))
    const google = await kept()
    await expect(kept()).rejects.toThrow('in use')
    await google.close()
    expect(await readdir(folder)).toEqual(['google.json'])
  })

  test('of many that start at once over a dead one’s lock, one gets it', async () => {
    await writeFile(`${path}.lock`, JSON.stringify({ pid: deadPid(), startedAt: 0 }))
    const started = await Promise.allSettled(Array.from({ length: 8 }, () => kept()))
    const running = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    expect(running).toHaveLength(1)
    await running[0]?.close()
  })
})

describe('writing', () => {
  interface Bench extends AsyncDisposable {
    readonly changed: () => void
    /** Lets the delay end that is running. */
    readonly runLater: () => void
    readonly waiting: () => number
    readonly now: { advancedMs: number }
  }

  async function bench(): Promise<Bench> {
    const google = await createGoogleEmulator({ clock: standingClock() })
    const state = google.snapshot().state as SavedEmulator['state']
    const now = { advancedMs: 0 }
    const pending: (() => void)[] = []
    const file = await openStateFile(
      path,
      () => ({ state, ...now }),
      (run) => {
        pending.push(run)
        return { cancel: () => void pending.splice(pending.indexOf(run), 1) }
      },
    )
    return {
      changed: file.changed,
      runLater: () => pending.shift()?.(),
      waiting: () => pending.length,
      now,
      [Symbol.asyncDispose]: () => file.close(),
    }
  }

  async function written(): Promise<unknown> {
    const { advancedMs } = JSON.parse(await readFile(path, 'utf8')) as { advancedMs: unknown }
    return advancedMs
  }

  test('changes of one moment are written once, shortly after', async () => {
    const file = await bench()
    file.now.advancedMs = 1
    file.changed()
    file.now.advancedMs = 2
    file.changed()
    expect(file.waiting()).toBe(1)
    expect(existsSync(path)).toBe(false)
    file.runLater()
    expect(file.waiting()).toBe(0)
    file.now.advancedMs = 3
    file.changed()
    expect(file.waiting()).toBe(1)
    await file[Symbol.asyncDispose]()
    expect(await written()).toBe(3)
    expect(file.waiting()).toBe(0)
    file.changed()
    expect(file.waiting()).toBe(0)
  })

  test('a write that failed is made up for by the next one', async () => {
    const file = await bench()
    await rm(folder, { recursive: true })
    file.changed()
    file.runLater()
    await new Promise((resolve) => setImmediate(resolve))
    await mkdir(folder)
    file.now.advancedMs = 7
    await file[Symbol.asyncDispose]()
    expect(await written()).toBe(7)
  })
})

describe('what is noticed as a change', () => {
  const EVENT_FORM = new URLSearchParams({
    email: 'pro@example.com',
    calendar: 'primary',
    summary: 'by form',
    start: '2026-03-10',
    end: '2026-03-11',
  })

  /** Runs something in an emulator with a state file, and reads the file as soon as it is there, without closing. */
  async function seen(work: (google: GoogleEmulator) => unknown): Promise<string> {
    const google = await kept({ port: 0 })
    const stop = new AbortController()
    try {
      const events = watch(folder, { signal: stop.signal })
      const watching = (async () => {
        for await (const _event of events) if (existsSync(path)) return
      })()
      await work(google)
      await watching
      return await readFile(path, 'utf8')
    } finally {
      stop.abort()
      await google.close()
    }
  }

  test('every call of an object, of what it holds and of what it hands out, also one that throws', () => {
    let changes = 0
    const inner = { act: () => 7 }
    const outer = {
      name: 'outer',
      list: [1],
      inner,
      give: () => inner,
      fail: () => {
        throw new Error('no')
      },
    }
    const noted = noteChanges(outer, () => {
      changes += 1
    })
    expect([noted.name, noted.list, changes]).toEqual(['outer', [1], 0])
    expect([noted.inner.act(), changes]).toEqual([7, 1])
    const given = noted.give()
    expect([given.act(), changes]).toEqual([7, 3])
    expect(() => noted.fail()).toThrow('no')
    expect(changes).toBe(4)
  })

  test.each<[string, (google: GoogleEmulator) => unknown, string]>([
    [
      'a hand',
      (google) =>
        google
          .user('pro@example.com')
          .calendar()
          .insert(timed({ summary: 'by hand' })),
      'by hand',
    ],
    [
      'a client',
      (google) => google.registerClient({ clientId: 'new-app', clientSecret: 's', redirectUris: [] }),
      'new-app',
    ],
    ['a request', async ({ url }) => fetch(`${url}/ui/add`, { method: 'POST', body: EVENT_FORM }), 'by form'],
    ['a fault that changes data', (google) => google.faults.expireSyncTokens(), '"syncEpoch":1'],
  ])('%s', async (_case, work, words) => {
    expect(await seen(work)).toContain(words)
  })
})

describe('the form of the file', () => {
  test('carries any plain data, maps and sets, whatever their members are called', () => {
    const key = fc.oneof(fc.constantFrom('$map', '$set', '$object', '__proto__', 'constructor'), fc.string())
    const { data } = fc.letrec<{ data: unknown }>((tie) => ({
      data: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
        fc.array(tie('data'), { maxLength: 3 }),
        fc.array(fc.tuple(key, tie('data')), { maxLength: 3 }).map((entries) => Object.fromEntries(entries)),
        fc.array(fc.tuple(key, tie('data')), { maxLength: 3 }).map((entries) => new Map(entries)),
        fc.array(tie('data'), { maxLength: 3 }).map((items) => new Set(items)),
      ),
    }))
    fc.assert(
      fc.property(data, (value) => {
        expect(decodeData(encodeState(value))).toEqual(value)
      }),
      {
        examples: [
          [{ $map: [['a', 1]] }],
          [{ $set: [1] }],
          [{ $object: [['a', 1]] }],
          [new Set([new Map()])],
        ],
      },
    )
  })

  test.each([
    ['an object of a class', { why: new Error('x') }],
    ['a function', { run: () => undefined }],
    ['a number JSON has not', { many: Number.POSITIVE_INFINITY }],
    ['a big integer', { many: 1n }],
  ])('refuses %s rather than lose it', (_case, state) => {
    expect(() => encodeState({ inner: [state] })).toThrow(TypeError)
  })
})
