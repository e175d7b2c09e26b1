import { describe, expect, it } from 'vitest'
import type { Integration } from '../../src/domain/index.ts'
import { createKeyring, createOAuth } from '../../src/oauth/index.ts'
import type { Storage, TokenStore } from '../../src/ports/index.ts'
import {
  ACCOUNT,
  LEASE_POLL_MS,
  OTHER_ACCOUNT,
  owner,
  ref,
  rejection,
  settled,
  type Setup,
  setUp,
} from './oauth-setup.ts'

const silent = (url: URL): void => {
  // Without prompt=consent Google shows nothing to an account it knows, and gives no refresh token.
  url.searchParams.delete('prompt')
}

/** Leaves one of everything that an account change has to clear away. */
async function leaveTraces({ storage, clock }: Setup): Promise<void> {
  const nowMs = clock.now()
  await storage.links.replace(
    {
      ...ref,
      appointmentId: 'a1',
      calendarId: 'primary',
      eventId: 'event1',
      iCalUID: null,
      generation: 0,
      state: 'live',
      etag: '"1"',
      fingerprint: 'f',
      base: { app: {}, google: {} },
      appointmentUpdatedAtMs: nowMs,
      eventUpdatedAtMs: nowMs,
      overwrites: 0,
      overwritesSinceMs: 0,
      updatedAtMs: nowMs,
      version: 1,
    },
    null,
  )
  await storage.cursors.advance(
    {
      ...ref,
      calendarId: 'primary',
      syncToken: 's',
      pulledAtMs: nowMs,
      sweptAtMs: null,
      fullPassAtMs: null,
      watchRefusedAtMs: null,
      offering: false,
      version: 1,
    },
    null,
  )
  await storage.outbox.enqueue({
    ref: { ...ref, appointmentId: 'a1' },
    action: 'push',
    dueAtMs: nowMs + 3_600_000,
    nowMs,
  })
  await storage.inbox.put({
    ...ref,
    changeId: 'c1',
    appointmentId: 'a1',
    calendarId: 'primary',
    eventId: 'event1',
    type: 'cancelled',
    fields: {},
    details: null,
    observedAtMs: nowMs,
    attempts: 0,
    dueAtMs: nowMs,
    lastErrorCode: null,
  })
}

async function traces(storage: Storage): Promise<object> {
  const { integrationId } = ref
  return {
    link: (await storage.links.find(ref, 'a1')) !== null,
    cursor: (await storage.cursors.find(ref, 'primary')) !== null,
    pushes: (await storage.outbox.count({ integrationId })).pending,
    changes: await storage.inbox.count({ integrationId }),
  }
}

describe('a reconnect with the same account', () => {
  it('keeps links and intents, and makes waiting intents due at once', async () => {
    const setup = await setUp()
    const before = await setup.connect()
    await leaveTraces(setup)
    setup.clock.advance(1000)
    const after = await setup.connect()
    expect(after.integration).toMatchObject({ id: before.integration.id, version: 2, status: 'active' })
    expect(after.integration.createdAtMs).toBe(before.integration.createdAtMs)
    expect(await traces(setup.storage)).toEqual({ link: true, cursor: true, pushes: 1, changes: 1 })
    const { oldestDueAtMs } = await setup.storage.outbox.count({ integrationId: ref.integrationId })
    expect(oldestDueAtMs).toBe(setup.clock.now())
  })

  it('takes a new refresh token over the old one', async () => {
    const { connect, tokens } = await setUp()
    await connect()
    const before = await tokens()
    await connect()
    const after = await tokens()
    expect(after.refreshToken).not.toBe(before.refreshToken)
    expect(after.version).toBe(before.version + 1)
  })

  it('keeps the stored refresh token when Google gives none', async () => {
    const { connect, tokens } = await setUp()
    await connect()
    const before = await tokens()
    expect((await connect({ alter: silent })).status).toBe('connected')
    const after = await tokens()
    expect(after.refreshToken).toBe(before.refreshToken)
    expect(after.accessToken).not.toBe(before.accessToken)
  })

  it('keeps settings, and ends a needs_reconnect', async () => {
    const { connect, storage } = await setUp()
    const { integration } = await connect()
    const broken: Integration = {
      ...integration,
      settings: { ...integration.settings, eventPrefix: 'mine' },
      status: 'needs_reconnect',
      statusReason: 'OAUTH_GRANT_REVOKED',
      version: 2,
    }
    await storage.integrations.replace(broken, 1)
    const after = (await connect()).integration
    expect(after).toMatchObject({ status: 'active', statusReason: null, version: 3 })
    expect(after.settings.eventPrefix).toBe('mine')
  })

  it('is the way out when the key of the stored tokens is lost', async () => {
    const { options, connect } = await setUp()
    await connect()
    const keyring = createKeyring([{ id: 'k2', secret: 'another-secret-another-secret-another' }])
    const rekeyed = await setUp({ storage: options.storage, keyring })
    await rejection(rekeyed.oauth.accessTokens.get(ref), 'TOKEN_UNDECRYPTABLE')
    expect((await rekeyed.connect()).status).toBe('connected')
    expect(await rekeyed.oauth.accessTokens.get(ref)).toBe((await rekeyed.tokens()).accessToken)
    expect(rekeyed.logged.map(({ fields }) => fields['code'])).toContain('TOKEN_UNDECRYPTABLE')
  })
})

