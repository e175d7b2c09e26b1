import { describe, expect, test } from 'vitest'
import type { RandomFaultKind, RandomFaults } from 'appointment-sync/testing/emulator'
import { connected, type Connected } from './connected.ts'
import { timed } from './official-client.ts'

/** What becomes of an insert, in a word. */
async function attempt(run: Connected, id: string, signal?: AbortSignal): Promise<string> {
  try {
    const response = await run.google.fetch(
      `${run.google.endpoints.apiRootUrl}calendar/v3/calendars/primary/events`,
      {
        method: 'POST',
        headers: { authorization: `Bearer ${run.oauth.credentials.access_token}` },
        body: JSON.stringify(timed({ id })),
        ...(signal ? { signal } : {}),
      },
    )
    const text = await response.text()
    const reason = /"reason":"(\w+)"/.exec(text)?.[1]
    return `${response.status} ${reason ?? response.headers.get('content-type')}`
  } catch (error) {
    return error instanceof Error ? error.message : 'rejected'
  }
}

async function play(faults: RandomFaults, calls: number): Promise<{ seen: string[]; made: number }> {
  await using run = await connected()
  run.google.faults.random(faults)
  const seen: string[] = []
  for (let call = 0; call < calls; call += 1) seen.push(await attempt(run, `event${call}`))
  return { seen, made: run.hand.events().length }
}

const FINE = '200 application/json; charset=UTF-8'

test('the same seed and the same calls: the same faults; another seed: others', async () => {
  const first = await play({ seed: 11, rate: 0.5 }, 40)
  expect(await play({ seed: 11, rate: 0.5 }, 40)).toEqual(first)
  expect(await play({ seed: 12, rate: 0.5 }, 40)).not.toEqual(first)
})

test('a lower rate hits a part of the same calls, in the same way', async () => {
  const often = (await play({ seed: 11, rate: 0.6 }, 60)).seen
  const seldom = (await play({ seed: 11, rate: 0.2 }, 60)).seen
  const hit = seldom.flatMap((outcome, call) => (outcome === FINE ? [] : [[outcome, often[call]]]))
  expect(hit.length).toBeGreaterThan(3)
  for (const [outcome, other] of hit) expect(other).toBe(outcome)
})

test('about the given part of the calls is hit, and each default kind turns up', async () => {
  const { seen } = await play({ seed: 3, rate: 0.3 }, 400)
  const hit = seen.filter((outcome) => outcome !== FINE)
  expect(hit.length).toBeGreaterThan(80)
  expect(hit.length).toBeLessThan(160)
  expect([...new Set(hit)].toSorted()).toEqual([
    '403 rateLimitExceeded',
    '429 rateLimitExceeded',
    '500 backendError',
    '502 text/html; charset=UTF-8',
    '503 backendError',
    'fetch failed',
  ])
})

test('rate 0 hits nothing, rate 1 everything, null ends it', async () => {
  expect((await play({ seed: 1, rate: 0 }, 20)).made).toBe(20)
  await using run = await connected()
  run.google.faults.random({ seed: 1, rate: 1, kinds: ['500'] })
  expect(await attempt(run, 'aaaaa')).toBe('500 backendError')
  run.google.faults.random(null)
  expect(await attempt(run, 'aaaaa')).toBe(FINE)
  run.google.faults.random({ seed: 1, rate: 1, kinds: ['500'] })
  run.google.faults.clear()
  expect(await attempt(run, 'bbbbb')).toBe(FINE)
})

test.each<[RandomFaultKind, string, number]>([
  ['drop', 'fetch failed', 0],
  ['drop-applied', 'fetch failed', 1],
  ['401', '401 authError', 0],
  ['403-rate', '403 rateLimitExceeded', 0],
  ['403-quota', '403 quotaExceeded', 0],
  ['429', '429 rateLimitExceeded', 0],
  ['500', '500 backendError', 0],
  ['500-applied', '500 backendError', 1],
  ['502-html', '502 text/html; charset=UTF-8', 0],
  ['503', '503 backendError', 0],
  ['503-applied', '503 backendError', 1],
])('%s: %s, and %i events are made', async (kind, outcome, made) => {
  expect(await play({ seed: 1, rate: 1, kinds: [kind] }, 1)).toEqual({ seen: [outcome], made })
})

test.each<[RandomFaultKind, number]>([
  ['hang', 0],
  ['hang-applied', 1],
])('%s: no answer until the caller gives up, and %i events are made', async (kind, made) => {
  await using run = await connected()
  run.google.faults.random({ seed: 1, rate: 1, kinds: [kind], match: { method: 'POST' } })
  const caller = new AbortController()
  const lost = attempt(run, 'aaaaa', caller.signal)
  expect((await run.list()).items).toHaveLength(made)
  caller.abort(new Error('out of patience'))
  expect(await lost).toBe('out of patience')
})

describe('what is hit', () => {
  test('only what matches, and what does not match does not shift the rest', async () => {
    const outcomes = async (reads: boolean): Promise<string[]> => {
      await using run = await connected()
      run.google.faults.random({ seed: 4, rate: 0.5, match: { method: 'POST' } })
      const seen: string[] = []
      for (let call = 0; call < 12; call += 1) {
        if (reads) await run.list()
        seen.push(await attempt(run, `event${call}`))
      }
      return seen
    }
    expect(await outcomes(true)).toEqual(await outcomes(false))
  })

  test('an armed fault goes first and does not shift the rest', async () => {
    const outcomes = async (armed: boolean): Promise<string[]> => {
      await using run = await connected()
      run.google.faults.random({ seed: 4, rate: 0.5 })
      if (armed) run.google.faults.failNext({ status: 404 })
      const seen: string[] = []
      for (let call = 0; call < 12; call += 1) seen.push(await attempt(run, `event${call}`))
      return seen
    }
    const [first, ...rest] = await outcomes(true)
    expect(first).toBe('404 notFound')
    expect(rest).toEqual((await outcomes(false)).slice(1))
  })

  test('the OAuth endpoints give no rate limits', async () => {
    await using run = await connected()
    run.google.faults.random({ seed: 1, rate: 1, kinds: ['429', '403-rate', '401'] })
    await run.oauth.refreshAccessToken()
    run.google.faults.random({ seed: 1, rate: 1, kinds: ['503'] })
    await expect(run.oauth.refreshAccessToken()).rejects.toMatchObject({ response: { status: 503 } })
  })

  test('the ids Google makes are those it would have made', async () => {
    const madeBy = async (faults: RandomFaults | null): Promise<string> => {
      await using run = await connected()
      run.google.faults.random(faults)
      await attempt(run, 'aaaaa')
      run.google.faults.random(null)
      return (await run.insert()).id
    }
    expect(await madeBy({ seed: 9, rate: 1, kinds: ['500'] })).toBe(await madeBy(null))
  })
})

test.each([
  { seed: 1, rate: 1.1 },
  { seed: 1, rate: -0.1 },
  { seed: 1, rate: Number.NaN },
  { seed: 1, rate: 1, kinds: [] },
  { seed: 1, rate: 1, kinds: ['fire' as RandomFaultKind] },
])('%j is refused where it is armed', async (faults) => {
  await using run = await connected()
  expect(() => run.google.faults.random(faults)).toThrow(RangeError)
})
