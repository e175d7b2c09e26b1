import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  CONFLICT_POLICIES,
  type Conflict,
  type ContestedField,
  DEFAULT_SETTINGS,
  type EventFields,
  type EventLink,
  type Integration,
  MERGED_FIELDS,
  type MergedField,
  type MergedFields,
  sameField,
  SYNC_DIRECTIONS,
  type SyncSettings,
} from '../../src/domain/index.ts'
import type { RemoteEvent } from '../../src/google/index.ts'
import type { WantedEvent } from '../../src/sync/app-side.ts'
import type { InboundFacts, InboundPlan } from '../../src/sync/inbound-plan.ts'
import { mergeFields } from '../../src/sync/merge.ts'
import { planLiveEvent } from '../../src/sync/plan-live-event.ts'
import { deltaOf } from '../../src/sync/patch-write.ts'

type Live = Extract<RemoteEvent, { cancelled: false }>

const NOW = 1_000_000
const PLACE = {
  tenantId: 't',
  userId: 'u',
  integrationId: 'i',
  appointmentId: 'a',
  calendarId: 'primary',
  eventId: 'e',
}

const hour = (n: number): MergedFields['time'] => ({
  allDay: false,
  startMs: n * 3_600_000,
  endMs: (n + 1) * 3_600_000,
  timeZone: 'America/Sao_Paulo',
})
/** Values are told apart by who may have written them: three of each, so that all meetings happen often. */
const someFields: fc.Arbitrary<MergedFields> = fc.record({
  time: fc.integer({ min: 0, max: 2 }).map(hour),
  title: fc.constantFrom('a', 'b', 'c'),
  description: fc.constantFrom('a', 'b', 'c'),
  location: fc.constantFrom('', 'b', 'c'),
  recurrence: fc.constantFrom([], ['RRULE:FREQ=DAILY;COUNT=2'], ['RRULE:FREQ=WEEKLY;COUNT=3']),
})
const policy = fc.constantFrom(...CONFLICT_POLICIES)
const rules = fc.record({
  syncDirection: fc.constantFrom(...SYNC_DIRECTIONS),
  conflictResolution: policy,
  conflictResolutionByField: fc.record(
    { time: policy, title: policy, description: policy, location: policy, existence: policy },
    { requiredKeys: [] },
  ),
})

interface Meeting {
  readonly baseApp: MergedFields
  readonly baseGoogle: MergedFields
  readonly app: MergedFields
  readonly google: MergedFields
  readonly settings: SyncSettings
  readonly appAtMs: number
  readonly googleAtMs: number
  readonly open: readonly MergedField[]
}

const meeting: fc.Arbitrary<Meeting> = fc.record({
  baseApp: someFields,
  baseGoogle: someFields,
  app: someFields,
  google: someFields,
  settings: rules.map((chosen) => ({ ...DEFAULT_SETTINGS, ...chosen })),
  appAtMs: fc.integer({ min: 1, max: 3 }),
  googleAtMs: fc.integer({ min: 1, max: 3 }),
  open: fc.subarray([...MERGED_FIELDS]),
})

const whole = (fields: MergedFields): EventFields => ({
  ...fields,
  status: 'confirmed',
  attendees: [],
  reminderMinutes: [],
  colorId: null,
  visibility: 'default',
  transparency: 'opaque',
  source: null,
  conference: 'none',
})

function linkOf({ baseApp, baseGoogle }: Pick<Meeting, 'baseApp' | 'baseGoogle'>): EventLink {
  return {
    ...PLACE,
    iCalUID: 'e@google.com',
    generation: 0,
    state: 'live',
    etag: '"1"',
    fingerprint: 'as it was',
    base: { app: whole(baseApp), google: baseGoogle },
    appointmentUpdatedAtMs: 0,
    eventUpdatedAtMs: 0,
    overwrites: 0,
    overwritesSinceMs: 0,
    updatedAtMs: 0,
    version: 1,
  }
}

function integrationWith(settings: SyncSettings): Integration {
  return {
    id: 'i',
    tenantId: 't',
    userId: 'u',
    settings,
  } as unknown as Integration
}

function conflictAbout({ open, app, google }: Meeting): Conflict | null {
  if (open.length === 0) return null
  return {
    ...PLACE,
    id: 'c',
    reason: 'both_changed',
    hostReason: null,
    fields: open,
    base: {},
    app: { exists: true, ...app },
    google: { exists: true, ...google },
    status: 'open',
    resolution: null,
    decisions: [],
    openedAtMs: 0,
    resolvedAtMs: null,
    version: 1,
  }
}

