import { connect } from 'node:net'
import type { GoogleEmulator } from 'appointment-sync/testing/emulator'

/** Sends pieces of bytes over a socket and resolves with all that comes back until the server ends it. */
export async function exchange(google: GoogleEmulator, ...pieces: (string | Uint8Array)[]): Promise<string> {
  return new Promise((resolve) => {
    let received = ''
    const socket = connect(Number(new URL(google.url).port), '127.0.0.1', () => {
      for (const piece of pieces) socket.write(piece)
    })
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
    })
    // A reset is an end like any other here; what counts is that the next connection works.
    socket.on('error', () => socket.destroy())
    socket.on('close', () => resolve(received))
  })
}

/** Sends pieces and hangs up without waiting for an answer. */
export async function abandon(google: GoogleEmulator, ...pieces: (string | Uint8Array)[]): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(google.url).port), '127.0.0.1', () => {
      for (const piece of pieces) socket.write(piece)
      socket.write('', () => socket.destroy())
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => resolve())
  })
}

/** The head of a request to this emulator. */
export function requestHead(google: GoogleEmulator, line: string, ...headers: string[]): string {
  const host = new URL(google.url).host
  return [`${line} HTTP/1.1`, `host: ${host}`, 'connection: close', ...headers, '', ''].join('\r\n')
}
