import { describe, expect, it } from 'vitest'
import {
  type Appointment,
  type AppointmentChange,
  type ApplyResult,
  CONFLICT_POLICIES,
  type ConflictPolicy,
  SYNC_DIRECTIONS,
  type SyncDirection,
} from 'appointment-sync'
import {
  FIELD_GROUPS,
  type Outcome,
  outcomeUnder,
  SITUATIONS,
  type Situation,
} from '../../src/sync/field-rules.ts'
import { type Clinic, openClinic, owner, spanOf } from './clinic.ts'

type Field = keyof typeof FIELD_GROUPS
/**
 * Settings, the same for all appointments, made by Google in its own time, or of series: walked by the others of their
 * group.
 */
const NOT_WALKED: ReadonlySet<Field> = new Set([
  'recurrence',
  'reminderMinutes',
  'visibility',
  'transparency',
  'conference',
])
const FIELDS = (Object.keys(FIELD_GROUPS) as Field[]).filter((field) => !NOT_WALKED.has(field))

interface Case {
  readonly id: string
  readonly field: Field
  readonly situation: Situation
}

const CASES: readonly Case[] = FIELDS.flatMap((field) =>
  SITUATIONS.map((situation) => ({ id: `${field}.${situation}`, field, situation })),
).filter(
  // Of two values there are no two different changes.
  ({ id }) => id !== 'status.both_changed',
)

const at = (hour: string): { start: string; end: string } => ({
  start: `2026-05-05T${hour}:00:00-03:00`,
  end: `2026-05-05T${hour}:30:00-03:00`,
})
const inGoogleAt = (hour: string): object => ({
  start: { dateTime: at(hour).start },
  end: { dateTime: at(hour).end },
})

/** What the app changes of a field. */
const APP_EDIT: Readonly<Record<Field, Partial<Appointment>>> = {
  time: at('11'),
  title: { title: 'of the app' },
  description: { notes: 'of the app' },
  location: { location: 'of the app' },
  existence: { status: 'cancelled' },
  status: { status: 'pending' },
  attendees: { attendees: [{ email: 'app@example.com' }] },
  colorId: { status: 'completed' },
  source: { url: 'https://app.example.com/new' },
  recurrence: {},
  reminderMinutes: {},
  visibility: {},
  transparency: {},
  conference: {},
}

/** What a person changes of it in Google. */
const GOOGLE_EDIT: Readonly<Record<Field, object>> = {
  time: inGoogleAt('16'),
  title: { summary: 'of a person' },
  description: { description: 'of a person' },
  location: { location: 'of a person' },
  existence: { status: 'confirmed' },
  status: { status: 'tentative' },
  attendees: { attendees: [{ email: 'person@example.com' }] },
  colorId: { colorId: '7' },
  source: { source: { title: 'of a person', url: 'https://person.example.com/' } },
  recurrence: {},
  reminderMinutes: {},
  visibility: {},
  transparency: {},
  conference: {},
}

/** What a side shows of a field, for comparing sides and moments. */
function shownBy(event: Record<string, unknown> | undefined, field: Field): unknown {
  if (field === 'existence') return event !== undefined
  if (event === undefined) return null
  if (field === 'time') return spanOf(event)[0]
  if (field === 'attendees')
    return (event['attendees'] as { email: string }[] | undefined)?.map((a) => a.email)
  if (field === 'source') return (event['source'] as { url: string } | undefined)?.url
  return event[field === 'title' ? 'summary' : field]
}

function wantedBy(appointment: Appointment | undefined, field: Field): unknown {
  const { status, start, title, notes, location, attendees, url } = appointment ?? {}
  const values: Record<Field, unknown> = {
    time: new Date(start ?? 0).toISOString(),
    title,
    description: notes,
    location,
    existence: status !== 'cancelled',
    status: status === 'pending' ? 'tentative' : 'confirmed',
    attendees: attendees?.map(({ email }) => email),
    colorId: status === 'completed' ? '3' : undefined,
    source: url,
    recurrence: undefined,
    reminderMinutes: undefined,
    visibility: undefined,
    transparency: undefined,
    conference: undefined,
  }
  return values[field]
}

function follow(before: Appointment, change: AppointmentChange, now: number): Appointment {
  const updatedAt = new Date(now)
  if (change.type === 'rescheduled') return { ...before, start: change.start, end: change.end, updatedAt }
  if (change.type === 'cancelled') return { ...before, status: 'cancelled', updatedAt }
  if (change.type === 'restored') return { ...before, status: 'confirmed', updatedAt }
  if (change.type !== 'edited') return before
  const { description: notes = before.notes, ...rest } = change.fields
  return { ...before, ...rest, notes, updatedAt }
}

