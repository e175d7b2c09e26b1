import type { JsonObject } from '../json.ts'

const EVENT_BACKGROUNDS = [
  '#a4bdfc',
  '#7ae7bf',
  '#dbadff',
  '#ff887c',
  '#fbd75b',
  '#ffb878',
  '#46d6db',
  '#e1e1e1',
  '#5484ed',
  '#51b749',
  '#dc2127',
]

const CALENDAR_BACKGROUNDS = [
  '#ac725e',
  '#d06b64',
  '#f83a22',
  '#fa573c',
  '#ff7537',
  '#ffad46',
  '#42d692',
  '#16a765',
  '#7bd148',
  '#b3dc6c',
  '#fbe983',
  '#fad165',
  '#92e1c0',
  '#9fe1e7',
  '#9fc6e7',
  '#4986e7',
  '#9a9cff',
  '#b99aff',
  '#c2c2c2',
  '#cabdbf',
  '#cca6ac',
  '#f691b2',
  '#cd74e6',
  '#a47ae2',
]

function palette(backgrounds: readonly string[]): JsonObject {
  return Object.fromEntries(
    backgrounds.map((background, index) => [String(index + 1), { background, foreground: '#1d1d1d' }]),
  )
}

/** colors.get: event colours 1–11 and calendar colours 1–24. */
export function colors(): JsonObject {
  return {
    kind: 'calendar#colors',
    updated: '2012-02-14T00:00:00.000Z',
    calendar: palette(CALENDAR_BACKGROUNDS),
    event: palette(EVENT_BACKGROUNDS),
  }
}

/** The colours of a calendar colour id; null when there is no such id. Calendar lists show black on them. */
export function calendarColor(colorId: string): { background: string; foreground: string } | null {
  const background = /^[1-9]\d?$/.test(colorId) ? CALENDAR_BACKGROUNDS[Number(colorId) - 1] : undefined
  return background === undefined ? null : { background, foreground: '#000000' }
}

function channels(hex: string): number[] {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16))
}

function distance(left: string, right: string): number {
  const other = channels(right)
  return channels(left).reduce((sum, value, index) => sum + (value - (other[index] ?? 0)) ** 2, 0)
}

/** The id of the calendar colour that looks most like a colour such as `#0088aa`. */
export function closestColorId(color: string): string {
  const distances = CALENDAR_BACKGROUNDS.map((background) => distance(background, color))
  return String(distances.indexOf(Math.min(...distances)) + 1)
}