describe('a reconnect with another account', () => {
  it('forgets what belonged to the first one, keeps the id, and revokes the first grant', async () => {
    const setup = await setUp()
    const before = await setup.connect()
    await leaveTraces(setup)
    const after = await setup.connect({ account: OTHER_ACCOUNT })
    expect(after.integration.id).toBe(before.integration.id)
    expect(after.integration).toMatchObject({ googleEmail: OTHER_ACCOUNT, status: 'active' })
    expect(after.integration.googleAccountId).not.toBe(before.integration.googleAccountId)
    expect(await traces(setup.storage)).toEqual({ link: false, cursor: false, pushes: 0, changes: 0 })
    expect(setup.requestsTo('/revoke')).toBe(1)
    expect(await setup.oauth.accessTokens.get(ref)).toBe((await setup.tokens()).accessToken)
  })

  it('never falls back on the refresh token of the first one', async () => {
    const { connect, consent, oauth, tokens, storage } = await setUp()
    // The second account granted before, to another owner, so that it can pass without consent.
    await connect({ account: OTHER_ACCOUNT, owner: { ...owner, userId: 'ana' } })
    await connect({ account: ACCOUNT })
    const before = await tokens()
    const callback = await consent({ account: OTHER_ACCOUNT, alter: silent })
    const error = await rejection(oauth.handleCallback(callback), 'OAUTH_NO_REFRESH_TOKEN')
    expect(error.message).toContain('https://myaccount.google.com/permissions')
    expect(await tokens()).toEqual(before)
    expect(await storage.integrations.find(owner)).toMatchObject({ googleEmail: ACCOUNT, status: 'active' })
  })

  it('that dies between tokens and integration leaves the first account out of service, not in its place', async () => {
    const { connect, consent, options, storage, tokens } = await setUp()
    await connect()
    const first = await tokens()
    const dying: Storage = { ...storage, transaction: () => Promise.reject(new Error('the process died')) }
    const callback = await consent({ account: OTHER_ACCOUNT })
    await expect(createOAuth({ ...options, storage: dying }).handleCallback(callback)).rejects.toThrow('died')
    expect((await tokens()).refreshToken).not.toBe(first.refreshToken)
    expect(await storage.integrations.find(owner)).toMatchObject({ status: 'needs_reconnect' })
    expect((await connect({ account: OTHER_ACCOUNT })).integration).toMatchObject({ status: 'active' })
  })
})

describe('two connections of one owner at once', () => {
  it('leave tokens and integration of one account', async () => {
    const { options, consent, storage, tokens, tokenStore, google, clock } = await setUp()
    const [first, second] = [await consent(), await consent({ account: OTHER_ACCOUNT })]
    const outcomes: Promise<unknown>[] = []
    let writes = 0
    const pausing: TokenStore = {
      ...tokenStore,
      async replace(...change) {
        const replaced = await tokenStore.replace(...change)
        writes += 1
        // Whoever writes first stops here until the other one is through, or waits for its turn.
        if (writes === 1) await Promise.race([clock.sleeper(LEASE_POLL_MS), ...outcomes])
        return replaced
      },
    }
    const oauth = createOAuth({ ...options, tokenStore: pausing })
    outcomes.push(oauth.handleCallback(first), oauth.handleCallback(second))
    await settled(Promise.all(outcomes), clock)
    const integration = await storage.integrations.find(owner)
    const info = await google.fetch(
      `${google.endpoints.tokenInfoUrl}?access_token=${(await tokens()).accessToken}`,
    )
    expect(((await info.json()) as { sub: string }).sub).toBe(integration?.googleAccountId)
  })

  it('survive a change of the integration in the middle', async () => {
    const { options, connect, consent, storage } = await setUp()
    const { integration } = await connect()
    let raced = false
    const racing: Storage = {
      ...storage,
      transaction: (work) =>
        storage.transaction(async (session) => {
          const replace: typeof session.integrations.replace = async (next, expectedVersion) => {
            if (raced) return session.integrations.replace(next, expectedVersion)
            raced = true
            return false
          }
          return work({ ...session, integrations: { ...session.integrations, replace } })
        }),
    }
    const after = await createOAuth({ ...options, storage: racing }).handleCallback(await consent())
    expect(raced).toBe(true)
    expect(after.integration.version).toBe(integration.version + 1)
  })
})