/** One clinic in which every case happens at once, each to an appointment of its own. */
async function walk(
  direction: SyncDirection,
  policy: ConflictPolicy,
  later: 'app' | 'google',
): Promise<Clinic> {
  const settings = {
    eventPrefix: '',
    titleTemplate: '{{ title }}',
    descriptionTemplate: '{{ notes }}',
    colorByStatus: { completed: '3' },
    reminderMinutes: [],
  } as const
  const clinic = await openClinic({ settings })
  const { book, sync, clock, hand } = clinic
  book.apply = (change): Promise<ApplyResult> => {
    book.told.push(change)
    const before = book.appointments.get(change.appointmentId)
    if (before === undefined || change.appointmentId.endsWith('.refused')) {
      return Promise.resolve({ status: 'rejected', reason: 'not today' })
    }
    book.appointments.set(before.id, follow(before, change, clock.now()))
    return Promise.resolve({ status: 'applied' })
  }
  const events = new Map<string, string>()
  for (const { id } of CASES) {
    const made = await clinic.push(id, { title: 'at first', notes: 'at first', location: 'at first' })
    if (made.status === 'success') events.set(id, made.googleEventId)
  }
  await clinic.push('existence.google_changed', { status: 'cancelled' })
  await sync.pullFromGoogle(owner)
  await sync.integrations.updateSettings(owner, { syncDirection: direction, conflictResolution: policy })
  const editInApp = ({ id, field, situation }: Case): void => {
    const changed = ['app_changed', 'both_changed', 'deleted'].includes(situation)
    if (field !== 'existence') {
      if (changed) clinic.put(id, APP_EDIT[field])
    } else if (situation === 'app_changed') clinic.put(id, APP_EDIT.existence)
    else if (situation === 'both_changed') clinic.put(id, { title: 'of the app' })
  }
  const editInGoogle = ({ id, field, situation }: Case): void => {
    const event = events.get(id) ?? ''
    const isDeleted = situation === 'deleted' || (field === 'existence' && situation !== 'google_changed')
    if (situation === 'app_changed') return
    if (isDeleted) hand.delete(event)
    else hand.patch(event, GOOGLE_EDIT[field])
  }
  for (const edit of later === 'google' ? [editInApp, editInGoogle] : [editInGoogle, editInApp]) {
    clock.advance(60_000)
    for (const one of CASES) edit(one)
  }
  if (direction === 'to_google') {
    // Nothing reads Google by itself: a push of something else meets what happened there.
    for (const { id, field } of CASES) {
      if (book.appointments.get(id)?.status === 'cancelled') continue
      clinic.put(id, field === 'location' ? { title: 'besides' } : { location: 'besides' })
    }
  }
  for (let round = 0; round < 2; round += 1) {
    await sync.pullFromGoogle(owner)
    await sync.tasks.run('drain_outbox')
    for (const { id } of CASES) {
      const appointment = book.appointments.get(id)
      if (appointment !== undefined) await sync.syncAppointmentToGoogle(appointment)
    }
  }
  return clinic
}

/** Guests that somebody else put on the event stay beside the app's. */
function holdsGuests(google: unknown, app: unknown): boolean {
  if (!Array.isArray(app)) return google === undefined
  return Array.isArray(google) && app.every((email) => google.includes(email))
}

/** How a case went, in the words of the table. */
function outcomeOf(
  { id, field, situation }: Case,
  clinic: Clinic,
  event: Record<string, unknown> | undefined,
  contested: ReadonlySet<string>,
): Outcome | 'unclear' {
  const aboutEvent = field === 'existence' || situation === 'deleted'
  const looked: Field = aboutEvent ? 'existence' : field
  const told = clinic.book.told.filter(({ appointmentId }) => appointmentId === id)
  const [google, app] = [shownBy(event, looked), wantedBy(clinic.book.appointments.get(id), looked)]
  const agreed =
    looked === 'attendees' ? holdsGuests(google, app) : JSON.stringify(google) === JSON.stringify(app)
  if (contested.has(looked)) return 'ask'
  if (agreed) {
    // A refused change is told too, and then put back.
    const followed = told.length > 0 && situation !== 'refused'
    return followed ? 'tell' : 'write'
  }
  if (told.length > 0 && situation !== 'refused') return 'unclear'
  const appChanged = ['app_changed', 'both_changed', 'refused'].includes(situation)
  return appChanged ? 'hold' : 'leave'
}

function expectedOf(
  { field, situation }: Case,
  direction: SyncDirection,
  policy: ConflictPolicy,
  later: 'app' | 'google',
): Outcome {
  const outcome = outcomeUnder(field, direction, policy, situation)
  if (outcome !== 'later') return outcome
  return later === 'app' ? 'write' : 'tell'
}

const walks = SYNC_DIRECTIONS.flatMap((direction) =>
  CONFLICT_POLICIES.flatMap((policy) => {
    const byTime = outcomeUnder('time', direction, policy, 'both_changed') === 'later'
    const orders = byTime ? (['app', 'google'] as const) : (['google'] as const)
    return orders.map((later) => ({ direction, policy, later }))
  }),
)

describe('the engine does what the table of fields says', () => {
  it.each(walks)('$direction, $policy, the later edit in $later', async ({ direction, policy, later }) => {
    await using clinic = await walk(direction, policy, later)
    const view = await clinic.sync.integrations.get(owner)
    const ref = { ...owner, integrationId: view?.integrationId ?? '' }
    const live = new Map(clinic.hand.events().map((event) => [event.id, event]))
    const { items } = await clinic.sync.conflicts.list({ tenantId: owner.tenantId, limit: 500 })
    const went: Record<string, string> = {}
    const expected: Record<string, string> = {}
    for (const one of CASES) {
      const says = expectedOf(one, direction, policy, later)
      // Met by no push: see the plan of a restored event in the properties.
      const unseen = direction === 'to_google' && one.id === 'existence.google_changed'
      // Nobody is asked, so nobody refuses.
      const unasked = direction === 'to_google' && one.situation === 'refused'
      if (says === 'never' || unseen || unasked) continue
      const link = await clinic.storage.links.find(ref, one.id)
      const contested = new Set(
        items.filter(({ appointmentId }) => appointmentId === one.id).flatMap(({ fields }) => fields),
      )
      expected[one.id] = says
      went[one.id] = outcomeOf(one, clinic, live.get(link?.eventId ?? ''), contested)
    }
    expect(went).toEqual(expected)
    expect(Object.keys(went).length).toBeGreaterThan(25)
  })
})