const wantedOf = ({ app, appAtMs }: Pick<Meeting, 'app' | 'appAtMs'>): WantedEvent => ({
  wanted: true,
  fields: whole(app),
  fingerprint: 'now',
  rendering: 'as now',
  updatedAtMs: appAtMs,
})

const eventOf = ({ google, googleAtMs }: Pick<Meeting, 'google' | 'googleAtMs'>): Live => ({
  id: 'e',
  etag: '"2"',
  cancelled: false,
  iCalUID: 'e@google.com',
  mark: null,
  attendeesOmitted: false,
  conference: null,
  fields: google,
  attendees: [],
  updatedMs: googleAtMs,
  recurringEventId: null,
  originalStart: null,
  eventType: 'default',
  tentative: false,
  transparent: false,
  visibility: 'default',
  recurrence: [],
  createdMs: null,
  takesTime: true,
})

function factsOf(met: Meeting): InboundFacts {
  return {
    integration: integrationWith(met.settings),
    link: linkOf(met),
    app: wantedOf(met),
    openConflict: conflictAbout(met),
    restoreWaits: false,
    nowMs: NOW,
    conflictId: 'c',
  }
}

/** The fields that a push after this plan writes. */
function written({ link, conflict }: InboundPlan, met: Meeting): readonly MergedField[] {
  if (met.settings.syncDirection === 'from_google') return []
  const open = conflict?.status === 'open' ? conflict : null
  const request = { link, app: wantedOf(met), conflict: open } as unknown as Parameters<typeof deltaOf>[0]
  return deltaOf(request).merged
}

const toldBy = (plan: InboundPlan): Partial<MergedFields> =>
  Object.assign({}, ...plan.inbox.map(({ fields }) => fields)) as Partial<MergedFields>

const openFields = (plan: InboundPlan): readonly ContestedField[] =>
  plan.conflict?.status === 'open' ? plan.conflict.fields : []

const check = (holds: (met: Meeting, plan: InboundPlan) => void): void => {
  fc.assert(
    fc.property(meeting, (met) => holds(met, planLiveEvent(factsOf(met), eventOf(met)))),
    { numRuns: 2_000 },
  )
}

