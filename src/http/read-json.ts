import { AppointmentSyncError } from '../index.ts'
import { HttpRefusal } from './http-refusal.ts'

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json$/i

function tooLarge(maxBytes: number): HttpRefusal {
  return new HttpRefusal({
    code: 'PAYLOAD_TOO_LARGE',
    message: `The body is larger than ${maxBytes} bytes.`,
  })
}

function invalid(message: string, cause?: unknown): HttpRefusal {
  return new HttpRefusal({ code: 'INVALID_REQUEST', message, cause })
}

function readerOf(request: Request): ReadableStreamDefaultReader<Uint8Array> | null {
  if (request.bodyUsed) {
    throw new AppointmentSyncError({
      code: 'INVALID_CONFIGURATION',
      message: 'The body was read before the handler got to it: let authenticate read a request.clone().',
    })
  }
  return request.body?.getReader() ?? null
}

/** Counts while it reads: a declared length can be absent or a lie. */
async function readChunks(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = []
  let left = maxBytes
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    left -= part.value.byteLength
    if (left < 0) {
      await reader.cancel()
      throw tooLarge(maxBytes)
    }
    chunks.push(part.value)
  }
  return chunks
}

async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw tooLarge(maxBytes)
  const reader = readerOf(request)
  const chunks = reader === null ? [] : await readChunks(reader, maxBytes)
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer())
}

function isJson(request: Request): boolean {
  const [type = ''] = (request.headers.get('content-type') ?? '').split(';')
  return JSON_TYPE.test(type.trim())
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw invalid('The body is not valid JSON in UTF-8.', error)
  }
}

/**
 * The JSON body of a request, or `undefined` when it has none. Refuses another media type (415), a body over
 * `maxBytes` (413) and text that is not JSON (400).
 */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  let bytes: Uint8Array
  try {
    bytes = await readBytes(request, maxBytes)
  } catch (error) {
    request.signal.throwIfAborted()
    if (error instanceof AppointmentSyncError) throw error
    throw invalid('The body broke off before its end.', error)
  }
  if (bytes.byteLength === 0) return undefined
  if (!isJson(request)) {
    throw new HttpRefusal({
      code: 'INVALID_REQUEST',
      status: 415,
      message: 'The body must be JSON: send it with content-type application/json.',
    })
  }
  return parse(bytes)
}
