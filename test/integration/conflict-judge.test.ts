import { describe, expect, it } from 'vitest'
import {
  type ConflictQuestion,
  type ConflictVerdict,
  createAppointmentSync,
  type ResolveConflict,
  type SyncSettings,
} from 'appointment-sync'
import type { Logger } from 'appointment-sync/ports'
import { type Clinic, onlyEvent, openClinic, owner, spanOf } from './clinic.ts'

const ELEVEN = { start: '2026-05-05T11:00:00-03:00', end: '2026-05-05T11:30:00-03:00' }
const SIXTEEN = {
  start: { dateTime: '2026-05-05T16:00:00-03:00' },
  end: { dateTime: '2026-05-05T16:30:00-03:00' },
}
const [T9, T11, T16] = ['12', '14', '19'].map((hour) => `2026-05-05T${hour}:00:00.000Z`)
const inGoogle = (clinic: Clinic): string => spanOf(onlyEvent(clinic.hand))[0]
const inApp = (clinic: Clinic): string =>
  new Date(clinic.book.appointments.get('a1')?.start ?? 0).toISOString()
const open = async (clinic: Clinic): Promise<unknown[]> =>
  (await clinic.sync.conflicts.list({ tenantId: owner.tenantId })).items

interface Warning {
  readonly fields: Record<string, unknown>
}

function recordingLogger(): { logger: Logger; warnings: Warning[] } {
  const warnings: Warning[] = []
  const ignore = (): void => undefined
  const logger: Logger = {
    debug: ignore,
    info: ignore,
    error: ignore,
    warn: (fields) => void warnings.push({ fields }),
  }
  return { logger, warnings }
}

/** A clinic whose appointment was moved to 11 in the app and to 16 in Google; not read yet. */
async function contested(
  resolveConflict: ResolveConflict,
  settings: Partial<SyncSettings> = {},
  logger?: Logger,
): Promise<Clinic> {
  const clinic = await openClinic({ settings, resolveConflict, ...(logger && { logger }) })
  await clinic.push('a1')
  await clinic.sync.pullFromGoogle(owner)
  clinic.clock.advance(60_000)
  clinic.put('a1', ELEVEN)
  clinic.clock.advance(60_000)
  clinic.hand.patch(onlyEvent(clinic.hand).id, SIXTEEN)
  return clinic
}

async function settle(clinic: Clinic): Promise<void> {
  await clinic.sync.pullFromGoogle(owner)
  await clinic.sync.tasks.run('drain_outbox')
}

describe('the host’s own function', () => {
  it.each([
    ['app', T11, T11, 0],
    ['google', T16, T16, 0],
    ['manual', T11, T16, 1],
    ['policy', T11, T11, 0],
  ] as const)(
    'that says %s ends at %s in the app and %s in Google',
    async (verdict, app, google, conflicts) => {
      await using clinic = await contested(() => verdict, { conflictResolution: 'app_wins' })
      await settle(clinic)
      expect([inApp(clinic), inGoogle(clinic)]).toEqual([app, google])
      expect(await open(clinic)).toHaveLength(conflicts)
    },
  )

  it('is told both sides, the base, when each changed, and what the settings would do', async () => {
    const questions: ConflictQuestion[] = []
    const policies = { time: 'google_wins' } as const
    await using clinic = await contested(
      (question) => {
        questions.push(question)
        return Promise.resolve('policy')
      },
      { conflictResolutionByField: policies },
    )
    await settle(clinic)
    expect(questions).toEqual([
      {
        owner,
        appointmentId: 'a1',
        googleEventId: onlyEvent(clinic.hand).id,
        field: 'time',
        base: { time: expect.objectContaining({ startMs: Date.parse(T9 ?? '') }) as unknown },
        app: { exists: true, time: expect.objectContaining({ startMs: Date.parse(T11 ?? '') }) as unknown },
        google: {
          exists: true,
          time: expect.objectContaining({ startMs: Date.parse(T16 ?? '') }) as unknown,
        },
        appChangedAt: new Date('2026-05-04T12:01:00Z'),
        googleChangedAt: new Date('2026-05-04T12:02:00Z'),
        policy: 'google_wins',
      },
    ])
    expect([inApp(clinic), inGoogle(clinic)]).toEqual([T16, T16])
  })

  it('is asked about every field by itself, and about nothing that only one side changed', async () => {
    const asked: string[] = []
    const verdicts: Partial<Record<string, ConflictVerdict>> = { time: 'app', location: 'google' }
    await using clinic = await contested(({ field }) => {
      asked.push(field)
      return verdicts[field] ?? 'manual'
    })
    clinic.put('a1', { location: 'Sala 1' })
    clinic.hand.patch(onlyEvent(clinic.hand).id, { location: 'Room 2', description: 'mine' })
    await settle(clinic)
    expect(asked.toSorted()).toEqual(['location', 'time'])
    expect(inGoogle(clinic)).toBe(T11)
    expect(clinic.book.told).toMatchObject([
      { type: 'edited', fields: { location: 'Room 2', description: 'mine' } },
    ])
    expect(await open(clinic)).toEqual([])
  })

  it('is asked about a deletion, and puts the event back for the app', async () => {
    const questions: ConflictQuestion[] = []
    await using clinic = await openClinic({
      resolveConflict: (question) => {
        questions.push(question)
        return 'app'
      },
    })
    await clinic.push('a1')
    await clinic.sync.pullFromGoogle(owner)
    clinic.clock.advance(60_000)
    clinic.put('a1', ELEVEN)
    clinic.hand.delete(onlyEvent(clinic.hand).id)
    await settle(clinic)
    expect(questions).toMatchObject([
      { field: 'existence', app: { exists: true }, google: { exists: false }, googleChangedAt: null },
    ])
    expect(inGoogle(clinic)).toBe(T11)
    expect(clinic.book.told).toEqual([])
  })

  it('is asked again before a change that waited is told, when the app edited the field meanwhile', async () => {
    await using clinic = await openClinic({ resolveConflict: () => 'app' })
    await clinic.push('a1')
    await clinic.sync.pullFromGoogle(owner)
    clinic.book.answers.push(() => Promise.reject(new Error('the host is down')))
    clinic.hand.patch(onlyEvent(clinic.hand).id, SIXTEEN)
    await clinic.sync.pullFromGoogle(owner)
    clinic.clock.advance(900_000)
    clinic.put('a1', ELEVEN)
    await settle(clinic)
    expect(clinic.book.told).toHaveLength(1)
    expect([inApp(clinic), inGoogle(clinic)]).toEqual([T11, T11])
  })

  it('is not asked while a person decides, nor where the direction says it', async () => {
    let asked = 0
    const count = (): ConflictVerdict => {
      asked += 1
      return 'manual'
    }
    await using clinic = await contested(count)
    await settle(clinic)
    clinic.clock.advance(1000)
    clinic.hand.patch(onlyEvent(clinic.hand).id, {
      start: SIXTEEN.end,
      end: { dateTime: '2026-05-05T17:00:00-03:00' },
    })
    await settle(clinic)
    expect(asked).toBe(1)
    await using oneWay = await contested(count, { syncDirection: 'to_google' })
    await oneWay.sync.syncAppointmentToGoogle(oneWay.put('a1'))
    expect(inGoogle(oneWay)).toBe(T11)
    expect(asked).toBe(1)
  })
})

