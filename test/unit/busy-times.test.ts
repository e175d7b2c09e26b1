import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { takesTime } from '../../src/google/takes-time.ts'
import { MAX_BUSY_BLOCK_MS } from '../../src/ports/index.ts'
import { piecesOf } from '../../src/sync/busy-blocks.ts'
import { mergedSpans, type Span } from '../../src/sync/merged-spans.ts'

const instant = fc.integer({ min: 0, max: 60 })
const span: fc.Arbitrary<Span> = fc
  .tuple(instant, instant)
  .map(([a, b]) => ({ startMs: Math.min(a, b), endMs: Math.max(a, b) }))

const holds = (spans: readonly Span[], at: number): boolean =>
  spans.some(({ startMs, endMs }) => at >= startMs && at < endMs)

describe('merged stretches', () => {
  it('hold the instants that the given ones hold, ascending and apart', () => {
    fc.assert(
      fc.property(fc.array(span), (spans) => {
        const merged = mergedSpans(spans)
        for (let at = 0; at <= 60; at += 1) expect(holds(merged, at)).toBe(holds(spans, at))
        for (const [place, { startMs }] of merged.entries()) {
          const before = merged[place - 1]
          if (before !== undefined) expect(startMs).toBeGreaterThan(before.endMs)
        }
        // None without length is lost, unless another one reaches its instant.
        for (const { startMs } of spans) {
          expect(merged.some((one) => one.startMs <= startMs && startMs <= one.endMs)).toBe(true)
        }
      }),
    )
  })

  it('leave what was given as it was', () => {
    const given = [
      { startMs: 5, endMs: 9 },
      { startMs: 1, endMs: 6 },
    ]
    expect(mergedSpans(given)).toEqual([{ startMs: 1, endMs: 9 }])
    expect(given[0]).toEqual({ startMs: 5, endMs: 9 })
  })
})

describe('pieces of a long event', () => {
  it('follow each other without a gap, none longer than what is stored', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e13 }), fc.integer({ min: 0, max: 1e11 }), (fromMs, length) => {
        const pieces = piecesOf({ fromMs, toMs: fromMs + length })
        expect(pieces[0]?.fromMs).toBe(fromMs)
        expect(pieces.at(-1)?.toMs).toBe(fromMs + length)
        for (const [place, piece] of pieces.entries()) {
          expect(piece.toMs - piece.fromMs).toBeLessThanOrEqual(MAX_BUSY_BLOCK_MS)
          if (place > 0) expect(pieces[place - 1]?.toMs).toBe(piece.fromMs)
        }
      }),
    )
  })
})

describe('an event makes busy', () => {
  const invited = (responseStatus: string): object => ({
    attendees: [
      { email: 'other@example.com', responseStatus: 'declined' },
      { email: 'me@example.com', self: true, responseStatus },
    ],
  })

  it.each([
    ['a plain one', {}, true],
    ['one without attendees of the owner', { attendees: [{ responseStatus: 'declined' }] }, true],
    ['accepted', invited('accepted'), true],
    ['not answered', invited('needsAction'), true],
    ['perhaps', invited('tentative'), true],
    ['declined', invited('declined'), false],
    ['shown as free', { transparency: 'transparent' }, false],
    ['shown as busy', { transparency: 'opaque' }, true],
    ['an absence', { eventType: 'outOfOffice' }, true],
    ['focus time', { eventType: 'focusTime' }, true],
    ['out of a mail', { eventType: 'fromGmail' }, true],
    ['of a kind that is not known', { eventType: 'siesta' }, true],
    ['a place of work', { eventType: 'workingLocation' }, false],
    ['a birthday', { eventType: 'birthday' }, false],
  ])('%s: %o → %s', (_, event, expected) => {
    expect(takesTime(event)).toBe(expected)
  })
})
