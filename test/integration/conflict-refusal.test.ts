import { describe, expect, it } from 'vitest'
import { type Appointment, DEFAULT_SETTINGS, type SyncSettings } from 'appointment-sync'
import { MAX_DESCRIPTION_LENGTH } from '../../src/templating/index.ts'
import { type Clinic, onlyEvent, openClinic, owner, spanOf } from './clinic.ts'

const NINE = '2026-05-05T12:00:00.000Z'
const SIXTEEN = {
  start: { dateTime: '2026-05-05T16:00:00-03:00' },
  end: { dateTime: '2026-05-05T16:30:00-03:00' },
}
const T16 = new Date(SIXTEEN.start.dateTime).toISOString()
const REASON = 'fora do horário <b>de</b> atendimento'
const LINE = 'O horário voltou ao do sistema: fora do horário &lt;b&gt;de&lt;/b&gt; atendimento'

const startOf = (clinic: Clinic): string => spanOf(onlyEvent(clinic.hand))[0]
const textOf = (clinic: Clinic): string => (onlyEvent(clinic.hand)['description'] as string | undefined) ?? ''
const refuseOnce = (clinic: Clinic, reason = REASON): void =>
  void clinic.book.answers.push(() => Promise.resolve({ status: 'rejected', reason }))
const writes = (clinic: Clinic): string[] =>
  clinic.google.requests
    .filter(({ calendarMethod }) => /insert|patch|delete/.test(calendarMethod ?? ''))
    .map(({ path }) => path)

async function rest(clinic: Clinic): Promise<void> {
  await clinic.sync.pullFromGoogle(owner)
  await clinic.sync.tasks.run('drain_outbox')
}

async function open(clinic: Clinic): Promise<unknown[]> {
  return (await clinic.sync.conflicts.list({ tenantId: owner.tenantId })).items
}

/** A person did something that the host refused; both sides are at rest. */
async function refused(
  settings: Partial<SyncSettings>,
  act: (clinic: Clinic) => void = (clinic) => void clinic.hand.patch(onlyEvent(clinic.hand).id, SIXTEEN),
  changes: Partial<Appointment> = {},
): Promise<Clinic> {
  const explained = { explainRefusals: true, conflictResolution: 'app_wins', ...settings } as const
  const clinic = await openClinic({ settings: explained })
  await clinic.push('a1', changes)
  await clinic.sync.pullFromGoogle(owner)
  refuseOnce(clinic)
  act(clinic)
  clinic.clock.advance(60_000)
  clinic.google.requests.length = 0
  await rest(clinic)
  return clinic
}

describe('the reason of a refusal', () => {
  it('is in the log, on one line, without control characters, and cut', async () => {
    await using clinic = await openClinic({ settings: { conflictResolution: 'app_wins' } })
    await clinic.push('a1')
    await clinic.sync.pullFromGoogle(owner)
    refuseOnce(clinic, `slot\u0000 taken\n\u202eforged line ${'x'.repeat(2000)}`)
    clinic.hand.patch(onlyEvent(clinic.hand).id, SIXTEEN)
    await rest(clinic)
    const { items } = await clinic.sync.logs.list({ tenantId: owner.tenantId, status: 'rejected' })
    expect(items).toMatchObject([{ action: 'reschedule', errorCode: 'HOST_REJECTED' }])
    expect(items[0]?.errorMessage).toMatch(/^slot taken forged line x+…$/)
    expect(items[0]?.errorMessage).toHaveLength(300)
    // Unless the owner wants it, nothing of it is in the event.
    expect(textOf(clinic)).not.toContain('slot')
  })

  it('that is empty is said to be none', async () => {
    await using clinic = await refused({ explainRefusals: false })
    clinic.clock.advance(1000)
    refuseOnce(clinic, ' \u0007 ')
    clinic.hand.patch(onlyEvent(clinic.hand).id, SIXTEEN)
    await rest(clinic)
    const { items } = await clinic.sync.logs.list({ tenantId: owner.tenantId, status: 'rejected' })
    expect(items[0]).toMatchObject({ errorMessage: 'The host gave no reason.' })
  })
})

