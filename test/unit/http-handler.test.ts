import { AppointmentSyncError, type ErrorCode, ERROR_CODES } from 'appointment-sync'
import { createHttpHandler, type HttpHandlerOptions } from 'appointment-sync/http'
import type { LogFields, Logger } from 'appointment-sync/ports'
import { describe, expect, it } from 'vitest'
import { ANA, fakeSync } from './http-fake-sync.ts'
import { aHandler, aRequest, BASE, read } from './http-requests.ts'

const SECRET = 'ya29.secret-token of joao@example.com'

function recordingLogger(): { logger: Logger; lines: { fields: LogFields; message: string }[] } {
  const lines: { fields: LogFields; message: string }[] = []
  const line = (fields: LogFields, message: string): void => {
    lines.push({ fields, message })
  }
  return { logger: { debug: line, info: line, warn: line, error: line }, lines }
}

describe('making a handler', () => {
  it('a missing authenticate is refused at once, with every other problem of the options', () => {
    const options = { basePath: 'no-slash', maxBodyBytes: 0 } as unknown as HttpHandlerOptions
    const make = (): unknown => createHttpHandler(fakeSync().sync, options)
    expect(make).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONFIGURATION',
        problems: expect.arrayContaining([
          expect.objectContaining({ path: 'authenticate' }),
          expect.objectContaining({ path: 'basePath' }),
          expect.objectContaining({ path: 'maxBodyBytes' }),
        ]) as unknown,
      }),
    )
  })

  it.each(['https://app.example.com/x?y=1', '//evil.example', 'javascript:alert(1)', 'settings'])(
    'an allow list with %s in it is refused',
    (prefix) => {
      expect(() => aHandler({}, { allowedReturnTo: [prefix] })).toThrow(/allowedReturnTo\.0/)
    },
  )

  it('a page for failures that is not on the allow list is refused', () => {
    expect(() => aHandler({}, { allowedReturnTo: ['/a'], failureReturnTo: '/b' })).toThrow(/failureReturnTo/)
  })

  it.each(['', '/', '/calendar/'])(
    'the base path %j is taken, with or without a slash at the end',
    async (basePath) => {
      const { handler } = aHandler({}, { basePath })
      const response = await handler(new Request(`https://booking.example${handler.basePath}/status`))
      expect(response.status).toBe(200)
      expect(handler.basePath).toBe(basePath.replace(/\/$/, ''))
    },
  )
})

describe('finding the route', () => {
  it.each(['nowhere', 'status/', 'status/x', '', 'sync/appointment', 'conflicts/a/b/resolve'])(
    '%j is no route',
    async (path) => {
      const answer = await read(await aHandler().handler(aRequest('GET', path)))
      expect(answer).toMatchObject({ status: 404, body: { code: 'ROUTE_NOT_FOUND' } })
    },
  )

  it('a path that only begins like the base path is no route', async () => {
    const answer = await read(await aHandler().handler(new Request(`${BASE}x/status`)))
    expect(answer).toMatchObject({ status: 404, body: { code: 'ROUTE_NOT_FOUND' } })
  })

  it('a wrong method is told the right ones', async () => {
    const response = await aHandler().handler(aRequest('PATCH', 'integration'))
    expect(response.headers.get('allow')).toBe('GET, HEAD, DELETE')
    expect(await read(response)).toMatchObject({ status: 405, body: { code: 'METHOD_NOT_ALLOWED' } })
  })

  it('HEAD is answered like GET without the body', async () => {
    const response = await aHandler().handler(aRequest('HEAD', 'status'))
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.text()).toBe('')
  })

  it('HEAD of the callback does not use up the state', async () => {
    const { handler, calls } = aHandler()
    const response = await handler(aRequest('HEAD', 'oauth-callback?code=c&state=s'))
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('GET, POST')
    expect(calls).toEqual([])
  })

  it('a percent sign that encodes nothing is a bad request', async () => {
    const answer = await read(await aHandler().handler(aRequest('POST', 'sync/appointment/%E0%A4')))
    expect(answer).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } })
  })

  it('an id may hold a slash, a percent sign and other alphabets', async () => {
    const { handler, calls } = aHandler()
    const id = 'a/b%2F..ç?#'
    const response = await handler(aRequest('POST', `sync/appointment/${encodeURIComponent(id)}`))
    expect(response.status).toBe(200)
    expect(calls).toMatchObject([{ name: 'syncAppointmentById', args: [{ ...ANA, appointmentId: id }, {}] }])
  })

  it.each(['%00', 'x'.repeat(192)])('an id such as %s is refused before any call', async (id) => {
    const { handler, calls } = aHandler()
    const answer = await read(await handler(aRequest('POST', `sync/appointment/${id}`)))
    expect(answer).toMatchObject({
      status: 400,
      body: { code: 'INVALID_REQUEST', problems: [{ path: 'id' }] },
    })
    expect(calls).toEqual([])
  })
})

