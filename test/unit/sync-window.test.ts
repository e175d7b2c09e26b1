import { describe, expect, it } from 'vitest'
import { extentOf, overlaps, syncWindow } from '../../src/sync/sync-window.ts'

const iso = (ms: number): string => new Date(ms).toISOString()

describe('syncWindow', () => {
  it('is whole days of the zone, today included', () => {
    const settings = { syncPastDays: 7, syncFutureDays: 30, timeZone: 'America/Sao_Paulo' }
    const { fromMs, toMs } = syncWindow(settings, Date.parse('2026-05-05T01:30:00Z'))
    expect([iso(fromMs), iso(toMs)]).toEqual(['2026-04-27T03:00:00.000Z', '2026-06-04T03:00:00.000Z'])
  })

  it('counts a day that daylight saving shortens or lengthens as one', () => {
    const settings = { syncPastDays: 1, syncFutureDays: 0, timeZone: 'Europe/Lisbon' }
    const { fromMs, toMs } = syncWindow(settings, Date.parse('2026-03-29T12:00:00Z'))
    expect([iso(fromMs), iso(toMs)]).toEqual(['2026-03-28T00:00:00.000Z', '2026-03-29T23:00:00.000Z'])
  })
})

describe('overlaps', () => {
  const window = { fromMs: 100, toMs: 200 }
  it.each([
    [{ fromMs: 0, toMs: 100 }, false],
    [{ fromMs: 0, toMs: 101 }, true],
    [{ fromMs: 199, toMs: 300 }, true],
    [{ fromMs: 200, toMs: 300 }, false],
    [{ fromMs: 100, toMs: 100 }, true],
    [{ fromMs: 200, toMs: 200 }, false],
  ])('%j is inside: %s', (extent, inside) => {
    expect(overlaps(extent, window)).toBe(inside)
  })

  it('whole days are read in the owner’s zone', () => {
    const { fromMs, toMs } = extentOf(
      { allDay: true, startDate: '2026-05-01', endDate: '2026-05-02' },
      'America/Sao_Paulo',
    )
    expect([iso(fromMs), iso(toMs)]).toEqual(['2026-05-01T03:00:00.000Z', '2026-05-02T03:00:00.000Z'])
  })
})