describe('a refused move that is put back', () => {
  it('says why at the end of the description, in the same write', async () => {
    await using clinic = await refused({})
    expect(startOf(clinic)).toBe(NINE)
    expect(textOf(clinic).split('\n').at(-1)).toBe(LINE)
    expect(writes(clinic)).toHaveLength(1)
    clinic.google.requests.length = 0
    await rest(clinic)
    await clinic.sync.syncAllAppointmentsForUser(owner)
    expect(writes(clinic)).toEqual([])
    expect(clinic.book.told).toHaveLength(1)
  })

  it.each([
    ['pt-BR', 'O horário voltou ao do sistema: '],
    ['en', 'The time went back to that of the booking system: '],
    ['es', 'El horario volvió al del sistema: '],
  ] as const)('says it in %s', async (locale, beginning) => {
    await using clinic = await refused({ locale })
    expect(textOf(clinic).split('\n').at(-1)).toContain(beginning)
  })

  it('says it until the next version of the appointment, which takes it away without a mail', async () => {
    await using clinic = await refused({}, undefined, { attendees: [{ email: 'guest@example.com' }] })
    const patches = (): URLSearchParams[] =>
      clinic.google.requests
        .filter(({ calendarMethod }) => calendarMethod === 'calendar.events.patch')
        .map(({ query }) => new URLSearchParams(query))
    // The guests are told of the time that went back, once.
    expect(patches().map((query) => query.get('sendUpdates'))).toEqual(['all'])
    clinic.google.requests.length = 0
    await clinic.push('a1')
    expect(textOf(clinic)).not.toContain('voltou')
    expect(patches().map((query) => query.get('sendUpdates'))).toEqual([null])
    await rest(clinic)
    expect(clinic.book.told).toHaveLength(1)
  })

  it('is not said over a description that a person wrote', async () => {
    await using clinic = await openClinic({
      settings: { explainRefusals: true, conflictResolution: 'app_wins' },
    })
    await clinic.push('a1')
    await clinic.sync.pullFromGoogle(owner)
    clinic.hand.patch(onlyEvent(clinic.hand).id, { description: 'mine' })
    await rest(clinic)
    refuseOnce(clinic)
    clinic.hand.patch(onlyEvent(clinic.hand).id, SIXTEEN)
    await rest(clinic)
    expect([startOf(clinic), textOf(clinic)]).toEqual([NINE, 'mine'])
  })

  it('is cut with the description, never over the longest that Google takes', async () => {
    await using clinic = await refused({}, undefined, { notes: '&'.repeat(20_000) })
    expect(textOf(clinic).length).toBeLessThanOrEqual(MAX_DESCRIPTION_LENGTH)
    expect(textOf(clinic).endsWith(`\n${LINE}`)).toBe(true)
  })

  it('is gone when the owner does not want such lines any more', async () => {
    await using clinic = await refused({})
    await clinic.sync.integrations.updateSettings(owner, { explainRefusals: false })
    await clinic.sync.syncAllAppointmentsForUser(owner)
    expect(textOf(clinic)).not.toContain('voltou')
  })

  it('leaves an event that a person deletes meanwhile to the person', async () => {
    await using clinic = await refused({ conflictResolution: 'app_wins' })
    clinic.hand.delete(onlyEvent(clinic.hand).id)
    await rest(clinic)
    expect(clinic.book.told.at(-1)).toMatchObject({ type: 'cancelled' })
    expect(clinic.hand.events()).toEqual([])
  })
})

describe('a person who deletes the event', () => {
  it('before the line was written meets an app that changed nothing', async () => {
    await using clinic = await openClinic({
      settings: { explainRefusals: true, conflictResolution: 'app_wins' },
    })
    await clinic.push('a1')
    await clinic.sync.pullFromGoogle(owner)
    refuseOnce(clinic)
    const { id } = onlyEvent(clinic.hand)
    clinic.hand.patch(id, SIXTEEN)
    await clinic.sync.pullFromGoogle(owner)
    clinic.hand.delete(id)
    await rest(clinic)
    expect(clinic.book.told.at(-1)).toMatchObject({ type: 'cancelled' })
    expect(clinic.book.appointments.get('a1')?.status).toBe('cancelled')
    expect(clinic.hand.events()).toEqual([])
  })
})