describe('who calls', () => {
  const owned = [
    ['GET', 'auth-url'],
    ['GET', 'oauth-callback?code=c&state=s'],
    ['POST', 'oauth-callback'],
    ['GET', 'status'],
    ['GET', 'integration'],
    ['PUT', 'integration/toggle'],
    ['PUT', 'integration/sync-settings'],
    ['POST', 'sync/manual'],
    ['POST', 'sync/appointment/1'],
    ['DELETE', 'integration'],
    ['GET', 'sync-logs'],
    ['GET', 'calendars'],
    ['POST', 'calendars'],
    ['GET', 'conflicts'],
    ['GET', 'conflicts/1'],
    ['POST', 'conflicts/1/resolve'],
    ['GET', 'availability'],
    ['GET', 'health'],
    ['GET', 'metrics'],
  ] as const

  it.each(owned)('%s %s is for nobody who is not known', async (method, path) => {
    const { handler, calls } = aHandler({}, { authenticate: async () => null })
    const answer = await read(await handler(aRequest(method, path)))
    expect(answer).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } })
    expect(calls).toEqual([])
  })

  it('the description and the notifications need nobody', async () => {
    const { handler } = aHandler({}, { authenticate: () => null })
    const notification = { 'x-goog-channel-id': 'channel-1', 'x-goog-resource-state': 'exists' }
    expect((await handler(aRequest('GET', 'openapi.json'))).status).toBe(200)
    expect((await handler(aRequest('POST', 'notifications', { headers: notification }))).status).toBe(204)
  })

  it('an authenticate that answers no owner is the host\u2019s mistake, and lets nobody in', async () => {
    const authenticate = (): never => ({ tenantId: '', userId: 'ana' }) as never
    const { handler, calls } = aHandler({}, { authenticate })
    const answer = await read(await handler(aRequest('GET', 'status')))
    expect(answer).toMatchObject({ status: 500, body: { code: 'INVALID_CONFIGURATION' } })
    expect(calls).toEqual([])
  })

  it('an authenticate that throws lets nobody in and tells nothing', async () => {
    const authenticate = (): never => {
      throw new Error(SECRET)
    }
    const answer = await read(await aHandler({}, { authenticate }).handler(aRequest('GET', 'status')))
    expect(answer).toMatchObject({ status: 500, body: { code: 'INTERNAL' } })
    expect(JSON.stringify(answer)).not.toContain('secret')
  })
})

