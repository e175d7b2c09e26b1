import { STATUS_CODES } from 'node:http'
import type { EmulatedResponse } from '../messages.ts'

/** The answer to one call of a batch. */
export interface BatchedAnswer {
  readonly contentId: string | null
  readonly response: EmulatedResponse
}

function headerName(name: string): string {
  if (name === 'etag') return 'ETag'
  if (name === 'www-authenticate') return 'WWW-Authenticate'
  return name.replace(/(?:^|-)[a-z]/g, (letter) => letter.toUpperCase())
}

/** `<x>` is answered as `<response-x>`. */
function answeredId(contentId: string): string {
  return contentId.startsWith('<') ? `<response-${contentId.slice(1)}` : `response-${contentId}`
}

function renderPart({ contentId, response }: BatchedAnswer): string {
  const { status, headers, body } = response
  const lines = Object.entries(headers).map(([name, value]) => `${headerName(name)}: ${value}`)
  return [
    'Content-Type: application/http',
    ...(contentId === null ? [] : [`Content-ID: ${answeredId(contentId)}`]),
    '',
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}`,
    ...lines,
    `Content-Length: ${Buffer.byteLength(body ?? '')}`,
    '',
    body ?? '',
  ].join('\r\n')
}

/** The answer to a batch: 200 whatever its parts say, one full HTTP response each, in the order of the calls. */
export function renderBatch(boundary: string, answers: readonly BatchedAnswer[]): EmulatedResponse {
  const parts = answers.map((answer) => `--${boundary}\r\n${renderPart(answer)}\r\n`)
  return {
    status: 200,
    headers: { 'content-type': `multipart/mixed; boundary=${boundary}` },
    body: `${parts.join('')}--${boundary}--\r\n`,
  }
}