describe('the plan of a changed event', () => {
  it('never invents a value: the host is told Google’s, Google is written the app’s, a conflict shows both', () => {
    check((met, plan) => {
      const told = toldBy(plan)
      for (const field of MERGED_FIELDS) {
        if (told[field] !== undefined) expect(sameField(field, told[field], met.google[field])).toBe(true)
        const base = plan.link.base.app[field]
        const known = [met.baseApp, met.app, met.google, met.baseGoogle]
        expect(known.some((side) => sameField(field, base, side[field]))).toBe(true)
      }
      expect(plan.link.base.google).toEqual(met.google)
      for (const field of openFields(plan)) {
        if (field === 'existence') throw new Error('nobody asked whether it stands')
        expect(plan.conflict?.app[field]).toEqual(met.app[field])
        expect(plan.conflict?.google[field]).toEqual(met.google[field])
      }
    })
  })

  it('sends no field both ways, and a contested one neither way', () => {
    check((met, plan) => {
      const [told, push] = [Object.keys(toldBy(plan)), written(plan, met)]
      for (const field of MERGED_FIELDS) {
        const ways = [told.includes(field), push.includes(field), openFields(plan).includes(field)]
        expect(ways.filter(Boolean).length, field).toBeLessThanOrEqual(1)
      }
      // What is to be written is also put to be written, and compared whatever the fingerprint says.
      if (push.length > 0) expect([plan.enqueue, plan.link.fingerprint]).toEqual(['push', ''])
    })
  })

  it('leaves an open field alone until both sides agree on it', () => {
    check((met, plan) => {
      for (const field of met.open) {
        const agreed = sameField(field, met.app[field], met.google[field])
        expect(openFields(plan).includes(field)).toBe(!agreed)
        expect(toldBy(plan)[field]).toBeUndefined()
        expect(written(plan, met)).not.toContain(field)
      }
      const nothingLeft = met.open.length > 0 && openFields(plan).length === 0
      if (nothingLeft) expect(plan.conflict).toMatchObject({ status: 'resolved', resolution: 'sides_agree' })
    })
  })

  it('passes uncontested fields on while a conflict is open', () => {
    check((met, plan) => {
      if (met.settings.syncDirection !== 'bidirectional') return
      const verdicts = mergeFields({ ...met })
      for (const field of MERGED_FIELDS) {
        if (met.open.includes(field)) continue
        if (verdicts[field] === 'google' && !sameField(field, met.app[field], met.baseGoogle[field])) {
          expect(sameField(field, toldBy(plan)[field], met.google[field])).toBe(true)
        }
        if (verdicts[field] === 'app' && !sameField(field, met.app[field], met.baseGoogle[field])) {
          expect(written(plan, met)).toContain(field)
        }
      }
    })
  })

  it('is idempotent: planned again from its outcome, it tells nothing new, asks nothing new, writes the same', () => {
    check((met, plan) => {
      const open = plan.conflict?.status === 'open' ? plan.conflict : null
      const again = planLiveEvent({ ...factsOf(met), link: plan.link, openConflict: open }, eventOf(met))
      expect(again.inbox).toEqual([])
      expect(openFields(again)).toEqual(openFields(plan))
      expect(written(again, met)).toEqual(written(plan, met))
      expect(again.link.base.google).toEqual(plan.link.base.google)
      expect(again.link.base.app).toEqual(plan.link.base.app)
    })
  })

  it('goes field by field: what becomes of one does not depend on the others', () => {
    fc.assert(
      fc.property(meeting, someFields, fc.constantFrom(...MERGED_FIELDS), (met, other, field) => {
        const alone = (side: MergedFields): MergedFields => ({ ...other, [field]: side[field] })
        const apart: Meeting = {
          ...met,
          baseApp: alone(met.baseApp),
          baseGoogle: alone(met.baseGoogle),
          app: alone(met.app),
          google: alone(met.google),
          open: met.open.filter((one) => one === field),
        }
        const [one, two] = [met, apart].map((each) => {
          const plan = planLiveEvent(factsOf(each), eventOf(each))
          const isOpen = openFields(plan).includes(field)
          return [toldBy(plan)[field], written(plan, each).includes(field), isOpen, plan.link.base.app[field]]
        })
        expect(two).toEqual(one)
      }),
      { numRuns: 1_000 },
    )
  })

  it('commutes: two uncontested edits in Google end the same, seen at once or one after the other, in any order', () => {
    fc.assert(
      fc.property(someFields, someFields, fc.shuffledSubarray([...MERGED_FIELDS]), (start, edit, order) => {
        const settings = DEFAULT_SETTINGS
        const told: Record<string, unknown>[] = []
        for (const steps of [
          [order],
          order.map((field) => [field]),
          order.toReversed().map((field) => [field]),
        ]) {
          let link = linkOf({ baseApp: start, baseGoogle: start })
          let google = start
          const heard = {}
          for (const fields of steps) {
            google = { ...google, ...Object.fromEntries(fields.map((field) => [field, edit[field]])) }
            const met = {
              baseApp: start,
              baseGoogle: start,
              app: start,
              google,
              settings,
              appAtMs: 1,
              googleAtMs: 2,
              open: [],
            }
            const plan = planLiveEvent({ ...factsOf(met), link }, eventOf(met))
            Object.assign(heard, toldBy(plan))
            expect(plan.conflict).toBeNull()
            link = plan.link
          }
          told.push({ heard, app: link.base.app, google: link.base.google })
        }
        expect(told[1]).toEqual(told[0])
        expect(told[2]).toEqual(told[0])
      }),
    )
  })

  it('mirrors: app_wins writes exactly what google_wins tells, of fields that both sides changed', () => {
    check((met) => {
      const under = (conflictResolution: 'app_wins' | 'google_wins'): InboundPlan => {
        const settings = { ...DEFAULT_SETTINGS, conflictResolution }
        return planLiveEvent(factsOf({ ...met, settings, open: [] }), eventOf(met))
      }
      const logged = (plan: InboundPlan, status: string): readonly string[] =>
        plan.log.filter((facts) => facts.status === status).flatMap(({ fields = [] }) => fields)
      expect(logged(under('app_wins'), 'skipped')).toEqual(logged(under('google_wins'), 'conflict'))
    })
  })

  it('restored in Google while only the app counts is deleted again', () => {
    const settings = { ...DEFAULT_SETTINGS, syncDirection: 'to_google' } as const
    const fields: MergedFields = { time: hour(1), title: 'a', description: 'a', location: '', recurrence: [] }
    const met = {
      baseApp: fields,
      baseGoogle: fields,
      app: fields,
      google: fields,
      settings,
      appAtMs: 1,
      googleAtMs: 2,
      open: [],
    }
    const facts = factsOf(met)
    const gone = {
      ...facts,
      link: { ...facts.link, state: 'removed' },
      app: { wanted: false, updatedAtMs: 1 },
    } as const
    expect(planLiveEvent(gone, eventOf(met))).toMatchObject({ inbox: [], enqueue: 'delete' })
  })
})