describe('failures', () => {
  it.each(Object.keys(ERROR_CODES) as ErrorCode[])(
    '%s is answered as a problem of its code',
    async (code) => {
      const failure = new AppointmentSyncError({ code, message: 'what happened' })
      const { handler } = aHandler({ status: () => Promise.reject(failure) })
      const response = await handler(aRequest('GET', 'status'))
      expect(response.headers.get('content-type')).toBe('application/problem+json')
      const { status, body } = await read(response)
      expect(status).toBeGreaterThanOrEqual(400)
      expect(body).toEqual({
        type: `urn:appointment-sync:error:${code}`,
        title: ERROR_CODES[code],
        status,
        code,
        detail: status < 500 ? 'what happened' : ERROR_CODES[code],
      })
    },
  )

  it('an unforeseen error is answered and logged without its message', async () => {
    const { logger, lines } = recordingLogger()
    const { handler } = aHandler(
      { status: () => Promise.reject(new TypeError(`${SECRET}\nmore`)) },
      { logger },
    )
    const answer = await read(await handler(aRequest('GET', 'status')))
    expect(answer).toMatchObject({ status: 500, body: { code: 'INTERNAL', detail: ERROR_CODES.INTERNAL } })
    expect(lines).toMatchObject([
      { fields: { code: 'INTERNAL', route: 'status', method: 'GET', status: 500 } },
    ])
    expect(lines[0]?.fields['origin']).toMatch(/^TypeError at /)
    expect(JSON.stringify([answer, lines])).not.toMatch(/secret|joao/)
  })

  it('an error that merely has a code is not taken for one of the SDK', async () => {
    const alien = Object.assign(new Error(SECRET), { code: 'INTEGRATION_NOT_FOUND' })
    const answer = await read(
      await aHandler({ status: () => Promise.reject(alien) }).handler(aRequest('GET', 'status')),
    )
    expect(answer).toMatchObject({ status: 500, body: { code: 'INTERNAL' } })
  })

  it('a refusal of the caller\u2019s is not logged as a failure', async () => {
    const { logger, lines } = recordingLogger()
    await aHandler({}, { logger }).handler(aRequest('GET', 'nowhere'))
    expect(lines).toEqual([])
  })

  it('a wait asked for is told in whole seconds, rounded up', async () => {
    const busy = new AppointmentSyncError({ code: 'GOOGLE_RATE_LIMITED', message: 'm', retryAfterMs: 1200 })
    const { handler } = aHandler({ listCalendars: () => Promise.reject(busy) })
    const response = await handler(aRequest('GET', 'calendars'))
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2'])
  })

  it('problems of the engine carry the names of the wire', async () => {
    const problems = [{ path: 'reminderMinutes.0', message: 'too many' }]
    const failure = new AppointmentSyncError({
      code: 'INVALID_ARGUMENT',
      message: 'reminderMinutes.0',
      problems,
    })
    const { handler } = aHandler({ updateSettings: () => Promise.reject(failure) })
    const answer = await read(await handler(aRequest('PUT', 'integration/sync-settings', { body: {} })))
    expect(answer.body).toMatchObject({
      detail: ERROR_CODES.INVALID_ARGUMENT,
      problems: [{ path: 'reminder_minutes.0', message: 'too many' }],
    })
  })

  it.each([
    ['GET', 'status', 200],
    ['GET', 'nowhere', 404],
  ])('%s %s carries the security headers', async (method, path, status) => {
    const response = await aHandler().handler(aRequest(method, path))
    const { headers } = response
    expect(response.status).toBe(status)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
  })

  it('a caller that is gone aborts the call and is no failure', async () => {
    const { logger, lines } = recordingLogger()
    const gone = new AbortController()
    const { handler, calls } = aHandler(
      {
        status: (_owner, options) => {
          gone.abort()
          return Promise.reject(options?.signal?.reason as Error)
        },
      },
      { logger },
    )
    const response = await handler(aRequest('GET', 'status', { signal: gone.signal }))
    expect(response.status).toBe(499)
    expect(calls).toHaveLength(1)
    expect(lines).toEqual([])
  })
})

describe('pages of other sites', () => {
  const crossSite = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
  const changes = [
    ['POST', 'oauth-callback'],
    ['PUT', 'integration/toggle'],
    ['PUT', 'integration/sync-settings'],
    ['DELETE', 'integration'],
    ['POST', 'sync/manual'],
    ['POST', 'sync/appointment/1'],
    ['POST', 'conflicts/1/resolve'],
  ] as const

  it.each(changes)('may not %s %s', async (method, path) => {
    const { handler, calls } = aHandler()
    const answer = await read(await handler(aRequest(method, path, { body: {}, headers: crossSite })))
    expect(answer).toMatchObject({ status: 403, body: { code: 'INVALID_REQUEST', status: 403 } })
    expect(calls).toEqual([])
  })

  it('may when the host lists their origin', async () => {
    const { handler } = aHandler({}, { allowedOrigins: ['https://evil.example'] })
    const response = await handler(aRequest('PUT', 'integration/toggle', { body: {}, headers: crossSite }))
    expect(response.status).toBe(200)
  })

  it('Google\u2019s redirect comes from another site and passes', async () => {
    const response = await aHandler().handler(
      aRequest('GET', 'oauth-callback?code=c&state=s', { headers: crossSite }),
    )
    expect(response.status).toBe(200)
  })

  it.each(['same-origin', 'same-site', 'none'])('a %s request passes', async (site) => {
    const request = aRequest('PUT', 'integration/toggle', { body: {}, headers: { 'sec-fetch-site': site } })
    expect((await aHandler().handler(request)).status).toBe(200)
  })
})

