import { describe, expect, it } from 'vitest'
import { createAppointmentSync } from 'appointment-sync'
import { type Clinic, onlyEvent, openClinic, owner } from './clinic.ts'

interface Conference {
  readonly createRequest?: { readonly requestId: string; readonly status: { readonly statusCode: string } }
  readonly entryPoints?: readonly { readonly uri: string }[]
}

const conferenceOf = (clinic: Clinic): Conference | undefined =>
  onlyEvent(clinic.hand)['conferenceData'] as Conference | undefined
const urlOf = (clinic: Clinic): string => conferenceOf(clinic)?.entryPoints?.[0]?.uri ?? ''
/** The addresses the host was told. */
const urlsTold = ({ book }: Clinic): string[] =>
  book.told.flatMap((change) => (change.type === 'conference_ready' ? [change.url] : []))
/** The ids of the requests for a conference, in order. */
const requestsFor = ({ google }: Clinic): string[] =>
  google.requests.flatMap(({ requestBody }) => {
    const body = requestBody as { conferenceData?: Conference | null } | undefined
    return body?.conferenceData?.createRequest?.requestId ?? []
  })
const failures = async ({ sync }: Clinic): Promise<number> => {
  const { items } = await sync.logs.list({ tenantId: owner.tenantId, action: 'conference' })
  return items.filter(({ status }) => status === 'failed').length
}
/** Lets the outbox work for some hours. */
async function hours(clinic: Clinic, count = 3): Promise<void> {
  for (let round = 0; round < count * 4; round += 1) {
    clinic.clock.advance(15 * 60_000)
    await clinic.sync.tasks.run('drain_outbox')
  }
}
const MEET = { conference: 'meet' } as const
const HAND_MADE = {
  conferenceData: {
    conferenceSolution: { key: { type: 'addOn' }, name: 'Zoom' },
    entryPoints: [{ entryPointType: 'video', uri: 'https://zoom.example.com/j/1' }],
  },
}

