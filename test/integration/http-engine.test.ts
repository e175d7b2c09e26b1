import type { Owner } from 'appointment-sync'
import { createHttpHandler, type HttpHandler } from 'appointment-sync/http'
import { expect, it } from 'vitest'
import { ACCOUNT, type Clinic, onlyEvent, openClinic, owner, REDIRECT_URI } from './clinic.ts'

const ORIGIN = new URL(REDIRECT_URI).origin
const COLLEAGUE: Owner = { ...owner, userId: 'pedro' }

/** The HTTP face of a clinic; who calls is told by a header. */
function faceOf({ sync }: Clinic): HttpHandler {
  const authenticate = (request: Request): Owner | null => {
    const userId = request.headers.get('x-user')
    return userId === null ? null : { ...owner, userId }
  }
  return createHttpHandler(sync, { authenticate, failureReturnTo: '/oops' })
}

async function call(
  face: HttpHandler,
  method: string,
  path: string,
  options: { body?: unknown; as?: Owner } = {},
): Promise<{ status: number; location: string | null; body: unknown }> {
  const { body, as = owner } = options
  const url = new URL(path, `${ORIGIN}${face.basePath}/`)
  const response = await face(
    new Request(url, {
      method,
      headers: { 'x-user': as.userId, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  )
  const text = await response.text()
  const location = response.headers.get('location')
  return { status: response.status, location, body: text === '' ? null : (JSON.parse(text) as unknown) }
}

/** Goes through the consent page and follows Google's redirect. */
async function connect(
  { google }: Clinic,
  face: HttpHandler,
  grant: 'all' | 'none' = 'all',
): ReturnType<typeof call> {
  const { body } = await call(face, 'GET', 'auth-url?return_to=/settings')
  const redirect = google.authorize((body as { url: string }).url, { email: ACCOUNT, grant })
  expect(redirect.startsWith(REDIRECT_URI)).toBe(true)
  return call(face, 'GET', redirect)
}

it('a person connects, syncs, looks around and disconnects over HTTP alone', async () => {
  await using clinic = await openClinic({ connected: false })
  const face = faceOf(clinic)
  expect((await call(face, 'GET', 'status')).body).toMatchObject({
    connected: false,
    status: 'not_connected',
  })
  expect(await connect(clinic, face)).toMatchObject({
    status: 303,
    location: '/settings?google_calendar=connected',
  })
  expect((await call(face, 'GET', 'status')).body).toMatchObject({ connected: true, google_email: ACCOUNT })

  clinic.put('appt/1')
  const pushed = await call(face, 'POST', 'sync/appointment/appt%2F1')
  expect(pushed).toMatchObject({ status: 200, body: { status: 'success', action: 'created' } })
  expect(onlyEvent(clinic.hand)['id']).toBe((pushed.body as { google_event_id: string }).google_event_id)

  // Log entries of one instant have no order among them.
  clinic.clock.advance(1000)
  clinic.put('appt/2', { start: '2026-05-06T09:00:00-03:00', end: '2026-05-06T09:30:00-03:00' })
  const manual = await call(face, 'POST', 'sync/manual', { body: { days_back: 0, days_forward: 30 } })
  expect(manual.body).toMatchObject({
    pull: { status: 'success' },
    push: { processed: 2, created: 1, skipped: 1, failed: [] },
  })

  const settings = await call(face, 'PUT', 'integration/sync-settings', { body: { event_prefix: '[Hora]' } })
  expect(settings.body).toMatchObject({ settings: { event_prefix: '[Hora]', sync_past_days: 7 } })
  expect((await call(face, 'GET', 'calendars')).body).toMatchObject({ items: [{ primary: true }, {}] })
  expect((await call(face, 'GET', 'sync-logs?action=create&limit=1')).body).toMatchObject({
    items: [{ action: 'create', status: 'success', appointment_id: 'appt/2' }],
    next_cursor: expect.any(String) as unknown,
  })
  const range = 'from=2026-05-05T00:00:00Z&to=2026-05-06T00:00:00Z'
  expect((await call(face, 'GET', `availability?${range}&source=google`)).body).toMatchObject({
    status: 'known',
    source: 'google',
    busy: [{ start: '2026-05-05T12:00:00.000Z', end: '2026-05-05T12:30:00.000Z' }],
  })
  expect(await call(face, 'GET', 'health')).toMatchObject({
    status: 200,
    body: { status: 'ok', metrics: { active_integrations: 1 } },
  })

  const gone = await call(face, 'DELETE', 'integration', { body: { remove_events: 'all' } })
  expect(gone).toMatchObject({ status: 200, body: { events_removed: 2, revocation: 'revoked' } })
  expect(clinic.hand.events()).toEqual([])
})

it('who declines goes back with the reason, and nothing is connected', async () => {
  await using clinic = await openClinic({ connected: false })
  const face = faceOf(clinic)
  const { status, location } = await connect(clinic, face, 'none')
  expect(status).toBe(303)
  expect(location).toContain('google_calendar=error&code=OAUTH_DENIED')
  expect((await call(face, 'GET', 'status')).body).toMatchObject({ connected: false })
})

it('a redirect that lands in the browser of a colleague connects nobody', async () => {
  await using clinic = await openClinic({ connected: false })
  const face = faceOf(clinic)
  const { body } = await call(face, 'GET', 'auth-url')
  const redirect = clinic.google.authorize((body as { url: string }).url, { email: ACCOUNT, grant: 'all' })
  const answer = await call(face, 'GET', redirect, { as: COLLEAGUE })
  expect(answer.location).toBe('/oops?google_calendar=error&code=OAUTH_STATE_FOREIGN')
  for (const as of [owner, COLLEAGUE]) {
    expect((await call(face, 'GET', 'status', { as })).body).toMatchObject({ connected: false })
  }
})

it('an appointment of a colleague is not there', async () => {
  await using clinic = await openClinic()
  clinic.put('appt-1', COLLEAGUE)
  const answer = await call(faceOf(clinic), 'POST', 'sync/appointment/appt-1')
  expect(answer).toMatchObject({ status: 404, body: { code: 'APPOINTMENT_NOT_FOUND' } })
})

it('a conflict is found, is not a colleague\u2019s to settle, and is settled', async () => {
  await using clinic = await openClinic()
  const face = faceOf(clinic)
  await clinic.push('appt-1')
  const event = onlyEvent(clinic.hand)
  clinic.hand.patch(event.id, { summary: 'Moved by hand' })
  await clinic.push('appt-1', { title: 'Barba' })
  const { body } = await call(face, 'GET', 'conflicts')
  const [conflict] = (body as { items: { id: string; fields: string[] }[] }).items
  expect(conflict).toMatchObject({ appointment_id: 'appt-1', fields: ['title'], status: 'open' })

  const path = `conflicts/${conflict?.id}/resolve`
  const settle = { body: { resolution: 'app' } }
  expect((await call(face, 'POST', path, { ...settle, as: COLLEAGUE })).status).toBe(404)
  expect((await call(face, 'POST', path, settle)).body).toMatchObject({ status: 'resolved' })
  expect((await call(face, 'POST', path, settle)).body).toMatchObject({ code: 'CONFLICT_ALREADY_RESOLVED' })
  expect((await call(face, 'GET', 'conflicts')).body).toMatchObject({ items: [] })
})
