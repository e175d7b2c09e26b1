import { describe, expect, test } from 'vitest'
import { timed } from './official-client.ts'
import { numberOf, watching, type Watching } from './watching.ts'

/** A watching emulator with one channel, its sync delivered and forgotten. */
async function withChannel(): Promise<Watching> {
  const run = await watching()
  await run.watch({ id: 'one' })
  await run.told()
  return run
}

/** The summaries of events in the order they were told of, by the numbers of the messages. */
async function numbers(run: Watching): Promise<number[]> {
  await run.google.settled()
  return run.received.splice(0).map((request) => numberOf(request))
}

describe('dropNotifications', () => {
  test('so many messages are numbered and never sent', async () => {
    await using run = await withChannel()
    run.google.faults.dropNotifications(2)
    for (let made = 0; made < 3; made += 1) await run.insert()
    expect(await run.told()).toEqual(['one exists'])
    const [, first, second, third] = run.google.deliveries
    expect([first, second, third]).toMatchObject([
      { outcome: 'dropped', attempt: 0, status: null },
      { outcome: 'dropped', attempt: 0, status: null },
      { outcome: 'delivered', attempt: 1 },
    ])
    expect(third?.messageNumber).toBeGreaterThan(second?.messageNumber ?? Infinity)
  })

  test('it takes sync messages too', async () => {
    await using run = await watching()
    run.google.faults.dropNotifications()
    await run.watch({ id: 'one' })
    await run.insert()
    expect(await run.told()).toEqual(['one exists'])
  })

  test('a number that is none is refused', async () => {
    await using run = await watching()
    expect(() => run.google.faults.dropNotifications(-1)).toThrow(RangeError)
    expect(() => run.google.faults.duplicateNotifications(1.5)).toThrow(RangeError)
    expect(() => run.google.faults.delayNotifications(Number.NaN)).toThrow(RangeError)
  })
})

describe('duplicateNotifications', () => {
  test('so many messages are sent twice with the same number', async () => {
    await using run = await withChannel()
    run.google.faults.duplicateNotifications()
    await run.insert()
    await run.insert()
    const [first, again, second] = await numbers(run)
    expect(again).toBe(first)
    expect(second).toBeGreaterThan(first ?? Infinity)
    expect(run.received).toEqual([])
  })

  test('both are retried on their own', async () => {
    await using run = await withChannel()
    run.google.faults.duplicateNotifications()
    run.answer = () => ({ status: run.received.length === 1 ? 503 : 200 })
    await run.insert()
    expect(await run.told()).toHaveLength(1)
    run.answer = () => ({ status: 200 })
    run.google.advance(1000)
    expect(await run.told()).toHaveLength(2)
  })
})

describe('delayNotifications', () => {
  test('messages leave so much later on the emulator’s clock', async () => {
    await using run = await withChannel()
    run.google.faults.delayNotifications(30_000)
    await run.insert()
    run.google.advance(29_999)
    expect(await run.told()).toEqual([])
    run.google.advance(1)
    expect(await run.told()).toEqual(['one exists'])
    run.google.faults.delayNotifications(null)
    await run.insert()
    expect(await run.told()).toEqual(['one exists'])
  })

  test('a later message does not overtake a delayed one', async () => {
    await using run = await withChannel()
    run.google.faults.delayNotifications(1000)
    await run.insert()
    run.google.faults.delayNotifications(null)
    await run.insert()
    expect(await run.told()).toEqual([])
    run.google.advance(1000)
    const [first = 0, second = 0] = await numbers(run)
    expect(second).toBeGreaterThan(first)
  })
})

describe('reorderNotifications', () => {
  test('every second message overtakes the one before it', async () => {
    await using run = await withChannel()
    run.google.faults.reorderNotifications(true)
    for (let made = 0; made < 4; made += 1) {
      await run.insert()
      await run.google.settled()
    }
    const seen = await numbers(run)
    const sorted = seen.toSorted((left, right) => left - right)
    expect(seen).toEqual([sorted[1], sorted[0], sorted[3], sorted[2]])
  })

  test('also when they were made before any could leave', async () => {
    await using run = await withChannel()
    run.google.faults.reorderNotifications(true)
    for (let made = 0; made < 4; made += 1) run.hand.insert(timed())
    const seen = await numbers(run)
    const sorted = seen.toSorted((left, right) => left - right)
    expect(seen).toEqual([sorted[1], sorted[0], sorted[3], sorted[2]])
  })

  test('a message that was sent once and waits for a retry is overtaken no more', async () => {
    await using run = await withChannel()
    run.google.faults.reorderNotifications(true)
    await run.insert()
    run.google.advance(1000)
    run.answer = () => ({ status: 503 })
    expect(await run.told()).toEqual(['one exists'])
    run.google.faults.reorderNotifications(false)
    await run.insert()
    expect(await run.told()).toEqual([])
  })

  test('a message that nothing overtakes leaves a second later', async () => {
    await using run = await withChannel()
    run.google.faults.reorderNotifications(true)
    await run.insert()
    run.google.advance(999)
    expect(await run.told()).toEqual([])
    run.google.advance(1)
    expect(await run.told()).toEqual(['one exists'])
    await run.insert()
    expect(await run.told()).toEqual([])
  })

  test('switched off, the next message frees the one kept back', async () => {
    await using run = await withChannel()
    run.google.faults.reorderNotifications(true)
    await run.insert()
    run.google.faults.reorderNotifications(false)
    await run.insert()
    const [first = 0, second = 0, ...more] = await numbers(run)
    expect(first).toBeGreaterThan(second)
    expect(more).toEqual([])
  })

  test('channels are reordered apart, and sync stays first', async () => {
    await using run = await watching()
    run.google.faults.reorderNotifications(true)
    await run.watch({ id: 'one' })
    await run.watch({ id: 'two' })
    expect(await run.told()).toEqual(['one sync', 'two sync'])
    await run.insert()
    expect(await run.told()).toEqual([])
    await run.insert()
    expect((await run.told()).toSorted()).toEqual(['one exists', 'one exists', 'two exists', 'two exists'])
  })
})

test('clear disarms all of them', async () => {
  await using run = await withChannel()
  const { faults } = run.google
  faults.dropNotifications(5)
  faults.duplicateNotifications(5)
  faults.delayNotifications(60_000)
  faults.reorderNotifications(true)
  faults.syncBeforeResponse(true)
  faults.clear()
  await run.insert()
  expect(await run.told()).toEqual(['one exists'])
  faults.syncBeforeResponse(true)
  faults.syncBeforeResponse(false)
  await run.watch({ id: 'two' })
  expect(run.received.length).toBeLessThanOrEqual(1)
  expect(await run.told()).toEqual(['two sync'])
})

test('the same seed and the same calls give the same messages', async () => {
  const play = async (): Promise<unknown> => {
    await using run = await watching({ seed: 3 })
    const { faults } = run.google
    await run.watch({ id: 'one' })
    faults.duplicateNotifications()
    await run.insert()
    faults.dropNotifications()
    await run.insert()
    faults.reorderNotifications(true)
    await run.insert()
    await run.insert()
    await run.google.settled()
    return run.google.deliveries
  }
  const first = await play()
  expect(first).toHaveLength(6)
  expect(await play()).toEqual(first)
})
