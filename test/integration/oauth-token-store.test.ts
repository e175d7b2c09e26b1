import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { memoryStorage } from 'appointment-sync/adapters/storage-memory'
import { aadOf, createEncryptedTokenStore, createKeyring } from '../../src/oauth/index.ts'
import type { StoredTokens } from '../../src/ports/index.ts'
import { type Vault, vaultTokenStore } from './custom-token-store.ts'
import { encryptionKey, ref, rejection, setUp } from './oauth-setup.ts'

const newKey = { id: 'k2', secret: 'the-next-secret-the-next-secret-the-next' }
const tokens: StoredTokens = {
  accessToken: 'ya29.access',
  refreshToken: '1//refresh',
  expiresAtMs: 1,
  refreshTokenExpiresAtMs: null,
  scopes: ['openid'],
  version: 1,
}

describe('the encrypted token store', () => {
  it('gives back what was stored, and shows nothing of it to the storage', async () => {
    const { credentials } = memoryStorage()
    const store = createEncryptedTokenStore({ credentials, keyring: createKeyring([encryptionKey]) })
    expect(await store.find(ref)).toBeNull()
    expect(await store.replace(ref, tokens, null)).toBe(true)
    expect(await store.find(ref)).toEqual(tokens)
    const record = await credentials.find(ref)
    expect(record).toMatchObject({ keyId: 'k1', version: 1 })
    expect(record?.envelope).not.toContain('ya29')
    await store.erase(ref)
    expect(await store.find(ref)).toBeNull()
  })

  it('lets one of two writers with one expected version win', async () => {
    const { credentials } = memoryStorage()
    const store = createEncryptedTokenStore({ credentials, keyring: createKeyring([encryptionKey]) })
    await store.replace(ref, tokens, null)
    const writes = ['one', 'two'].map((accessToken) =>
      store.replace(ref, { ...tokens, accessToken, version: 2 }, 1),
    )
    expect((await Promise.all(writes)).filter((won) => won)).toHaveLength(1)
    expect(await store.replace(ref, tokens, null)).toBe(false)
  })

  it('seals again what an older key sealed, once, and then does without the older key', async () => {
    const { credentials } = memoryStorage()
    const old = createEncryptedTokenStore({ credentials, keyring: createKeyring([encryptionKey]) })
    await old.replace(ref, tokens, null)
    const rotated = createEncryptedTokenStore({
      credentials,
      keyring: createKeyring([newKey, encryptionKey]),
    })
    expect(await rotated.find(ref)).toEqual(tokens)
    expect(await rotated.reseal(ref)).toBe(true)
    expect(await rotated.reseal(ref)).toBe(false)
    const after = createEncryptedTokenStore({ credentials, keyring: createKeyring([newKey]) })
    expect(await after.find(ref)).toEqual({ ...tokens, version: 2 })
    expect(await after.reseal({ ...ref, integrationId: 'none' })).toBe(false)
  })

  it('says which record and key it is about when a key is missing', async () => {
    const { credentials } = memoryStorage()
    await createEncryptedTokenStore({ credentials, keyring: createKeyring([encryptionKey]) }).replace(
      ref,
      tokens,
      null,
    )
    const store = createEncryptedTokenStore({ credentials, keyring: createKeyring([newKey]) })
    const error = await rejection(store.find(ref), 'TOKEN_UNDECRYPTABLE')
    expect(error.message).toContain(ref.integrationId)
    expect(error.message).toContain('"k1"')
  })

  it('refuses an envelope that was copied from another integration', async () => {
    const { credentials } = memoryStorage()
    const store = createEncryptedTokenStore({ credentials, keyring: createKeyring([encryptionKey]) })
    await store.replace(ref, tokens, null)
    const record = await credentials.find(ref)
    const other = { ...ref, userId: 'ana', integrationId: 'another' }
    if (record !== null) await credentials.replace(other, record, null)
    await rejection(store.find(other), 'TOKEN_UNDECRYPTABLE')
  })

  it('refuses an older envelope that was put back under a newer version', async () => {
    const { credentials } = memoryStorage()
    const store = createEncryptedTokenStore({ credentials, keyring: createKeyring([encryptionKey]) })
    await store.replace(ref, tokens, null)
    const old = await credentials.find(ref)
    await store.replace(ref, { ...tokens, refreshToken: '1//new', version: 2 }, 1)
    if (old !== null) await credentials.replace(ref, { ...old, version: 3 }, 2)
    await rejection(store.find(ref), 'TOKEN_UNDECRYPTABLE')
  })

  it.each(['no json, but a secret', '{}', 'null'])(
    'refuses an authentic envelope that holds %j',
    async (plaintext) => {
      const { credentials } = memoryStorage()
      const keyring = createKeyring([encryptionKey])
      const sealed = keyring.seal(plaintext, aadOf({ ...ref, purpose: 'tokens' }))
      await credentials.replace(ref, { ...sealed, version: 1 }, null)
      const error = await rejection(
        createEncryptedTokenStore({ credentials, keyring }).find(ref),
        'TOKEN_UNDECRYPTABLE',
      )
      expect(error.message).not.toContain('a secret')
    },
  )
})

describe('a token store of the host’s own', () => {
  function memoryVault(): Vault {
    const kept = new Map<string, StoredTokens>()
    return {
      read: (path) => Promise.resolve(kept.get(path) ?? null),
      writeIf(path, value, version) {
        const matches = (kept.get(path)?.version ?? null) === version
        if (matches) kept.set(path, value)
        return Promise.resolve(matches)
      },
      remove: (path) => Promise.resolve(void kept.delete(path)),
    }
  }

  it('carries a connection, a shared refresh and a revocation, and leaves the storage without tokens', async () => {
    const tokenStore = vaultTokenStore(memoryVault())
    const { oauth, connect, clock, requestsTo, storage } = await setUp({ tokenStore })
    expect((await connect()).status).toBe('connected')
    clock.advance(3_599_000)
    const given = await Promise.all([oauth.accessTokens.get(ref), oauth.accessTokens.get(ref)])
    expect(given[0]).toBe((await tokenStore.find(ref))?.accessToken)
    expect(requestsTo('/token')).toBe(2)
    expect(await storage.credentials.find(ref)).toBeNull()
    expect(await oauth.revoke(ref)).toBe('revoked')
  })

  it('is shown in the docs as it is tested, in under 20 lines', async () => {
    const code = await readFile(new URL('custom-token-store.ts', import.meta.url), 'utf8')
    const page = await readFile(new URL('../../docs/adapters/token-store.md', import.meta.url), 'utf8')
    const shown = page.split('<!-- custom-token-store -->')[1] ?? ''
    expect(shown.trim()).toBe(`\`\`\`ts\n${code}\`\`\``)
    expect(code.trimEnd().split('\n').length).toBeLessThan(20)
  })
})
