import { createSign, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { JsonObject } from '../json.ts'

const KEY_ID = 'emulator-signing-key'

/** Signs id tokens, with a key of its own made on first use. */
export interface IdTokenSigner {
  /** A signed JWT (RS256) with these claims. */
  sign(claims: JsonObject): Promise<string>
  /** The public key as a JSON Web Key Set. */
  keySet(): Promise<JsonObject>
  /**
   * The public key in PEM by its id, where Google gives certificates: what Google's own clients verify with.
   */
  pemKeys(): Promise<JsonObject>
}

interface KeyPair {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

function segment(value: JsonObject): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** A signer whose key pair is made when it is first needed: most runs never ask for `openid`. */
export function createIdTokenSigner(): IdTokenSigner {
  let pending: Promise<KeyPair> | null = null
  const keys = (): Promise<KeyPair> => {
    pending ??= promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
    return pending
  }
  return {
    async sign(claims) {
      const { privateKey } = await keys()
      const signed = `${segment({ alg: 'RS256', kid: KEY_ID, typ: 'JWT' })}.${segment(claims)}`
      return `${signed}.${createSign('RSA-SHA256').update(signed).sign(privateKey).toString('base64url')}`
    },
    async keySet() {
      const { publicKey } = await keys()
      const { n = '', e = '' } = publicKey.export({ format: 'jwk' })
      return { keys: [{ kty: 'RSA', alg: 'RS256', use: 'sig', kid: KEY_ID, n, e }] }
    },
    async pemKeys() {
      const { publicKey } = await keys()
      return { [KEY_ID]: publicKey.export({ format: 'pem', type: 'spki' }).toString() }
    },
  }
}
