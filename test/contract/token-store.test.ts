import { memoryStorage } from 'appointment-sync/adapters/storage-memory'
import type { StoredTokens, TokenStore } from 'appointment-sync/ports'
import { tokenStoreContract } from 'appointment-sync/testing'
import { describe, expect, test } from 'vitest'
import { createEncryptedTokenStore } from '../../src/oauth/encrypted-token-store.ts'
import { createKeyring } from '../../src/oauth/keyring.ts'

function encryptedTokenStore(): TokenStore {
  const keyring = createKeyring([{ id: 'key', secret: 'a secret of at least 32 characters' }])
  return createEncryptedTokenStore({ credentials: memoryStorage().credentials, keyring })
}

describe('the encrypted token store keeps the contract', () => {
  const open = async (): ReturnType<Parameters<typeof tokenStoreContract>[0]['open']> => ({
    tokenStore: encryptedTokenStore(),
    close: async () => undefined,
  })
  for (const { name, run } of tokenStoreContract({ name: 'encrypted', open })) test(name, run)
})

describe('the token store contract notices that', () => {
  const sound = encryptedTokenStore
  const mutants: Readonly<Record<string, () => TokenStore>> = {
    'replace ignores the version': () => {
      const store = sound()
      const replace = async (...[ref, tokens]: Parameters<TokenStore['replace']>): Promise<boolean> =>
        store.replace(ref, tokens, (await store.find(ref))?.version ?? null)
      return { find: (ref) => store.find(ref), replace, erase: (ref) => store.erase(ref) }
    },
    'the stored object itself is given out': () => {
      const rows = new Map<string, StoredTokens>()
      const key = (ref: { tenantId: string; integrationId: string }): string =>
        JSON.stringify([ref.tenantId, ref.integrationId])
      return {
        find: async (ref) => rows.get(key(ref)) ?? null,
        replace: async (ref, tokens, expected) => {
          if ((rows.get(key(ref))?.version ?? null) !== expected) return false
          rows.set(key(ref), tokens)
          return true
        },
        erase: async (ref) => void rows.delete(key(ref)),
      }
    },
  }
  test.each(Object.entries(mutants))('%s', async (_fault, openStore) => {
    const open = async (): ReturnType<Parameters<typeof tokenStoreContract>[0]['open']> => ({
      tokenStore: openStore(),
      close: async () => undefined,
    })
    const results = await Promise.allSettled(
      tokenStoreContract({ name: 'mutant', open }).map(({ run }) => run()),
    )
    expect(results.some(({ status }) => status === 'rejected')).toBe(true)
  })
})
