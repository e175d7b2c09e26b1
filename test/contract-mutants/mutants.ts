import { memoryStorage } from 'appointment-sync/adapters/storage-memory'
import type { OAuthState, OutboxJob } from 'appointment-sync/ports'
import { anyTenant, breaking, type Mutants } from './breaking.ts'
import { busyMutants } from './busy-mutants.ts'
import { channelMutants } from './channel-mutants.ts'
import { conflictMutants } from './conflict-mutants.ts'
import { eventOfferMutants } from './event-offer-mutants.ts'
import { linkMutants } from './link-mutants.ts'
import { outboxMutants } from './outbox-mutants.ts'
import { privacyMutants } from './privacy-mutants.ts'

/** Storages with one deliberate fault each, by what the fault is. */
export const mutants: Mutants = {
  ...busyMutants,
  ...channelMutants,
  ...conflictMutants,
  ...eventOfferMutants,
  ...linkMutants,
  ...outboxMutants,
  ...privacyMutants,
  'consume does not delete': () => {
    const kept = new Map<string, OAuthState>()
    return breaking(({ oauthStates }) => ({
      oauthStates: {
        ...oauthStates,
        insert: async (state) => {
          kept.set(state.stateHash, structuredClone(state))
          await oauthStates.insert(state)
        },
        consume: async (hash) => kept.get(hash) ?? oauthStates.consume(hash),
      },
    }))
  },
  'replace of integrations ignores the version': () =>
    breaking(({ integrations }) => ({
      integrations: {
        ...integrations,
        replace: async (integration) => {
          const before = await integrations.findById(integration.tenantId, integration.id)
          return before !== null && integrations.replace(integration, before.version)
        },
      },
    })),
  'replace of links ignores the version': () =>
    breaking(({ links }) => ({
      links: {
        ...links,
        replace: async (link) =>
          links.replace(link, (await links.find(link, link.appointmentId))?.version ?? null),
      },
    })),
  'replace of credentials ignores the version': () =>
    breaking(({ credentials }) => ({
      credentials: {
        ...credentials,
        replace: async (ref, record) =>
          credentials.replace(ref, record, (await credentials.find(ref))?.version ?? null),
      },
    })),
  'claim does not raise the fence': () => {
    const lowered = (job: OutboxJob): OutboxJob => ({ ...job, fence: job.fence - 1 })
    return breaking(({ outbox }) => ({
      outbox: {
        ...outbox,
        claim: async (query) => (await outbox.claim(query)).map(lowered),
        complete: (job, nowMs) => outbox.complete({ ...job, fence: job.fence + 1 }, nowMs),
        postpone: (job, next) => outbox.postpone({ ...job, fence: job.fence + 1 }, next),
      },
    }))
  },
  'claim does not keep to leases': () =>
    breaking(({ outbox }) => ({
      outbox: {
        ...outbox,
        claim: (query) => outbox.claim({ ...query, leaseMs: 0 }),
      },
    })),
  'complete ignores the revision': () =>
    breaking(({ outbox }) => ({
      outbox: {
        ...outbox,
        complete: async (job, nowMs) => {
          const standing = await outbox.find(job)
          return outbox.complete({ ...job, revision: standing?.revision ?? job.revision }, nowMs)
        },
      },
    })),
  'complete ignores the fence': () =>
    breaking(({ outbox }) => ({
      outbox: {
        ...outbox,
        complete: async (job, nowMs) => {
          const standing = await outbox.find(job)
          return outbox.complete({ ...job, fence: standing?.fence ?? job.fence }, nowMs)
        },
      },
    })),
  'a transaction does not roll back': () => {
    const sound = memoryStorage()
    return { ...sound, transaction: (work) => work(sound) }
  },
  'finding a link ignores the tenant': () =>
    breaking(({ links }) => ({
      links: { ...links, find: (ref, id) => links.find(anyTenant(ref), id) },
    })),
  'removing all of an inbox ignores the tenant': () =>
    breaking(({ inbox }) => ({
      inbox: { ...inbox, removeAll: (ref) => inbox.removeAll(anyTenant(ref)) },
    })),
  'the log of a tenant shows every tenant': () =>
    breaking(({ syncLog }) => ({
      syncLog: {
        ...syncLog,
        list: (filter) => syncLog.list({ ...filter, tenantId: 'tenant-a' }),
      },
    })),
  'a put of a known change counts as added': () =>
    breaking(({ inbox }) => ({
      inbox: { ...inbox, put: async (entry) => (await inbox.put(entry)) || true },
    })),
  'purge ignores its limit': () =>
    breaking(({ syncLog }) => ({
      syncLog: { ...syncLog, purge: (query) => syncLog.purge({ ...query, limit: Number.MAX_SAFE_INTEGER }) },
    })),
  'releasing a lease forgets its fence': () => {
    const released = new Map<string, number>()
    return breaking(({ leases }) => ({
      leases: {
        ...leases,
        acquire: async (query) => {
          const lease = await leases.acquire(query)
          return lease === null ? null : { ...lease, fence: lease.fence - (released.get(query.key) ?? 0) }
        },
        release: async (lease) => {
          const forgotten = released.get(lease.key) ?? 0
          await leases.release({ ...lease, fence: lease.fence + forgotten })
          released.set(lease.key, lease.fence + forgotten)
        },
      },
    }))
  },
}
