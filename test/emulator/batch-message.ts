import type { Connected } from './connected.ts'

/** One call of a batch. */
export interface PartCall {
  /** Such as `GET /calendar/v3/colors`; an HTTP version is added. */
  readonly line: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** The Content-ID, brackets included; default none. */
  readonly id?: string
}

/** One answer of a batch. */
export interface PartAnswer {
  readonly id: string | null
  readonly statusLine: string
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: unknown
}

function part({ line, headers = {}, body, id }: PartCall): string {
  return [
    'Content-Type: application/http',
    ...(id === undefined ? [] : [`Content-ID: ${id}`]),
    '',
    `${line} HTTP/1.1`,
    ...Object.entries({ 'content-type': 'application/json', ...headers }).map(
      ([name, value]) => `${name}: ${value}`,
    ),
    '',
    body === undefined ? '' : JSON.stringify(body),
  ].join('\r\n')
}

/** The body of a batch. */
export function batchBody(calls: readonly PartCall[], boundary: string = 'batch_frontier'): string {
  return `${calls.map((call) => `--${boundary}\r\n${part(call)}\r\n`).join('')}--${boundary}--\r\n`
}

/** Reads the answer to a batch. */
export async function readAnswers(response: Response): Promise<PartAnswer[]> {
  const boundary = /boundary=(\S+)/.exec(response.headers.get('content-type') ?? '')?.[1] ?? 'none'
  const text = await response.text()
  const [preamble, ...pieces] = text.split(`--${boundary}`)
  if (preamble !== '' || pieces.at(-1) !== '--\r\n') throw new Error(`no whole multipart answer: ${text}`)
  return pieces.slice(0, -1).map((piece) => {
    const [outer = '', inner = '', ...rest] = piece.trimStart().split('\r\n\r\n')
    const [statusLine = '', ...lines] = inner.split('\r\n')
    const headers = new Headers(
      lines.map((line): [string, string] => [line.split(':')[0] ?? '', line.slice(line.indexOf(':') + 1)]),
    )
    const body = rest.join('\r\n\r\n').replace(/\r\n$/, '')
    return {
      id: /content-id: (.*)/i.exec(outer)?.[1] ?? null,
      statusLine,
      status: Number(statusLine.split(' ')[1]),
      headers,
      text: body,
      json: body.startsWith('{') ? JSON.parse(body) : null,
    }
  })
}

/** Sends a batch body as the connected account. */
export async function postBatch(
  run: Connected,
  body: string,
  init: RequestInit & { path?: string } = {},
): Promise<Response> {
  const { path = 'batch/calendar/v3', headers, ...rest } = init
  return run.google.fetch(`${run.google.endpoints.apiRootUrl}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${run.oauth.credentials.access_token}`,
      'content-type': 'multipart/mixed; boundary=batch_frontier',
      ...Object.fromEntries(new Headers(headers)),
    },
    body,
    ...rest,
  })
}

/** Sends calls as one batch and reads the answers. */
export async function batch(
  run: Connected,
  calls: readonly PartCall[],
  init: RequestInit & { path?: string } = {},
): Promise<PartAnswer[]> {
  return readAnswers(await postBatch(run, batchBody(calls), init))
}
