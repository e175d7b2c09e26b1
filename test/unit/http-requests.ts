import { createHttpHandler, type HttpHandler, type HttpHandlerOptions } from 'appointment-sync/http'
import { ANA, fakeSync, type FakeCalls, type RecordedCall } from './http-fake-sync.ts'

export const BASE = 'https://booking.example/api/v1/google-calendar'

/** A handler over a fake SDK, where everybody is Ana. */
export function aHandler(
  over: Partial<FakeCalls> = {},
  options: Partial<HttpHandlerOptions> = {},
): { handler: HttpHandler; calls: RecordedCall[] } {
  const { sync, calls } = fakeSync(over)
  return { handler: createHttpHandler(sync, { authenticate: () => ANA, ...options }), calls }
}

/** A request below the base path; an object as body is sent as JSON. */
export function aRequest(
  method: string,
  path: string,
  init: { body?: unknown; headers?: Record<string, string>; signal?: AbortSignal } = {},
): Request {
  const { body, headers = {}, signal } = init
  return new Request(`${BASE}/${path}`, {
    method,
    headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  })
}

/** A JSON answer taken apart. */
export async function read(response: Response): Promise<{ status: number; body: unknown }> {
  const text = await response.text()
  return { status: response.status, body: text === '' ? null : (JSON.parse(text) as unknown) }
}
