import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { z } from 'zod'
import { lengthPrefixed } from '../domain/index.ts'
import { AppointmentSyncError, parseOrThrow } from '../errors/index.ts'
import { type RandomSource, systemRandom } from '../ports/index.ts'

/** A secret that tokens are encrypted with, under a name that is stored beside them. */
export interface EncryptionKey {
  /** Stored in clear in every envelope; 1 to 32 characters of `A-Z a-z 0-9 _ -`. Never used for another secret. */
  readonly id: string
  /** At least 32 characters, from a secure generator. */
  readonly secret: string
}

/** A value that was opened. */
export interface OpenedValue {
  readonly plaintext: string
  /** The key it was sealed with. */
  readonly keyId: string
  /** Whether that is the key that seals now; `false` asks for a re-seal. */
  readonly current: boolean
}

/** Seals and opens values. The first key seals, every key opens. */
export interface Keyring {
  /**
   * Encrypts and authenticates `plaintext`. The envelope is `v1.<key id>.<nonce>.<ciphertext and tag>`, the last
   * two in base64url; it opens only with the same `aad`.
   */
  seal(plaintext: string, aad: string): { envelope: string; keyId: string }
  /**
   * Opens an envelope. Throws `TOKEN_UNDECRYPTABLE` when its key is not in the ring, it was tampered with, or it
   * was sealed for something else. `subject` names it in that error; default `a sealed value`.
   */
  open(envelope: string, aad: string, subject?: string): OpenedValue
}

const VERSION = 'v1'
const CIPHER = 'aes-256-gcm'
/** 96 bits, the length GCM is made for (NIST SP 800-38D, 8.2). */
const NONCE_BYTES = 12
const TAG_BYTES = 16
const ENVELOPE = /^v1\.([A-Za-z0-9_-]{1,32})\.([A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]{22,})$/

const keysSchema = z
  .array(
    z.object({
      id: z.string().regex(/^[A-Za-z0-9_-]{1,32}$/, 'must be 1 to 32 characters of A-Z a-z 0-9 _ -'),
      secret: z.string().min(32, 'must be at least 32 characters; make one with `openssl rand -base64 32`'),
    }),
  )
  .min(1, 'must hold at least one key')
  .refine((keys) => new Set(keys.map(({ id }) => id)).size === keys.length, 'key ids must be unique')

/**
 * A keyring over AES-256-GCM; each cipher key is derived from its secret with HKDF-SHA256 (RFC 5869).
 *
 * To rotate, put a new key first and keep the old ones until everything is sealed with it.
 * @param options.random where nonces come from; default the operating system's generator.
 * @throws `INVALID_CONFIGURATION` for a short secret, a malformed or repeated id, or no key at all.
 */
export function createKeyring(
  keys: readonly EncryptionKey[],
  options: { readonly random?: RandomSource | undefined } = {},
): Keyring {
  const random = options.random ?? systemRandom
  const checked = parseOrThrow(keysSchema, keys, 'INVALID_CONFIGURATION', 'encryption.keys')
  const derived = new Map(checked.map(({ id, secret }) => [id, deriveKey(id, secret)]))
  const sealingId = checked[0]?.id ?? ''
  return {
    seal(plaintext, aad) {
      const nonce = random.bytes(NONCE_BYTES)
      const cipher = createCipheriv(CIPHER, keyOf(sealingId, derived, 'the value to seal'), nonce, {
        authTagLength: TAG_BYTES,
      })
      cipher.setAAD(authenticated(sealingId, aad))
      const sealed = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()])
      const parts = [
        VERSION,
        sealingId,
        Buffer.from(nonce).toString('base64url'),
        sealed.toString('base64url'),
      ]
      return { envelope: parts.join('.'), keyId: sealingId }
    },
    open(envelope, aad, subject = 'a sealed value') {
      const [, keyId, nonceText, sealedText] = ENVELOPE.exec(envelope) ?? []
      if (keyId === undefined || nonceText === undefined || sealedText === undefined) {
        throw undecryptable(subject, 'is not an envelope of this version')
      }
      const key = keyOf(keyId, derived, subject)
      const sealed = Buffer.from(sealedText, 'base64url')
      const decipher = createDecipheriv(CIPHER, key, Buffer.from(nonceText, 'base64url'), {
        authTagLength: TAG_BYTES,
      })
      decipher.setAAD(authenticated(keyId, aad))
      decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
      try {
        const plaintext = Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()])
        return { plaintext: plaintext.toString('utf8'), keyId, current: keyId === sealingId }
      } catch {
        // The cipher's own error says only "unable to authenticate"; it adds nothing to ours.
        throw undecryptable(subject, `does not open with the key "${keyId}"`)
      }
    },
  }
}

function deriveKey(id: string, secret: string): KeyObject {
  const info = `appointment-sync/keyring/${VERSION}/${id}`
  // A KeyObject, because it shows nothing when it is printed.
  return createSecretKey(new Uint8Array(hkdfSync('sha256', secret, '', info, 32)))
}

function authenticated(keyId: string, aad: string): Buffer {
  return Buffer.from(lengthPrefixed([VERSION, keyId, aad]))
}

function keyOf(id: string, keys: ReadonlyMap<string, KeyObject>, subject: string): KeyObject {
  const key = keys.get(id)
  if (key === undefined)
    throw undecryptable(subject, `was sealed with the key "${id}", which is not in the keyring`)
  return key
}

function undecryptable(subject: string, reason: string): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'TOKEN_UNDECRYPTABLE',
    message:
      `${subject} ${reason}. Put the key it was sealed with back into encryption.keys, unchanged; ` +
      'if that key is lost or the stored text was altered, have the person connect again.',
  })
}
