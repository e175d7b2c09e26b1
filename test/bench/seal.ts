import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto'
// The keyring is no public entry: this bench alone reads the sources.
import { aadOf, createKeyring } from '../../src/oauth/index.ts'
import { type Bench, compare, type Contestant, perOperation } from './measure.ts'
import { owner } from './salon.ts'

const TOKENS = JSON.stringify({ accessToken: 'a'.repeat(220), refreshToken: 'r'.repeat(110), version: 7 })

/** What key ring, envelope and associated data cost beside the bare cipher. */
export const seal: Bench = {
  name: 'seal',
  run: async (scale, report) => {
    const count = scale.smoke ? 10 : 10_000
    const keyring = createKeyring([
      { id: '2026-05', secret: 'a secret of at least 32 characters, new' },
      { id: '2025-05', secret: 'a secret of at least 32 characters, old' },
    ])
    const aad = aadOf({ ...owner, integrationId: 'integration', purpose: 'tokens' })
    const sealing: Contestant = {
      name: 'keyring, seal and open',
      run: () =>
        perOperation(count, () => {
          const { envelope } = keyring.seal(TOKENS, aad)
          if (keyring.open(envelope, aad).plaintext !== TOKENS) throw new Error('does not open')
        }),
    }
    report({
      title: 'seal: a token record of 400 bytes',
      rows: await compare(scale, bareCipher(count), [sealing]),
    })
  },
}

function bareCipher(count: number): Contestant {
  const key = createSecretKey(randomBytes(32))
  return {
    name: 'AES-256-GCM, encrypt and decrypt',
    run: () =>
      perOperation(count, () => {
        const nonce = randomBytes(12)
        const cipher = createCipheriv('aes-256-gcm', key, nonce)
        const sealed = Buffer.concat([cipher.update(TOKENS, 'utf8'), cipher.final()])
        const decipher = createDecipheriv('aes-256-gcm', key, nonce)
        decipher.setAuthTag(cipher.getAuthTag())
        const opened = Buffer.concat([decipher.update(sealed), decipher.final()])
        if (opened.toString('utf8') !== TOKENS) throw new Error('does not open')
      }),
  }
}