describe('bodies', () => {
  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', ''])(
    'a body of type %j is refused',
    async (type) => {
      const request = aRequest('PUT', 'integration/toggle', { body: '{}', headers: { 'content-type': type } })
      const answer = await read(await aHandler().handler(request))
      expect(answer).toMatchObject({ status: 415, body: { code: 'INVALID_REQUEST' } })
    },
  )

  it.each(['application/json; charset=utf-8', 'APPLICATION/JSON', 'application/vnd.x+json'])(
    'a body of type %s is read',
    async (type) => {
      const { handler, calls } = aHandler()
      const headers = { 'content-type': type }
      await handler(aRequest('PUT', 'integration/toggle', { body: '{"active":false}', headers }))
      expect(calls).toMatchObject([{ name: 'setActive', args: [ANA, false, {}] }])
    },
  )

  it.each(['{', '[', 'undefined', '{"active":tru'])('%s is not JSON', async (body) => {
    const answer = await read(await aHandler().handler(aRequest('PUT', 'integration/toggle', { body })))
    expect(answer).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } })
  })

  it('bytes that are no UTF-8 are refused', async () => {
    const request = new Request(`${BASE}/integration/toggle`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: new Uint8Array([0x7b, 0xff, 0x7d]),
    })
    expect((await aHandler().handler(request)).status).toBe(400)
  })

  it('a declared length over the limit is refused unread', async () => {
    const headers = { 'content-length': '65537' }
    const request = aRequest('PUT', 'integration/toggle', { body: '{}', headers })
    const answer = await read(await aHandler().handler(request))
    expect(answer).toMatchObject({ status: 413, body: { code: 'PAYLOAD_TOO_LARGE' } })
    expect(request.bodyUsed).toBe(false)
  })

  it('a body that lies about its length is cut off at the limit', async () => {
    let sent = 0
    const endless = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          sent += 1024
          controller.enqueue(new Uint8Array(1024).fill(0x20))
        },
      },
      { highWaterMark: 0 },
    )
    const request = new Request(`${BASE}/integration/toggle`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: endless,
      duplex: 'half',
    } as RequestInit)
    const answer = await read(await aHandler({}, { maxBodyBytes: 4096 }).handler(request))
    expect(answer).toMatchObject({ status: 413, body: { code: 'PAYLOAD_TOO_LARGE' } })
    expect(sent).toBeLessThanOrEqual(8192)
  })

  it('a body of exactly the limit is read', async () => {
    const body = '{}'.padEnd(64)
    const request = aRequest('PUT', 'integration/toggle', { body })
    expect((await aHandler({}, { maxBodyBytes: 64 }).handler(request)).status).toBe(200)
  })

  it('a body that authenticate has read is the host\u2019s mistake, told to its log alone', async () => {
    const { logger, lines } = recordingLogger()
    const authenticate = async (request: Request): Promise<typeof ANA> => {
      await request.text()
      return ANA
    }
    const request = aRequest('PUT', 'integration/toggle', { body: {} })
    const answer = await read(await aHandler({}, { authenticate, logger }).handler(request))
    expect(answer).toMatchObject({ status: 500, body: { code: 'INVALID_CONFIGURATION' } })
    expect(lines).toMatchObject([{ fields: { code: 'INVALID_CONFIGURATION' } }])
  })

  it('a field nobody knows is named', async () => {
    const body = { active: true, tenant_id: 'other' }
    const answer = await read(await aHandler().handler(aRequest('PUT', 'integration/toggle', { body })))
    expect(answer.body).toMatchObject({
      code: 'INVALID_REQUEST',
      problems: [{ path: 'tenant_id', message: 'is not known here' }],
    })
  })

  it('a query parameter given twice is refused', async () => {
    const answer = await read(
      await aHandler().handler(aRequest('GET', 'sync-logs?status=failed&status=success')),
    )
    expect(answer).toMatchObject({ status: 400, body: { problems: [{ path: 'status' }] } })
  })
})
