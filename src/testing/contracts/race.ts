import assert from 'node:assert/strict'
import type { StorageHandles } from './contract-case.ts'
import type { Storage } from 'appointment-sync/ports'

/** How many callers take part in a race. */
export const CALLERS = 20

/** Starts all callers at once, over both handles in turn. */
export async function race<T>(
  { storage, second }: StorageHandles,
  call: (storage: Storage, index: number) => Promise<T>,
): Promise<T[]> {
  return Promise.all(
    Array.from({ length: CALLERS }, (_, index) => call(index % 2 === 0 ? storage : second, index)),
  )
}

/** Fails unless exactly one of the results is `true`. */
export function assertOneWinner(results: readonly boolean[]): void {
  assert.equal(results.filter(Boolean).length, 1, 'exactly one of concurrent callers wins')
}
