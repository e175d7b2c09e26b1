import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { calendar_v3 } from '@googleapis/calendar'
import type { EventFields } from '../../src/domain/index.ts'
import { eventIdFor, ownershipMark } from '../../src/google/event-identity.ts'
import { fromGoogleEvent, toGoogleBody } from '../../src/google/event-mapping.ts'

const ref = { tenantId: 't', userId: 'u', integrationId: 'i' }
const fields: EventFields = {
  time: {
    allDay: false,
    startMs: Date.parse('2026-05-05T12:00:00Z'),
    endMs: Date.parse('2026-05-05T12:30:00Z'),
    timeZone: 'America/Sao_Paulo',
  },
  title: 'Corte',
  description: 'Serviço: Corte',
  location: '',
  recurrence: [],
  status: 'confirmed',
  attendees: [],
  reminderMinutes: [15],
  colorId: null,
  visibility: 'default',
  transparency: 'opaque',
  source: null,
  conference: 'none',
}

describe('event ids', () => {
  it('are of Google’s alphabet and the same for the same appointment and generation', () => {
    expect(eventIdFor(ref, 'a1', 0)).toMatch(/^[a-v0-9]{52}$/)
    expect(eventIdFor(ref, 'a1', 0)).toBe(eventIdFor({ ...ref }, 'a1', 0))
  })

  it('differ by tenant, integration, appointment and generation, however the parts run together', () => {
    const ids = [
      eventIdFor(ref, 'a1', 0),
      eventIdFor(ref, 'a1', 1),
      eventIdFor(ref, 'a', 10),
      eventIdFor({ ...ref, tenantId: 'ti', integrationId: '' }, 'a1', 0),
      eventIdFor({ ...ref, tenantId: 't2' }, 'a1', 0),
      ownershipMark(ref, 'a1'),
    ]
    expect(new Set(ids).size).toBe(ids.length)
  })
})

describe('an event’s way to Google and back', () => {
  it('a patch names only the fields given, and nulls the other form of a time', () => {
    expect(toGoogleBody({ title: 'x' }, { patch: true })).toEqual({ summary: 'x' })
    expect(toGoogleBody({ time: fields.time }, { patch: true })).toEqual({
      start: { dateTime: '2026-05-05T12:00:00.000Z', timeZone: 'America/Sao_Paulo', date: null },
      end: { dateTime: '2026-05-05T12:30:00.000Z', timeZone: 'America/Sao_Paulo', date: null },
    })
  })

  it('an insert leaves out what is not set, and always sets its own reminders', () => {
    const body = toGoogleBody({ ...fields, reminderMinutes: [] }, { patch: false })
    expect(body).not.toHaveProperty('colorId')
    expect(body.reminders).toEqual({ useDefault: false, overrides: [] })
  })

  it('what comes back is what was sent', () => {
    const back = fromGoogleEvent({ ...toGoogleBody(fields, { patch: false }), id: 'x', etag: '"1"' }, 'UTC')
    const { time, title, description, location } = fields
    expect(back).toMatchObject({ cancelled: false, fields: { time, title, description, location } })
  })

  it('a tombstone needs nothing but its id', () => {
    expect(fromGoogleEvent({ id: 'x', status: 'cancelled' }, 'UTC')).toEqual({
      id: 'x',
      etag: '',
      cancelled: true,
      updatedMs: null,
      recurringEventId: null,
      originalStart: null,
    })
  })

  const at = (dateTime: string, timeZone?: string): calendar_v3.Schema$Event => {
    const time = { dateTime, ...(timeZone === undefined ? {} : { timeZone }) }
    return { id: 'x', start: time, end: time }
  }

  it('a time without an offset is read in its zone, else in the calendar’s', () => {
    const noon = { fields: { time: { startMs: Date.parse('2026-05-05T15:00:00Z') } } }
    expect(fromGoogleEvent(at('2026-05-05T12:00:00', 'America/Sao_Paulo'), 'UTC')).toMatchObject(noon)
    expect(fromGoogleEvent(at('2026-05-05T12:00:00'), 'America/Sao_Paulo')).toMatchObject(noon)
  })

  it('a time that cannot be read is never guessed', () => {
    expect(fromGoogleEvent(at('2026-05-05T12:00:00'), 'Mars/Base')).toBeNull()
    expect(fromGoogleEvent(at('2026-02-30T12:00:00Z'), 'UTC')).toBeNull()
    expect(fromGoogleEvent(at('2026-02-30T12:00:00'), 'UTC')).toBeNull()
    expect(fromGoogleEvent(at('2026-05-05T12:00:00Z', 'Mars/Base'), 'UTC')).toMatchObject({
      fields: { time: { startMs: Date.parse('2026-05-05T12:00:00Z'), timeZone: 'UTC' } },
    })
  })
})

const fixtures = fileURLToPath(new URL('../../../shared/fixtures/google-events/', import.meta.url))

/** Every object in a recording that looks like an event. */
function eventsIn(value: unknown): calendar_v3.Schema$Event[] {
  if (Array.isArray(value)) return value.flatMap(eventsIn)
  if (typeof value !== 'object' || value === null) return []
  if ('kind' in value && value.kind === 'calendar#event') return [value as calendar_v3.Schema$Event]
  return Object.values(value).flatMap(eventsIn)
}

describe.skipIf(!existsSync(fixtures))('events Google really gave', () => {
  const files = existsSync(fixtures) ? readdirSync(fixtures).filter((name) => name.endsWith('.json')) : []
  it('are read without an error, and none is taken for ours', () => {
    const events = files.flatMap((name) => eventsIn(JSON.parse(readFileSync(fixtures + name, 'utf8'))))
    expect(events.length).toBeGreaterThan(20)
    for (const event of events) {
      const read = fromGoogleEvent(event, 'UTC')
      expect(read, JSON.stringify(event)).not.toBeNull()
      expect(read).toMatchObject(
        event.status === 'cancelled' ? { cancelled: true } : { cancelled: false, mark: null },
      )
    }
  })
})
if (!existsSync(fixtures)) console.log('left out: events Google really gave (the recordings are not here)')
