import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isAppointmentSyncError } from '../../src/errors/index.ts'
import { readBatch, writeBatch, writeCall } from '../../src/google/batch-message.ts'
import { readBoundary, readMultipart, writeMultipart } from '../../src/google/multipart.ts'
import { readBatch as readAsGoogle } from '../../src/testing/emulator/batch/batch-request.ts'

const random = { bytes: (length: number) => new Uint8Array(length) }
const NUMBER_OF_RUNS = 500

/** An answer to a batch, as Google writes it. */
function answer(
  parts: readonly (readonly [string | null, string])[],
  { eol = '\r\n', preamble = '', boundary = 'b' } = {},
): string {
  const written = parts.map(([id, http]) =>
    ['Content-Type: application/http', ...(id === null ? [] : [`Content-ID: ${id}`]), '', http].join(eol),
  )
  return (
    preamble + written.map((part) => `--${boundary}${eol}${part}${eol}`).join('') + `--${boundary}--${eol}`
  )
}
const http = (status: number, body = '{}', eol = '\r\n'): string =>
  [`HTTP/1.1 ${status} Whatever`, 'Content-Type: application/json', 'ETag: "1"', '', body].join(eol)
const type = 'multipart/mixed; boundary=b'
const statuses = (body: string, count: number, contentType = type): (number | null)[] =>
  readBatch(contentType, body, count).map((part) => part?.status ?? null)

describe('a call as a batch holds it', () => {
  it('is a whole request with a path alone, without what belongs to the batch', () => {
    const url = new URL('https://www.googleapis.com/calendar/v3/calendars/a%23b%40c/events/e?sendUpdates=all')
    const headers = {
      'If-Match': '"1"',
      authorization: 'Bearer x',
      'user-agent': 'y',
      'accept-encoding': 'gzip',
    }
    expect(writeCall(url, { method: 'PATCH', headers, body: '{"summary":"ä"}' })).toBe(
      'PATCH /calendar/v3/calendars/a%23b%40c/events/e?sendUpdates=all HTTP/1.1\r\nif-match: "1"\r\n\r\n{"summary":"ä"}',
    )
  })

  it.each([
    ['a method with a line break', 'https://g/x', { method: 'GET /y HTTP/1.1\r\nX: y\r\n\r\nGET' }],
    ['a method in small letters', 'https://g/x', { method: 'patch' }],
    ['a header that is no ASCII', 'https://g/x', { headers: { 'if-match': '"é"' } }],
    ['a body that is no text', 'https://g/x', { body: new Uint8Array([1]) }],
  ])('%s is not written', (_name, url, init) => {
    expect(writeCall(new URL(url), init)).toBeNull()
  })

  it('whatever the path and the body are, Google reads the same call and no other', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            id: fc.string({ minLength: 1, unit: 'binary' }),
            etag: fc.string().filter((etag) => /^[\x20-\x7e]*$/.test(etag)),
            value: fc.jsonValue(),
          }),
          { minLength: 1, maxLength: 60 },
        ),
        (calls) => {
          const written = calls.map(({ id, etag, value }) =>
            writeCall(new URL(`https://g.example/calendar/v3/x/${encodeURIComponent(id)}x`), {
              method: 'PUT',
              headers: { 'If-Match': etag },
              body: JSON.stringify(value),
            }),
          )
          const texts = written.filter((text) => text !== null)
          expect(texts).toHaveLength(calls.length)
          const { contentType, body } = writeBatch(texts, random)
          const headers = new Headers({ 'content-type': contentType })
          const url = new URL('https://g.example/batch/calendar/v3')
          const read = readAsGoogle({
            method: 'POST',
            url,
            headers,
            body,
            bodyTooLarge: false,
            bodyIsText: true,
          })
          expect(read?.map(({ request }) => request.url.pathname)).toEqual(
            calls.map(({ id }) => `/calendar/v3/x/${encodeURIComponent(id)}x`),
          )
          expect(read?.map(({ request }) => request.headers.get('if-match'))).toEqual(
            calls.map(({ etag }) => etag.trim()),
          )
          expect(read?.map(({ request }) => request.body)).toEqual(
            calls.map(({ value }) => JSON.stringify(value)),
          )
        },
      ),
      { numRuns: NUMBER_OF_RUNS },
    )
  })

  it('holds no boundary that is in a body already', () => {
    const first = writeBatch(['GET / HTTP/1.1\r\n\r\n'], random)
    const boundary = readBoundary(first.contentType) ?? ''
    const second = writeBatch([`PUT / HTTP/1.1\r\n\r\n--${boundary}--`], random)
    const other = readBoundary(second.contentType) ?? ''
    expect(other).not.toBe(boundary)
    expect(readMultipart(second.body, other)).toHaveLength(1)
  })
})

