import type { calendar_v3 } from '@googleapis/calendar'
import type { AppointmentSync } from 'appointment-sync'
import { memoryStorage } from 'appointment-sync/adapters/storage-memory'
import { startGoogle } from './google-process.ts'
import { type Bench, compare, perOperation } from './measure.ts'
import { officialClient } from './official-client.ts'
import { booking, createBook, openSalon } from './salon.ts'
import { openSqlite } from './storages.ts'

/** What a push costs beside the one call to Google that it cannot do without. */
export const push: Bench = {
  name: 'push',
  run: async (scale, report) => {
    const count = scale.smoke ? 3 : 50
    await using google = await startGoogle(['bare@example.com', 'memory@example.com', 'sqlite@example.com'])
    await using sqlite = await openSqlite()
    const reach = (name: string): Parameters<typeof officialClient>[0] => ({
      endpoints: google.endpoints,
      consent: (authUrl) => google.consent(authUrl, `${name}@example.com`),
    })
    const bare = await officialClient(reach('bare'))
    await using memory = await openSalon({ ...reach('memory'), book: createBook(), storage: memoryStorage() })
    await using file = await openSalon({ ...reach('sqlite'), book: createBook(), storage: sqlite.storage })

    const sides = [
      { name: 'official client alone', steps: bareSteps(bare, count) },
      { name: 'SDK, memoryStorage', steps: salonSteps(memory, count) },
      { name: 'SDK, SQLite', steps: salonSteps(file, count) },
    ]
    for (const step of ['create', 'update'] as const) {
      const [baseline, ...others] = sides.map(({ name, steps }) => ({ name, run: steps[step] }))
      if (baseline === undefined) return
      await google.calls()
      const rows = await compare(scale, baseline, others)
      const perPush = (await google.calls()) / (sides.length * count * (scale.rounds + 1))
      report({
        title: `push: ${step}, ${count} in a row over a port`,
        rows,
        notes: [`calls to Google per ${step}, over all: ${perPush}`],
      })
    }
  },
}

/** A round's work; microseconds for one event. */
export interface Steps {
  readonly create: () => Promise<number>
  /** Moves the events that were created last, further each time. */
  readonly update: () => Promise<number>
}

/** By the SDK. */
export function salonSteps(sync: AppointmentSync, count: number): Steps {
  let batch = 0
  let minutesLater = 0
  const pushAll = (): Promise<number> =>
    perOperation(count, async (index) => {
      const given = booking(`${batch}-${index}`, index + minutesLater, Date.now())
      const result = await sync.syncAppointmentToGoogle(given)
      if (result.status !== 'success') throw new Error(`push ended as ${JSON.stringify(result)}`)
    })
  return {
    create: () => {
      batch += 1
      return pushAll()
    },
    update: () => {
      minutesLater += 60
      return pushAll()
    },
  }
}

/** By the official client alone. */
export function bareSteps(client: calendar_v3.Calendar, count: number): Steps {
  let made: { eventId: string; etag: string }[] = []
  let minutesLater = 0
  return {
    create: () => {
      made = []
      return perOperation(count, async (index) => {
        const requestBody = { summary: 'Corte de Cabelo', ...timesAt(index) }
        const { data } = await client.events.insert({ calendarId: 'primary', requestBody })
        made.push({ eventId: data.id ?? '', etag: data.etag ?? '' })
      })
    },
    update: () => {
      minutesLater += 60
      return perOperation(count, async (index) => {
        const event = made[index]
        if (event === undefined) throw new Error('there is no such event')
        const { data } = await client.events.patch(
          { calendarId: 'primary', eventId: event.eventId, requestBody: timesAt(index + minutesLater) },
          { headers: { 'If-Match': event.etag } },
        )
        event.etag = data.etag ?? ''
      })
    },
  }
}

/** The times of the n-th event, as Google takes them. */
export function timesAt(minute: number): calendar_v3.Schema$Event {
  const { start, end } = booking('bare', minute, 0)
  const edge = (value: Date | string): calendar_v3.Schema$EventDateTime => ({
    dateTime: new Date(value).toISOString(),
    timeZone: 'America/Sao_Paulo',
  })
  return { start: edge(start), end: edge(end) }
}
