import { z } from 'zod'
import type { IntegrationRef } from '../domain/index.ts'
import { AppointmentSyncError } from '../errors/index.ts'
import type { CredentialRecord, CredentialStore, StoredTokens, TokenStore } from '../ports/index.ts'
import { aadOf } from './envelope-aad.ts'
import type { Keyring } from './keyring.ts'

/** The default token store, with what key rotation needs. */
export interface EncryptedTokenStore extends TokenStore {
  /**
   * Seals the tokens again when an older key sealed them, moving their version up by one. Returns whether it did:
   * `false` when there are none, the first key sealed them already, or somebody else changed them meanwhile.
   */
  reseal(ref: IntegrationRef): Promise<boolean>
}

const tokensSchema: z.ZodType<StoredTokens> = z.object({
  accessToken: z.string(),
  refreshToken: z.string(),
  expiresAtMs: z.number(),
  refreshTokenExpiresAtMs: z.number().nullable(),
  scopes: z.array(z.string()),
  version: z.int(),
})

/**
 * Keeps tokens as sealed envelopes in the storage's credential records.
 * Reading throws `TOKEN_UNDECRYPTABLE` when a record does not open or does not hold tokens.
 */
export function createEncryptedTokenStore(options: {
  readonly credentials: CredentialStore
  readonly keyring: Keyring
}): EncryptedTokenStore {
  const { credentials, keyring } = options

  function seal(ref: IntegrationRef, tokens: StoredTokens): CredentialRecord {
    return {
      ...keyring.seal(JSON.stringify(tokens), aadOf({ ...ref, purpose: 'tokens' })),
      version: tokens.version,
    }
  }

  function open(ref: IntegrationRef, record: CredentialRecord): { tokens: StoredTokens; current: boolean } {
    const subject = `The token record of integration ${ref.integrationId}`
    const opened = keyring.open(record.envelope, aadOf({ ...ref, purpose: 'tokens' }), subject)
    const tokens = tokensSchema.safeParse(jsonOf(opened.plaintext))
    // An authentic but older envelope put into the row would bring back tokens that were replaced.
    if (!tokens.success || tokens.data.version !== record.version) throw unreadable(subject, opened.keyId)
    return { tokens: tokens.data, current: opened.current }
  }

  return {
    async find(ref) {
      const record = await credentials.find(ref)
      return record === null ? null : open(ref, record).tokens
    },
    replace: (ref, tokens, expectedVersion) => credentials.replace(ref, seal(ref, tokens), expectedVersion),
    erase: (ref) => credentials.erase(ref),
    async reseal(ref) {
      const record = await credentials.find(ref)
      if (record === null) return false
      const { tokens, current } = open(ref, record)
      if (current) return false
      return credentials.replace(ref, seal(ref, { ...tokens, version: tokens.version + 1 }), record.version)
    },
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Told by the schema: `undefined` is not a token record, and the parser's message would quote the text.
    return undefined
  }
}

function unreadable(subject: string, keyId: string): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'TOKEN_UNDECRYPTABLE',
    message:
      `${subject} opened with the key "${keyId}" but does not hold the tokens of its version. ` +
      'Restore the record from a backup, or have the person connect again.',
  })
}