describe('the answer to a batch', () => {
  it('is told apart by Content-ID, in whatever order', () => {
    const body = answer([
      ['<response-call-1>', http(201)],
      ['<response-call-0>', http(200)],
    ])
    expect(statuses(body, 2)).toEqual([200, 201])
  })

  it('without Content-ID it stands in the order of the calls', () => {
    expect(
      statuses(
        answer([
          [null, http(200)],
          ['<other>', http(201)],
        ]),
        2,
      ),
    ).toEqual([200, 201])
  })

  it('of which a part is missing leaves that call open, and guesses at none', () => {
    expect(statuses(answer([['<response-call-1>', http(200)]]), 3)).toEqual([null, 200, null])
    expect(statuses(answer([[null, http(200)]]), 2)).toEqual([null, null])
  })

  it('that breaks off leaves open what had no end', () => {
    const body = answer([
      ['<response-call-0>', http(200)],
      ['<response-call-1>', http(200, '{"id":"x"}')],
    ])
    expect(statuses(body.slice(0, body.lastIndexOf('{"id"') + 4), 2)).toEqual([200, null])
  })

  it('may end its lines in LF, have a preamble, a quoted boundary, bodies that are no JSON or that are not there', () => {
    const eol = '\n'
    const parts = [
      ['response-call-0', http(200, '<html>', eol)],
      ['<response-call-1>', 'HTTP/1.1 204 No Content'],
      ['<response-call-2>', 'HTTP/1.1 204\n\n'],
    ] as const
    const body = answer(parts, { eol, preamble: 'a preamble\n\n', boundary: 'a b' })
    const read = readBatch('Multipart/Mixed; charset=x; boundary="a b"', body, 3)
    expect(read.map((part) => [part?.status, part?.body])).toEqual([
      [200, '<html>'],
      [204, ''],
      [204, ''],
    ])
    expect(read[0]?.headers.get('etag')).toBe('"1"')
  })

  it('may be huge', () => {
    const big = JSON.stringify({ text: 'x'.repeat(1_000_000) })
    const parts = Array.from({ length: 50 }, (_, n) => [`<response-call-${n}>`, http(200, big)] as const)
    expect(readBatch(type, answer(parts), 50).every((part) => part?.body === big)).toBe(true)
  })

  it.each([
    ['no content type', null, answer([[null, http(200)]])],
    ['JSON', 'application/json', '{}'],
    ['no boundary', 'multipart/mixed', answer([[null, http(200)]])],
    ['another boundary', 'multipart/mixed; boundary=c', answer([[null, http(200)]])],
    ['nothing', type, ''],
  ])('%s: one clear error', (_name, contentType, body) => {
    expect(() => readBatch(contentType, body, 1)).toThrow(/no multipart message/)
  })

  it('an answer that is no HTTP, or of a status that HTTP does not have, leaves its call open', () => {
    for (const text of ['', 'rubbish', 'HTTP/1.1 99 X', 'HTTP/1.1 700 X', 'HTTP/1.1 2000 X'])
      expect(statuses(answer([['<response-call-0>', text]]), 1)).toEqual([null])
  })

  it('a header that is none is passed over', () => {
    const text =
      'HTTP/1.1 200 OK\r\n: x\r\nno colon\r\nX-Folded: a\r\n b\r\nX-Bad: \u0001\r\nETag: "2"\r\n\r\n{}'
    const [read] = readBatch(type, answer([['<response-call-0>', text]]), 1)
    expect(Object.fromEntries(read?.headers ?? [])).toEqual({ etag: '"2"', 'x-folded': 'a b' })
  })

  it('whatever it is made of, what was written is read', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 200, max: 599 }), fc.jsonValue()), { maxLength: 50 }),
        fc.constantFrom('\r\n', '\n'),
        fc.boolean(),
        (answers, eol, named) => {
          const parts = answers.map(
            ([status, value], n) =>
              [named ? `<response-call-${n}>` : null, http(status, JSON.stringify(value), eol)] as const,
          )
          const read = readBatch(type, answer(parts, { eol }), answers.length)
          expect(read.map((part) => [part?.status, JSON.parse(part?.body ?? '0')])).toEqual(
            answers.map(([status, value]) => [status, JSON.parse(JSON.stringify(value))]),
          )
        },
      ),
      { numRuns: NUMBER_OF_RUNS },
    )
  })

  it('rubbish throws nothing but the one clear error', () => {
    const pieces = fc.constantFrom(
      '--b',
      '--',
      '\r\n',
      '\n',
      'HTTP/1.1 200 OK',
      'Content-ID: <response-call-0>',
      ':',
    )
    const rubbish = fc.array(fc.oneof(pieces, fc.string({ unit: 'binary' }))).map((parts) => parts.join(''))
    const types = fc.oneof(
      fc.constant(type),
      fc.string(),
      fc.constant(null),
      fc.string().map((b) => `${type}${b}`),
    )
    fc.assert(
      fc.property(types, rubbish, fc.nat(60), (contentType, body, count) => {
        try {
          expect(readBatch(contentType, body, count)).toHaveLength(count)
        } catch (error) {
          expect(isAppointmentSyncError(error, 'GOOGLE_UNAVAILABLE')).toBe(true)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('cut anywhere, no call gets another one’s answer or half of its own', () => {
    const parts = Array.from(
      { length: 5 },
      (_, n) => [`<response-call-${n}>`, http(200 + n, JSON.stringify({ n }))] as const,
    )
    const whole = answer(parts)
    for (let length = 0; length <= whole.length; length += 1) {
      let read: ReturnType<typeof readBatch>
      try {
        read = readBatch(type, whole.slice(0, length), 5)
      } catch {
        continue
      }
      for (const [n, part] of read.entries()) {
        if (part === null) continue
        expect([part.status, part.body]).toEqual([200 + n, JSON.stringify({ n })])
      }
    }
  })
})

it('parts that are written are read again', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (contents) => {
      const free = contents.map((text) => text.replaceAll('--frontier', ''))
      const body = writeMultipart(
        free.map((text) => `X: y\r\n\r\n${text}`),
        'frontier',
      )
      expect(readMultipart(body, 'frontier')?.map(({ content }) => content)).toEqual(free)
    }),
    { numRuns: NUMBER_OF_RUNS },
  )
})