describe('a person who touches the line', () => {
  it('and removes it makes no loop: nothing is told, and nothing written', async () => {
    await using clinic = await refused({})
    const without = textOf(clinic).split('\n').slice(0, -1).join('\n')
    clinic.hand.patch(onlyEvent(clinic.hand).id, { description: without })
    clinic.google.requests.length = 0
    for (let round = 0; round < 3; round += 1) {
      clinic.clock.advance(60_000)
      await rest(clinic)
      await clinic.sync.syncAllAppointmentsForUser(owner)
    }
    expect(writes(clinic)).toEqual([])
    expect(clinic.book.told).toHaveLength(1)
    expect(textOf(clinic)).toBe(without)
  })

  it.each(['manual', 'app_wins'] as const)(
    'and writes beside it under %s is told once, and stays',
    async (conflictResolution) => {
      await using clinic = await refused({
        conflictResolution,
        conflictResolutionByField: { time: 'app_wins' },
      })
      const edited = `${textOf(clinic)}\nbut why?`
      clinic.hand.patch(onlyEvent(clinic.hand).id, { description: edited })
      clinic.google.requests.length = 0
      for (let round = 0; round < 3; round += 1) {
        clinic.clock.advance(60_000)
        await rest(clinic)
        await clinic.sync.syncAllAppointmentsForUser(owner)
      }
      expect(clinic.book.told.slice(1)).toMatchObject([{ type: 'edited', fields: { description: edited } }])
      expect(writes(clinic)).toEqual([])
      expect(textOf(clinic)).toBe(edited)
      expect(await open(clinic)).toEqual([])
    },
  )

  it('before the line was written keeps what they wrote', async () => {
    await using clinic = await openClinic({
      settings: { explainRefusals: true, conflictResolution: 'app_wins' },
    })
    await clinic.push('a1')
    await clinic.sync.pullFromGoogle(owner)
    refuseOnce(clinic)
    const { id } = onlyEvent(clinic.hand)
    clinic.hand.patch(id, SIXTEEN)
    await clinic.sync.pullFromGoogle(owner)
    clinic.hand.patch(id, { description: 'mine' })
    await clinic.sync.tasks.run('drain_outbox')
    await rest(clinic)
    expect([startOf(clinic), textOf(clinic)]).toEqual([NINE, 'mine'])
    expect(await open(clinic)).toEqual([])
  })
})