describe('a Meet link', () => {
  it('is asked for with the event, and told to the host once it is there', async () => {
    await using clinic = await openClinic({ settings: MEET })
    expect(await clinic.push('a1')).toMatchObject({ action: 'created' })
    expect(requestsFor(clinic)).toHaveLength(1)
    expect(clinic.book.told).toEqual([])
    clinic.calls()
    clinic.clock.advance(10_000)
    await clinic.sync.tasks.run('drain_outbox')
    await clinic.sync.tasks.run('drain_outbox')
    expect(clinic.calls()).toEqual(['events.get'])
    expect(clinic.book.told).toMatchObject([
      { type: 'conference_ready', url: urlOf(clinic), appointmentId: 'a1', owner },
    ])
    expect(urlOf(clinic)).toMatch(/^https:\/\/meet\.google\.com\//)
    await hours(clinic)
    await clinic.sync.pullFromGoogle(owner)
    await clinic.push('a1', { notes: 'x' })
    await hours(clinic)
    expect(urlsTold(clinic)).toHaveLength(1)
  })

  it('is told by a pull that comes first, although the event is as we left it', async () => {
    await using clinic = await openClinic({ settings: MEET })
    await clinic.push('a1')
    await clinic.sync.pullFromGoogle(owner)
    expect(urlsTold(clinic)).toEqual([urlOf(clinic)])
    await hours(clinic)
    expect(urlsTold(clinic)).toHaveLength(1)
  })

  it('is told under `to_google` too: it is the answer to what the host asked for', async () => {
    await using clinic = await openClinic({ settings: { ...MEET, syncDirection: 'to_google' } })
    await clinic.push('a1')
    await hours(clinic, 1)
    expect(urlsTold(clinic)).toEqual([urlOf(clinic)])
  })

  it('is a matter of the appointment before it is one of the settings', async () => {
    await using clinic = await openClinic({ settings: MEET })
    await clinic.push('a1', { conference: 'none' })
    expect(conferenceOf(clinic)).toBeUndefined()
    await clinic.push('a1', { conference: undefined })
    expect(urlOf(clinic)).not.toBe('')
  })

  it('survives every other change: each write says that it knows conferences', async () => {
    await using clinic = await openClinic({ settings: MEET })
    await clinic.push('a1')
    const url = urlOf(clinic)
    await clinic.push('a1', { location: 'Sala 2', attendees: [{ email: 'ana@email.com' }] })
    await clinic.push('a1', { title: 'Outra' })
    expect(urlOf(clinic)).toBe(url)
    const writes = clinic.google.requests.filter(({ method }) => method === 'POST' || method === 'PATCH')
    expect(writes).toHaveLength(3)
    expect(writes.every(({ query }) => query['conferenceDataVersion'] === '1')).toBe(true)
    expect(requestsFor(clinic)).toHaveLength(1)
  })

  it('is there once, whichever answer was lost', async () => {
    await using clinic = await openClinic({ settings: MEET })
    clinic.google.faults.dropNext({ applied: true, match: { method: 'POST' } })
    await clinic.push('a1')
    await hours(clinic)
    const url = urlOf(clinic)
    expect(new Set(requestsFor(clinic)).size).toBe(1)
    expect(urlsTold(clinic)).toEqual([url])
  })

  it.each([
    ['Google had taken', true],
    ['never arrived', false],
  ])(
    'switched on later is there once, also when the answer to a write was lost that %s',
    async (_, applied) => {
      await using clinic = await openClinic()
      await clinic.push('a1')
      clinic.google.faults.dropNext({ applied, match: { method: 'PATCH' } })
      await clinic.push('a1', MEET)
      await hours(clinic)
      expect(requestsFor(clinic).length).toBe(applied ? 1 : 2)
      expect(new Set(requestsFor(clinic)).size).toBe(1)
      expect(urlsTold(clinic)).toEqual([urlOf(clinic)])
    },
  )

  it('of an event that had to be made anew is a new one, and told', async () => {
    await using clinic = await openClinic({ settings: { ...MEET, conflictResolution: 'app_wins' } })
    await clinic.push('a1')
    await hours(clinic, 1)
    const first = urlOf(clinic)
    await clinic.push('a1', { status: 'cancelled' })
    clinic.clock.advance(60_000)
    await clinic.push('a1', { status: 'confirmed' })
    await hours(clinic, 1)
    expect(urlOf(clinic)).not.toBe(first)
    expect(urlsTold(clinic)).toEqual([first, urlOf(clinic)])
    expect(new Set(requestsFor(clinic)).size).toBe(2)
  })

  it('goes with the event to the calendar that the owner switches to', async () => {
    await using clinic = await openClinic({ settings: MEET })
    await clinic.push('a1')
    await hours(clinic, 1)
    const url = urlOf(clinic)
    clinic.hand.move(onlyEvent(clinic.hand).id, 'work@group.calendar.google.com')
    await clinic.sync.pullFromGoogle(owner)
    await clinic.push('a1', { location: 'Sala 2' })
    await hours(clinic, 1)
    const [moved] = clinic.google
      .user('maria@example.com')
      .calendar('work@group.calendar.google.com')
      .events()
    expect(JSON.stringify(moved)).toContain(url)
    expect(urlsTold(clinic)).toEqual([url])
    expect(new Set(requestsFor(clinic)).size).toBe(1)
  })

  it('is taken off when it is switched off, and a new one comes when it is switched on again', async () => {
    await using clinic = await openClinic({ settings: MEET })
    await clinic.push('a1')
    await hours(clinic, 1)
    const first = urlOf(clinic)
    await clinic.push('a1', { conference: 'none' })
    expect(conferenceOf(clinic)).toBeUndefined()
    await clinic.push('a1', { conference: 'meet' })
    await hours(clinic, 1)
    expect(urlOf(clinic)).not.toBe('')
    expect(urlsTold(clinic)).toEqual([first, urlOf(clinic)])
    expect(new Set(requestsFor(clinic)).size).toBe(2)
  })
})

describe('a conference that a person made', () => {
  it('is not replaced, is told to a host that asked for one, and is not taken off', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1')
    clinic.hand.patch(onlyEvent(clinic.hand).id, HAND_MADE)
    await clinic.push('a1', MEET)
    expect(urlOf(clinic)).toBe('https://zoom.example.com/j/1')
    await hours(clinic, 1)
    expect(urlsTold(clinic)).toEqual(['https://zoom.example.com/j/1'])
    await clinic.push('a1', { conference: 'none' })
    expect(urlOf(clinic)).toBe('https://zoom.example.com/j/1')
    expect(requestsFor(clinic)).toEqual([])
  })

  it('takes the place of ours: the host is told, and ours is not put back', async () => {
    await using clinic = await openClinic({ settings: MEET })
    await clinic.push('a1')
    await hours(clinic, 1)
    clinic.hand.patch(onlyEvent(clinic.hand).id, { conferenceData: null })
    clinic.hand.patch(onlyEvent(clinic.hand).id, HAND_MADE)
    await clinic.sync.pullFromGoogle(owner)
    await clinic.push('a1', { notes: 'x' })
    await hours(clinic, 1)
    expect(urlOf(clinic)).toBe('https://zoom.example.com/j/1')
    expect(urlsTold(clinic).at(-1)).toBe('https://zoom.example.com/j/1')
    expect(urlsTold(clinic)).toHaveLength(2)
  })

  it('that no host asked for is told to nobody', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1')
    clinic.hand.patch(onlyEvent(clinic.hand).id, HAND_MADE)
    await clinic.sync.pullFromGoogle(owner)
    expect(clinic.book.told).toEqual([])
  })

  it('is missed by nobody when the user takes ours off: it is not put back', async () => {
    await using clinic = await openClinic({ settings: MEET })
    await clinic.push('a1')
    await hours(clinic, 1)
    clinic.hand.patch(onlyEvent(clinic.hand).id, { conferenceData: null })
    await clinic.sync.pullFromGoogle(owner)
    await clinic.push('a1', { notes: 'x' })
    await hours(clinic, 1)
    expect(conferenceOf(clinic)).toBeUndefined()
    expect(urlsTold(clinic)).toHaveLength(1)
  })
})