describe('a function of the host’s that fails', () => {
  it.each([
    [
      'throws',
      'threw',
      (): never => {
        throw new Error('João Silva, (11) 99999-9999')
      },
    ],
    ['rejects', 'threw', () => Promise.reject(new Error('no'))],
    ['answers rubbish', 'invalid', () => 'both' as ConflictVerdict],
    ['answers nothing', 'invalid', () => undefined as unknown as ConflictVerdict],
  ] as const)('and %s puts the field to review, with a warning and nothing lost', async (_, why, resolve) => {
    const { logger, warnings } = recordingLogger()
    await using clinic = await contested(resolve, { conflictResolution: 'app_wins' }, logger)
    await settle(clinic)
    expect([inApp(clinic), inGoogle(clinic)]).toEqual([T11, T16])
    expect(await open(clinic)).toMatchObject([{ fields: ['time'], reason: 'both_changed' }])
    expect(warnings.map(({ fields }) => fields)).toEqual([
      { tenantId: 'clinic-1', appointmentId: 'a1', field: 'time', code: 'HOST_VERDICT_MISSING', why },
    ])
    const { items } = await clinic.sync.logs.list({ tenantId: owner.tenantId, status: 'conflict' })
    expect(items).toMatchObject([{ errorCode: 'HOST_VERDICT_MISSING', fields: ['time'] }])
    expect(JSON.stringify(items)).not.toContain('João')
  })

  it('by taking too long is given up, and not asked again for a minute', async () => {
    let asked = 0
    const { logger, warnings } = recordingLogger()
    const waiting = Promise.withResolvers<void>()
    await using clinic = await contested(
      () => {
        asked += 1
        waiting.resolve()
        return new Promise(() => undefined)
      },
      {},
      logger,
    )
    const pulling = clinic.sync.pullFromGoogle(owner)
    await waiting.promise
    clinic.clock.advance(5_000)
    await pulling
    expect(await open(clinic)).toMatchObject([{ fields: ['time'] }])
    expect([inApp(clinic), inGoogle(clinic)]).toEqual([T11, T16])
    clinic.put('a1', { location: 'Sala 1' })
    clinic.hand.patch(onlyEvent(clinic.hand).id, { location: 'Room 2' })
    await clinic.sync.pullFromGoogle(owner)
    expect(asked).toBe(1)
    expect(await open(clinic)).toMatchObject([{ fields: ['time', 'location'] }])
    expect(warnings.map(({ fields }) => fields['why'])).toEqual(['timed_out', 'quiet'])
  })

  it('by changing what it was given changes nothing', async () => {
    await using clinic = await contested((question) => {
      Object.assign(question.app, { time: undefined, exists: false })
      return 'manual'
    })
    await settle(clinic)
    expect(await open(clinic)).toMatchObject([
      { app: { exists: true, time: { startMs: Date.parse(T11 ?? '') } } },
    ])
  })

  it('is refused when it is no function', async () => {
    await using clinic = await openClinic()
    const options = { ...clinic.options, resolveConflict: 'app' as unknown as ResolveConflict }
    expect(() => createAppointmentSync(options)).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONFIGURATION',
        problems: [expect.objectContaining({ path: 'resolveConflict' })],
      }),
    )
  })
})