describe('a refusal that goes to review', () => {
  it('says in the event what waits, until a person has decided', async () => {
    await using clinic = await refused({ conflictResolution: 'manual' })
    expect(startOf(clinic)).toBe(T16)
    expect(textOf(clinic).split('\n').at(-1)).toContain('A alteração foi recusada e aguarda decisão: fora')
    const [conflict] = (await clinic.sync.conflicts.list({ tenantId: owner.tenantId })).items
    expect(conflict).toMatchObject({ reason: 'rejected_by_host', hostReason: REASON, fields: ['time'] })
    const target = { tenantId: owner.tenantId, conflictId: conflict?.id ?? '' }
    await clinic.sync.conflicts.resolve(target, 'app')
    expect(startOf(clinic)).toBe(NINE)
    expect(textOf(clinic)).not.toContain('recusada')
  })

  it('loses its line also when Google’s side is taken', async () => {
    await using clinic = await refused({ conflictResolution: 'google_wins' })
    const [conflict] = (await clinic.sync.conflicts.list({ tenantId: owner.tenantId })).items
    const target = { tenantId: owner.tenantId, conflictId: conflict?.id ?? '' }
    await clinic.sync.conflicts.resolve(target, 'google')
    await rest(clinic)
    expect(startOf(clinic)).toBe(T16)
    expect(textOf(clinic)).not.toContain('recusada')
    expect(await open(clinic)).toEqual([])
  })

  it('loses its line when the person takes the move back', async () => {
    await using clinic = await refused({ conflictResolution: 'manual' })
    const back = {
      start: { dateTime: '2026-05-05T09:00:00-03:00' },
      end: { dateTime: '2026-05-05T09:30:00-03:00' },
    }
    clinic.hand.patch(onlyEvent(clinic.hand).id, back)
    await rest(clinic)
    expect(await open(clinic)).toEqual([])
    expect(textOf(clinic)).not.toContain('recusada')
  })

  it('of a field by its own policy leaves the others to be put back', async () => {
    const edit = (clinic: Clinic): void =>
      void clinic.hand.patch(onlyEvent(clinic.hand).id, { summary: 'theirs', location: 'theirs' })
    await using clinic = await refused({ conflictResolutionByField: { title: 'manual' } }, edit, {
      location: 'Sala 1',
    })
    expect(onlyEvent(clinic.hand)).toMatchObject({ summary: 'theirs', location: 'Sala 1' })
    expect(await open(clinic)).toMatchObject([{ fields: ['title'], hostReason: REASON }])
    expect(textOf(clinic).split('\n').at(-1)).toContain('A alteração foi desfeita: fora')
  })

  it('of something else shows the newest reason on the conflict that is open', async () => {
    await using clinic = await refused({ conflictResolution: 'manual' })
    refuseOnce(clinic, 'no such room')
    clinic.hand.patch(onlyEvent(clinic.hand).id, { location: 'nowhere' })
    await rest(clinic)
    expect(await open(clinic)).toMatchObject([{ fields: ['time', 'location'], hostReason: 'no such room' }])
    expect(textOf(clinic).split('\n').at(-1)).toContain('aguarda decisão: no such room')
  })
})

describe('a refused', () => {
  it('cancellation makes the event again, with the reason in it', async () => {
    await using clinic = await refused({}, (open) => open.hand.delete(onlyEvent(open.hand).id))
    expect(startOf(clinic)).toBe(NINE)
    expect(textOf(clinic).split('\n').at(-1)).toContain('O evento voltou à agenda: fora')
    await rest(clinic)
    await clinic.sync.syncAllAppointmentsForUser(owner)
    expect(textOf(clinic)).toContain('voltou à agenda')
    await clinic.push('a1')
    expect(textOf(clinic)).not.toContain('voltou à agenda')
  })

  it('cancellation by a policy of its own goes to review', async () => {
    await using clinic = await refused({ conflictResolutionByField: { existence: 'manual' } }, (open) =>
      open.hand.delete(onlyEvent(open.hand).id),
    )
    expect(clinic.hand.events()).toEqual([])
    expect(await open(clinic)).toMatchObject([{ fields: ['existence'], hostReason: REASON }])
  })

  it('text is put back with the reason, also where it is the description', async () => {
    const edit = (clinic: Clinic): void =>
      void clinic.hand.patch(onlyEvent(clinic.hand).id, { description: 'theirs' })
    await using clinic = await refused({}, edit)
    expect(textOf(clinic)).toContain('Serviço: Corte de Cabelo')
    expect(textOf(clinic).split('\n').at(-1)).toContain('A alteração foi desfeita: fora')
  })

  it('move is written nowhere from Google alone, and once the direction lets it', async () => {
    await using clinic = await openClinic({
      settings: { explainRefusals: true, conflictResolution: 'app_wins' },
    })
    await clinic.push('a1')
    await clinic.sync.integrations.updateSettings(owner, { syncDirection: 'from_google' })
    await clinic.sync.pullFromGoogle(owner)
    refuseOnce(clinic)
    clinic.hand.patch(onlyEvent(clinic.hand).id, SIXTEEN)
    await rest(clinic)
    expect(startOf(clinic)).toBe(T16)
    expect(textOf(clinic)).not.toContain('voltou')
    await clinic.sync.integrations.updateSettings(owner, { syncDirection: DEFAULT_SETTINGS.syncDirection })
    await clinic.sync.syncAllAppointmentsForUser(owner)
    expect(startOf(clinic)).toBe(NINE)
  })
})