describe('a conference that Google does not make', () => {
  it('is asked for again under a new id, and told when that worked', async () => {
    await using clinic = await openClinic({ settings: MEET })
    clinic.google.faults.failConferences(1)
    await clinic.push('a1')
    await hours(clinic)
    expect(new Set(requestsFor(clinic)).size).toBe(2)
    expect(urlsTold(clinic)).toEqual([urlOf(clinic)])
    expect(await failures(clinic)).toBe(1)
  })

  it('is asked for three times and no more; the event stands, and each failure is in the log', async () => {
    await using clinic = await openClinic({ settings: MEET })
    clinic.google.faults.failConferences(50)
    await clinic.push('a1')
    await hours(clinic, 12)
    for (let n = 0; n < 5; n += 1) await clinic.push('a1', { notes: `note ${n}` })
    await hours(clinic, 2)
    expect(requestsFor(clinic)).toHaveLength(3)
    expect(new Set(requestsFor(clinic)).size).toBe(3)
    expect(await failures(clinic)).toBe(3)
    expect(onlyEvent(clinic.hand)['description']).toContain('note 4')
    clinic.calls()
    await hours(clinic, 2)
    expect(clinic.calls()).toEqual([])
  })

  const noMeet = {
    users: [
      {
        email: 'maria@example.com',
        calendars: [{ id: 'primary', summary: 'Maria', conferenceTypes: [] }],
      },
    ],
  }

  it('because the calendar takes none leaves the event without, with one line in the log', async () => {
    await using clinic = await openClinic({ settings: MEET, emulator: noMeet })
    expect(await clinic.push('a1')).toMatchObject({ action: 'created' })
    expect(conferenceOf(clinic)).toBeUndefined()
    expect(await failures(clinic)).toBe(1)
    clinic.calls()
    await hours(clinic)
    expect(clinic.calls()).toEqual([])
    await clinic.push('a1', { location: 'Sala 2' })
    expect(clinic.calls()).toEqual(['events.patch'])
    expect(await failures(clinic)).toBe(1)
  })

  it('so for many at once: each is made, and none is tried for ever', async () => {
    await using clinic = await openClinic({ settings: MEET, emulator: noMeet })
    for (let n = 0; n < 12; n += 1) clinic.put(`a${n}`)
    expect(await clinic.sync.syncAllAppointmentsForUser(owner)).toMatchObject({ created: 12, queued: 0 })
    expect(clinic.hand.events()).toHaveLength(12)
    expect(await failures(clinic)).toBe(12)
    expect(await clinic.sync.outbox.deadLetters.list({ tenantId: owner.tenantId })).toMatchObject({
      items: [],
    })
  })

  it('nor is a refusal for another reason hidden: it is reported as before', async () => {
    await using clinic = await openClinic({ settings: MEET })
    const body = { error: { code: 400, errors: [{ reason: 'invalid' }], message: 'Invalid Value' } }
    clinic.google.faults.failNext({
      status: 400,
      body,
      times: 9,
      match: { method: 'POST', path: '/events' },
    })
    expect(await clinic.push('a1')).toMatchObject({ status: 'queued', error: { code: 'GOOGLE_REJECTED' } })
  })
})

describe('whichever process dies, and wherever', () => {
  it.each(Array.from({ length: 13 }, (_, steps) => steps))(
    'there is one conference, told once for its address: after %i steps of storage',
    async (last) => {
      await using clinic = await openClinic({ settings: MEET })
      let left = last
      const dying = new Proxy(clinic.storage, {
        get: (target, name) => {
          const part = Reflect.get(target, name) as unknown
          if (name !== 'transaction') return part
          return async (work: Parameters<typeof clinic.storage.transaction>[0]) => {
            if ((left -= 1) < 0) throw new Error('the process died')
            return target.transaction(work)
          }
        },
      })
      const dead = createAppointmentSync({ ...clinic.options, storage: dying })
      await dead.syncAppointmentToGoogle(clinic.put('a1')).catch(() => null)
      clinic.clock.advance(3_600_000)
      await dead.tasks.run('drain_outbox').catch(() => null)
      await dead.close().catch(() => null)
      for (let round = 0; round < 4; round += 1) {
        clinic.clock.advance(3_600_000)
        await clinic.sync.tasks.run('sync_all_calendar_integrations')
        await clinic.sync.tasks.run('drain_outbox')
      }
      expect(new Set(requestsFor(clinic)).size).toBe(1)
      expect(new Set(urlsTold(clinic))).toEqual(new Set([urlOf(clinic)]))
    },
  )
})
