import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  AppointmentSyncError,
  isAbort,
  isAppointmentSyncError,
  parseOrThrow,
} from '../../src/errors/index.ts'

describe('an error', () => {
  test('is told apart by its code', () => {
    const cause = new Error('below')
    const error = new AppointmentSyncError({
      code: 'GOOGLE_RATE_LIMITED',
      message: 'm',
      retryAfterMs: 5,
      cause,
    })
    expect(isAppointmentSyncError(error)).toBe(true)
    expect(isAppointmentSyncError(error, 'GOOGLE_RATE_LIMITED')).toBe(true)
    expect(isAppointmentSyncError(error, 'INTERNAL')).toBe(false)
    expect(error).toMatchObject({ retryable: false, retryAfterMs: 5, cause, problems: [] })
  })

  test('is recognised across copies of the package, and nothing else is', () => {
    const fromAnotherCopy = Object.defineProperty(
      Object.assign(new Error('m'), { code: 'INTERNAL' }),
      Symbol.for('appointment-sync.error'),
      { value: true },
    )
    expect(isAppointmentSyncError(fromAnotherCopy, 'INTERNAL')).toBe(true)
    for (const value of [null, undefined, 'INTERNAL', { code: 'INTERNAL' }, new Error('m')]) {
      expect(isAppointmentSyncError(value)).toBe(false)
    }
  })
})

describe("the caller's own abort", () => {
  test('is the reason of its signal, or an abort error while it is aborted', () => {
    const controller = new AbortController()
    const abortError = new DOMException('stop', 'AbortError')
    expect(isAbort(abortError, controller.signal)).toBe(false)
    const reason = new Error('mine')
    controller.abort(reason)
    expect(isAbort(reason, controller.signal)).toBe(true)
    expect(isAbort(abortError, controller.signal)).toBe(true)
    expect(isAbort(new Error('other'), controller.signal)).toBe(false)
    expect(isAbort(reason, undefined)).toBe(false)
  })
})

describe('an input', () => {
  const schema = z.object({ name: z.string(), list: z.array(z.int()) })

  test('that fits is handed on', () => {
    expect(parseOrThrow(schema, { name: 'a', list: [1] }, 'INVALID_ARGUMENT', 'It')).toEqual({
      name: 'a',
      list: [1],
    })
  })

  test('that does not is refused once, with all problems by path and no value', () => {
    const run = () => parseOrThrow(schema, { name: 5, list: ['private'] }, 'INVALID_ARGUMENT', 'The thing')
    expect(run).toThrow(/^The thing cannot be used: name: .*; list\.0: .*call again\.$/)
    expect(run).not.toThrow(/private/)
    expect(() => parseOrThrow(schema, 5, 'INVALID_ARGUMENT', 'It')).toThrow(/\(root\): /)
  })
})
