import type { calendar_v3 } from '@googleapis/calendar'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CalendarHand } from 'appointment-sync/testing/emulator'
import { connected, type Connected } from './connected.ts'
import { calendarClient, connect, timed } from './official-client.ts'

/** One thing that happens; the numbers choose what it happens to. */
interface Step {
  readonly what:
    | 'insert'
    | 'series'
    | 'edit'
    | 'move in time'
    | 'delete'
    | 'revive'
    | 'end series'
    | 'carry over'
    | 'answer'
  readonly which: number
  readonly instance: number
}

const GUEST = 'ana@example.com'
const steps = fc.array(
  fc.record<Step>({
    what: fc.constantFrom(
      'insert',
      'series',
      'edit',
      'move in time',
      'delete',
      'revive',
      'end series',
      'carry over',
      'answer',
    ),
    which: fc.nat(50),
    instance: fc.nat(4),
  }),
  { minLength: 1, maxLength: 25 },
)

/** Where a step acts: an event, or one instance of a series. */
function targetOf(hand: CalendarHand, { which, instance }: Step): string | null {
  const events = hand.events()
  const event = events[which % Math.max(1, events.length)]
  if (!event) return null
  if (event.recurrence === undefined || instance === 0) return event.id
  return hand.instances(event.id)[instance - 1]?.id ?? event.id
}

/** Does a step; what Google refuses in the state of the moment is no step at all. */
function perform(run: Connected, step: Step, other: string): void {
  const mine = run.hand
  const at = (hour: number): calendar_v3.Schema$Event =>
    timed({
      start: { dateTime: `2026-03-10T${hour}:00:00-03:00`, timeZone: 'America/Sao_Paulo' },
      end: { dateTime: `2026-03-10T${hour + 1}:00:00-03:00`, timeZone: 'America/Sao_Paulo' },
    })
  const hour = 10 + (step.which % 8)
  const attendees = step.which % 2 === 0 ? [{ email: GUEST }] : []
  if (step.what === 'insert') mine.insert({ ...at(hour), attendees })
  if (step.what === 'series')
    mine.insert({ ...at(hour), attendees, recurrence: ['RRULE:FREQ=DAILY;COUNT=4'] })
  const id = targetOf(mine, step)
  if (id === null) return
  if (step.what === 'edit') mine.patch(id, { summary: `edit ${step.which}` })
  if (step.what === 'move in time') {
    const { start, end } = at(hour)
    const instance = id.includes('_')
    mine.patch(
      id,
      instance
        ? {
            start: { ...start, dateTime: '2026-03-20T10:00:00-03:00' },
            end: { ...end, dateTime: '2026-03-20T11:00:00-03:00' },
          }
        : { start, end },
    )
  }
  if (step.what === 'delete') mine.delete(id)
  if (step.what === 'revive') mine.patch(id, { status: 'confirmed' })
  if (step.what === 'end series' && !id.includes('_'))
    mine.patch(id, { recurrence: [`RRULE:FREQ=DAILY;COUNT=${step.instance + 1}`] })
  if (step.what === 'carry over' && !id.includes('_')) mine.move(id, other)
  if (step.what === 'answer') {
    const guest = run.google.user(GUEST).calendar()
    const invitation = targetOf(guest, step)
    if (invitation) guest.respond(invitation, 'accepted')
  }
}

type Items = calendar_v3.Schema$Event[]

async function pages(
  api: calendar_v3.Calendar,
  calendarId: string,
  parameters: object,
): Promise<{ items: Items; token: string }> {
  const items: Items = []
  let pageToken: string | null | undefined
  for (;;) {
    const { data } = await api.events.list({
      calendarId,
      maxResults: 3,
      ...parameters,
      ...(pageToken ? { pageToken } : {}),
    })
    items.push(...(data.items ?? []))
    if (!data.nextPageToken) return { items, token: data.nextSyncToken ?? '' }
    pageToken = data.nextPageToken
  }
}

/** A client that keeps a calendar by tokens alone. */
class Mirror {
  readonly #api: calendar_v3.Calendar
  readonly #calendarId: string
  readonly #singleEvents: boolean
  readonly #held = new Map<string, calendar_v3.Schema$Event>()
  #token = ''

  constructor(api: calendar_v3.Calendar, calendarId: string, singleEvents: boolean) {
    this.#api = api
    this.#calendarId = calendarId
    this.#singleEvents = singleEvents
  }

  async sync(): Promise<void> {
    const since = this.#token === '' ? {} : { syncToken: this.#token }
    const { items, token } = await pages(this.#api, this.#calendarId, {
      singleEvents: this.#singleEvents,
      ...since,
    })
    for (const item of items) this.#held.set(item.id ?? '', item)
    this.#token = token
  }

  /** What is live, and the instances that are cancelled in a living series. */
  live(): [string, unknown][] {
    return essence([...this.#held.values()], this.#singleEvents)
  }
}

function essence(items: Items, singleEvents: boolean): [string, unknown][] {
  const live = new Set(items.filter(({ status }) => status !== 'cancelled').map(({ id }) => id))
  return items
    .filter(({ status, recurringEventId }) =>
      status === 'cancelled' ? !singleEvents && live.has(recurringEventId ?? '') : true,
    )
    .map((item): [string, unknown] => [item.id ?? '', item.status === 'cancelled' ? 'cancelled' : item])
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
}

test.each([false, true])(
  'a client that follows the tokens holds what a fresh list holds (singleEvents %s)',
  async (singleEvents) => {
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(3), async (history, every) => {
        await using run = await connected({ users: [{ email: 'pro@example.com' }, { email: GUEST }] })
        const other = run.google.user('pro@example.com').addCalendar({ summary: 'Filial' })
        run.google.user('pro@example.com').share('primary', { with: GUEST, role: 'writer' })
        const ana = calendarClient(run.google, await connect(run.google, { email: GUEST }))
        const watched = [
          { api: run.api, id: 'primary' },
          { api: run.api, id: other },
          { api: ana, id: 'primary' },
        ]
        const mirrors = watched.map(({ api, id }) => new Mirror(api, id, singleEvents))
        for (const mirror of mirrors) await mirror.sync()
        for (const [index, step] of history.entries()) {
          try {
            perform(run, step, other)
          } catch (error) {
            if (!(error instanceof Error) || error.name !== 'CalendarApiError') throw error
          }
          if (index % (every + 1) === 0) for (const mirror of mirrors) await mirror.sync()
        }
        for (const [index, { api, id }] of watched.entries()) {
          const mirror = mirrors[index]
          await mirror?.sync()
          const { items } = await pages(api, id, { singleEvents })
          expect(mirror?.live()).toEqual(essence(items, singleEvents))
        }
      }),
      { numRuns: 60, seed: 20_260_310 },
    )
  },
)
