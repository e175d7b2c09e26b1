import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { isAppointmentSyncError } from '../../src/errors/index.ts'
import { aadOf, createKeyring, type EncryptionKey } from '../../src/oauth/index.ts'

const first: EncryptionKey = { id: '2025-01', secret: 'first-secret-first-secret-first-secret' }
const second: EncryptionKey = { id: '2026-01', secret: 'second-secret-second-secret-second-sec' }
const owner = { tenantId: 'tenant', userId: 'user', integrationId: 'integration', purpose: 'tokens' }
const aad = aadOf(owner)

function failure(work: () => unknown): Error {
  try {
    work()
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('expected a failure')
}

describe('a keyring', () => {
  it('opens what it sealed, and says that the key is the current one', () => {
    const keyring = createKeyring([first])
    const { envelope, keyId } = keyring.seal('a token — ü', aad)
    expect(keyId).toBe('2025-01')
    expect(envelope).toMatch(/^v1\.2025-01\.[\w-]{16}\.[\w-]+$/)
    expect(keyring.open(envelope, aad)).toEqual({ plaintext: 'a token — ü', keyId: '2025-01', current: true })
  })

  it('seals an empty text too', () => {
    const keyring = createKeyring([first])
    expect(keyring.open(keyring.seal('', aad).envelope, aad).plaintext).toBe('')
  })

  it('never makes the same envelope twice', () => {
    const keyring = createKeyring([first])
    expect(keyring.seal('a', aad).envelope).not.toBe(keyring.seal('a', aad).envelope)
  })

  it('takes its nonces from the random source it is given', () => {
    const keyring = createKeyring([first], { random: { bytes: (length) => new Uint8Array(length).fill(7) } })
    const nonce = keyring.seal('a', aad).envelope.split('.')[2]
    expect(nonce).toBe(Buffer.alloc(12, 7).toString('base64url'))
  })

  it('after a rotation seals with the first key and opens what the older one sealed', () => {
    const { envelope } = createKeyring([first]).seal('a', aad)
    const rotated = createKeyring([second, first])
    expect(rotated.open(envelope, aad)).toEqual({ plaintext: 'a', keyId: '2025-01', current: false })
    expect(rotated.seal('a', aad).keyId).toBe('2026-01')
  })

  it('refuses an envelope whose key left the ring, and names key, subject and remedy', () => {
    const { envelope } = createKeyring([first]).seal('a', aad)
    const error = failure(() =>
      createKeyring([second]).open(envelope, aad, 'The token record of integration i1'),
    )
    expect(isAppointmentSyncError(error, 'TOKEN_UNDECRYPTABLE')).toBe(true)
    expect(error.message).toContain('integration i1')
    expect(error.message).toContain('"2025-01"')
    expect(error.message).toContain('connect again')
  })

  it('refuses a key of the right name and the wrong secret', () => {
    const { envelope } = createKeyring([first]).seal('a', aad)
    const impostor = createKeyring([{ id: first.id, secret: second.secret }])
    expect(
      isAppointmentSyncError(
        failure(() => impostor.open(envelope, aad)),
        'TOKEN_UNDECRYPTABLE',
      ),
    ).toBe(true)
  })

  it.each(['tenantId', 'userId', 'integrationId', 'purpose'] as const)(
    'refuses an envelope that was moved to another %s',
    (field) => {
      const keyring = createKeyring([first])
      const { envelope } = keyring.seal('a', aad)
      const elsewhere = aadOf({ ...owner, [field]: 'another' })
      expect(
        isAppointmentSyncError(
          failure(() => keyring.open(envelope, elsewhere)),
          'TOKEN_UNDECRYPTABLE',
        ),
      ).toBe(true)
    },
  )

  it('refuses an envelope with any one character changed', () => {
    const keyring = createKeyring([first, { id: '2025-02', secret: first.secret }])
    const { envelope } = keyring.seal('a token', aad)
    for (let index = 0; index < envelope.length; index += 1) {
      // Swaps the letter's two highest bits, so that it never falls into base64url's unused low bits.
      const letter = envelope.charAt(index)
      const changed = /[A-Za-z]/.test(letter) ? (letter > 'M' && letter < 'a' ? 'B' : 'Z') : 'Q'
      const tampered = envelope.slice(0, index) + changed + envelope.slice(index + 1)
      if (tampered === envelope) continue
      expect(
        isAppointmentSyncError(
          failure(() => keyring.open(tampered, aad)),
          'TOKEN_UNDECRYPTABLE',
        ),
        `character ${index}`,
      ).toBe(true)
    }
  })

  it.each([
    '',
    'v1',
    'v2.2025-01.AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAA',
    'v1.2025-01.AAAA.AAAA',
    'a.b.c.d.e',
  ])('refuses %j as no envelope', (text) => {
    expect(
      isAppointmentSyncError(
        failure(() => createKeyring([first]).open(text, aad)),
        'TOKEN_UNDECRYPTABLE',
      ),
    ).toBe(true)
  })

  it('names every problem of its keys at once, and no secret', () => {
    const keys = [
      { id: 'bad id', secret: 'short-secret' },
      { id: 'ok', secret: 'x' },
    ]
    const error = failure(() => createKeyring(keys))
    expect(isAppointmentSyncError(error, 'INVALID_CONFIGURATION')).toBe(true)
    expect(isAppointmentSyncError(error) && error.problems.map(({ path }) => path)).toEqual([
      '0.id',
      '0.secret',
      '1.secret',
    ])
    expect(inspect(error)).not.toContain('short-secret')
  })

  it('refuses an empty ring and two keys of one name', () => {
    for (const keys of [[], [first, { ...second, id: first.id }]]) {
      expect(
        isAppointmentSyncError(
          failure(() => createKeyring(keys)),
          'INVALID_CONFIGURATION',
        ),
      ).toBe(true)
    }
  })

  it('shows no secret and no plaintext when it or its errors are printed', () => {
    const keyring = createKeyring([first])
    const { envelope } = keyring.seal('the-plaintext', aad)
    const error = failure(() => keyring.open(envelope, aadOf({ ...owner, tenantId: 'another' })))
    const printed = [keyring, error].map((value) => inspect(value, { depth: 9, showHidden: true })).join('\n')
    expect(printed).not.toContain(first.secret)
    expect(printed).not.toContain('the-plaintext')
  })
})

describe('associated data', () => {
  it('reads differently for any two owners, however their ids are cut', () => {
    const one = aadOf({ tenantId: 'ab', userId: 'c', integrationId: 'i', purpose: 'p' })
    const other = aadOf({ tenantId: 'a', userId: 'bc', integrationId: 'i', purpose: 'p' })
    expect(one).not.toBe(other)
  })

  it('is not deceived by ids that imitate its own lengths', () => {
    const one = aadOf({ tenantId: 'a1:b', userId: 'c', integrationId: 'i', purpose: 'p' })
    const other = aadOf({ tenantId: 'a', userId: 'b1:c', integrationId: 'i', purpose: 'p' })
    expect(one).not.toBe(other)
  })
})
