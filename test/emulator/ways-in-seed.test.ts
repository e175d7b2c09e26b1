import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  EmulatorSeedError,
  applySeed,
  createGoogleEmulator,
  readSeedFile,
} from 'appointment-sync/testing/emulator'
import { calendarClient, connect, standingClock, timed } from './official-client.ts'

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'appointment-sync-seed-'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

async function seedFile(content: unknown): Promise<string> {
  const path = join(folder, 'seed.json')
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

async function problemsOf(content: unknown): Promise<readonly string[]> {
  const error: unknown = await readSeedFile(await seedFile(content)).catch((caught: unknown) => caught)
  if (error instanceof EmulatorSeedError) return error.problems
  throw new Error('the seed was expected to be refused')
}

const SALON = 'salon@group.calendar.google.com'
const FULL_SEED = {
  clients: [
    { clientId: 'app', clientSecret: 's', redirectUris: ['http://localhost:3000/cb'], testing: true },
  ],
  users: [
    {
      email: 'Rui@example.com',
      calendars: [{ id: SALON, summary: 'Salon', accessRole: 'reader' }],
    },
    {
      email: 'ana@example.com',
      timeZone: 'Europe/Lisbon',
      settings: { locale: 'pt_BR' },
      events: [timed({ summary: 'Corte', id: 'corte' })],
      calendars: [
        {
          id: SALON,
          summary: 'Salon',
          timeZone: 'America/Sao_Paulo',
          events: [timed({ summary: 'Chair 1' })],
        },
        { summary: 'Private' },
      ],
    },
  ],
}

describe('a seed file', () => {
  test('becomes clients, accounts, shared calendars, settings and events', async () => {
    const seed = await readSeedFile(await seedFile(FULL_SEED))
    await using google = await createGoogleEmulator({ clock: standingClock(), ...seed })
    expect(google.clients()).toMatchObject(FULL_SEED.clients)
    expect(google.users()).toEqual(['rui@example.com', 'ana@example.com'])
    const ana = google.user('ana@example.com')
    expect(ana.calendar().get('corte').start).toMatchObject({ dateTime: '2026-03-10T13:00:00+00:00' })
    expect(google.user('rui@example.com').calendar(SALON).events()).toMatchObject([{ summary: 'Chair 1' }])
  })

  test('gives a shared calendar to its owner, whatever the order of the accounts, and the others their roles', async () => {
    const { users } = await readSeedFile(await seedFile(FULL_SEED))
    await using google = await createGoogleEmulator({ users })
    const rui = calendarClient(google, await connect(google, { email: 'rui@example.com' }))
    const { data } = await rui.calendarList.get({ calendarId: SALON })
    expect(data).toMatchObject({ accessRole: 'reader', dataOwner: 'ana@example.com' })
    const write = rui.events.insert({ calendarId: SALON, requestBody: timed() })
    await expect(write).rejects.toThrow('writer access')
  })

  test('has the settings of each account', async () => {
    await using google = await createGoogleEmulator(
      await readSeedFile(await seedFile(FULL_SEED)).then(({ users }) => ({ users })),
    )
    const ana = calendarClient(google, await connect(google, { email: 'ana@example.com' }))
    expect((await ana.settings.get({ setting: 'locale' })).data.value).toBe('pt_BR')
  })

  test('may name nothing: the defaults stand', async () => {
    await using google = await createGoogleEmulator(await readSeedFile(await seedFile({})))
    expect(google.users()).toEqual(['pro@example.com'])
    expect(google.clients()).toHaveLength(1)
  })

  test('outlives a reset when it came with the options', async () => {
    await using google = await createGoogleEmulator(await readSeedFile(await seedFile(FULL_SEED)))
    google.user('ana@example.com').calendar().delete('corte')
    google.reset()
    expect(google.user('ana@example.com').calendar().events()).toHaveLength(1)
  })

  test('has the same ids every time', async () => {
    const seed = await readSeedFile(await seedFile(FULL_SEED))
    const options = { ...seed, clock: standingClock() }
    await using first = await createGoogleEmulator(options)
    await using second = await createGoogleEmulator(options)
    expect(first.snapshot()).toEqual(second.snapshot())
  })

  test('lists every problem by its place', async () => {
    const problems = await problemsOf({
      client: [],
      clients: [{ clientId: '', clientSecret: 's', redirectUris: ['nowhere'], id: 1 }],
      users: [
        { email: 'no address', timeZone: 'Mars/Olympus' },
        {
          email: 'a@example.com',
          calendars: [{ summary: 'x', accessRole: 'boss', colour: 'red' }],
          events: ['x'],
        },
      ],
    })
    const places = problems.map((problem) => problem.split(':')[0])
    expect(new Set(places)).toEqual(
      new Set([
        'client',
        'clients.0.clientId',
        'clients.0.id',
        'clients.0.redirectUris.0',
        'users.0.email',
        'users.0.timeZone',
        'users.1.calendars.0.accessRole',
        'users.1.calendars.0.colour',
        'users.1.events.0',
      ]),
    )
  })

  test('says that it is not JSON, and that an account is named twice', async () => {
    expect(await problemsOf('{ "users": ')).toEqual([expect.stringContaining('not JSON')])
    const twice = { users: [{ email: 'a@example.com' }, { email: 'A@example.com' }] }
    expect(await problemsOf(twice)).toEqual(['users: names an account twice'])
  })

  test('that is not there is the file system’s own error', async () => {
    await expect(readSeedFile(join(folder, 'none.json'))).rejects.toThrow('ENOENT')
  })

  test('with events and settings Google refuses names each of them', async () => {
    const users = [
      { email: 'a@example.com', events: [timed(), { summary: 'no times' }] },
      { email: 'b@example.com', calendars: [{ summary: 'B', events: [{ start: { date: 'x' } }] }] },
      { email: 'c@example.com', settings: { mood: 'good' } },
    ]
    const made = createGoogleEmulator(await readSeedFile(await seedFile({ users })))
    await expect(made).rejects.toThrow(
      /users\.0\.events\.1: Google refuses it: .+\nusers\.1\.calendars\.0\.events\.0: .+\nusers\.2\.settings\.mood: /,
    )
  })
})

describe('applySeed', () => {
  test('adds to a running emulator', async () => {
    await using google = await createGoogleEmulator()
    applySeed(google, await readSeedFile(await seedFile(FULL_SEED)))
    expect(google.users()).toEqual(['pro@example.com', 'rui@example.com', 'ana@example.com'])
    expect(google.clients().map(({ clientId }) => clientId)).toContain('app')
    expect(google.user('ana@example.com').calendar().events()).toHaveLength(1)
  })

  test('adds no account when one of its events is refused, or an account is there already', async () => {
    await using google = await createGoogleEmulator()
    const refused = {
      users: [
        { email: 'a@example.com', events: [timed()] },
        { email: 'b@example.com', events: [{}] },
      ],
    }
    expect(() => applySeed(google, refused)).toThrow('users.1.events.0')
    expect(() =>
      applySeed(google, { users: [{ email: 'c@example.com' }, { email: 'PRO@example.com' }] }),
    ).toThrow('already')
    expect(google.users()).toEqual(['pro@example.com'])
  })
})
