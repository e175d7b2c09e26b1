import { MAX_BODY_BYTES, type EmulatedRequest } from '../messages.ts'

/** The body of a request, as far as it is kept. */
export type ReceivedBody = Pick<EmulatedRequest, 'body' | 'bodyTooLarge' | 'bodyIsText'>

const TOO_LARGE: ReceivedBody = { body: '', bodyTooLarge: true }

/** A body that came as text. */
export function textBody(text: string): ReceivedBody {
  if (Buffer.byteLength(text) > MAX_BODY_BYTES) return TOO_LARGE
  // Half a character is sent as a replacement character.
  return { body: text.isWellFormed() ? text : text.toWellFormed(), bodyTooLarge: false }
}

/** Takes a body in piece by piece and keeps no more of it than the limit. */
export class BodyCollector {
  /** How many bytes came, those that were thrown away included. */
  received = 0
  #chunks: Uint8Array[] = []

  add(chunk: Uint8Array): void {
    this.received += chunk.byteLength
    if (this.received > MAX_BODY_BYTES) this.#chunks = []
    else this.#chunks.push(chunk)
  }

  get tooLarge(): boolean {
    return this.received > MAX_BODY_BYTES
  }

  /** What came. Bytes that are no UTF-8 are read as replacement characters, and said to be. */
  body(): ReceivedBody {
    if (this.tooLarge) return TOO_LARGE
    if (this.received === 0) return { body: '', bodyTooLarge: false }
    const bytes = Buffer.concat(this.#chunks)
    try {
      return { body: new TextDecoder('utf-8', { fatal: true }).decode(bytes), bodyTooLarge: false }
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      return { body: new TextDecoder().decode(bytes), bodyTooLarge: false, bodyIsText: false }
    }
  }
}
