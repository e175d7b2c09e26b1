import { z } from 'zod'
import type { EventTime } from '../index.ts'
import { instantSchema } from './wire-schemas.ts'

/** When an event takes place, in JSON: instants, or days with an exclusive end. */
export type EventTimeWire =
  | { all_day: false; start: string; end: string; time_zone: string }
  | { all_day: true; start: string; end: string }

export const eventTimeWireSchema: z.ZodType<EventTimeWire, EventTimeWire> = z.union([
  z.object({ all_day: z.literal(false), start: instantSchema, end: instantSchema, time_zone: z.string() }),
  z.object({ all_day: z.literal(true), start: z.string(), end: z.string() }),
])

const isoOf = (ms: number): string => new Date(ms).toISOString()

/** The wire form of an event's time. */
export function eventTimeToWire(time: EventTime): EventTimeWire {
  return time.allDay
    ? { all_day: true, start: time.startDate, end: time.endDate }
    : { all_day: false, start: isoOf(time.startMs), end: isoOf(time.endMs), time_zone: time.timeZone }
}
