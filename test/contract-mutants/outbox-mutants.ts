import type { OutboxJob, OutboxJobRef, OutboxStore } from 'appointment-sync/ports'
import { anyTenant, breaking, type Mutants } from './breaking.ts'

function breakingOutbox(
  spoil: (outbox: OutboxStore) => Partial<OutboxStore>,
): () => ReturnType<typeof breaking> {
  return () => breaking(({ outbox }) => ({ outbox: { ...outbox, ...spoil(outbox) } }))
}

/** An outbox that claims the jobs that are due in an order of its own: by turns of what `turnOf` names. */
function claimingByTurnsOf(turnOf: (job: OutboxJob) => string): () => ReturnType<typeof breaking> {
  return () => {
    const refs = new Map<string, OutboxJobRef>()
    const know = (ref: OutboxJobRef): unknown =>
      refs.set(JSON.stringify([ref.tenantId, ref.integrationId, ref.appointmentId]), { ...ref })
    return breaking(({ outbox }) => ({
      outbox: {
        ...outbox,
        enqueue: (job) => {
          know(job.ref)
          return outbox.enqueue(job)
        },
        claim: async (query) => {
          if (query.ref !== undefined) return outbox.claim(query)
          const found = await Promise.all([...refs.values()].map((ref) => outbox.find(ref)))
          const due = found.filter((job) => job !== null).filter((job) => job.dueAtMs <= query.nowMs)
          const free = due.filter((job) => !job.dead && (job.leasedUntilMs ?? 0) <= query.nowMs)
          free.sort((a, b) => a.dueAtMs - b.dueAtMs)
          const turns = new Map<string, number>()
          const inTurn = free.map((job) => {
            const turn = turns.get(turnOf(job)) ?? 0
            turns.set(turnOf(job), turn + 1)
            return { job, turn }
          })
          inTurn.sort((a, b) => a.turn - b.turn)
          const claimed: OutboxJob[] = []
          for (const { job } of inTurn.slice(0, query.limit)) {
            claimed.push(...(await outbox.claim({ ...query, ref: job })))
          }
          return claimed
        },
      },
    }))
  }
}

const beginMutants: Mutants = {
  'begin gives what somebody else holds': breakingOutbox((outbox) => ({
    begin: async (query) => {
      await outbox.begin(query)
      const jobs = await Promise.all(query.refs.map((ref) => outbox.find(ref)))
      return jobs.filter((job) => job !== null)
    },
  })),
  'begin takes a job from the worker that holds it': breakingOutbox((outbox) => ({
    begin: (query) => outbox.begin({ ...query, nowMs: query.nowMs + 1e9 }),
  })),
  'begin does not store an intent whose job is held': breakingOutbox((outbox) => ({
    begin: async (query) => {
      const jobs = await Promise.all(query.refs.map((ref) => outbox.find(ref)))
      const refs = query.refs.filter((_, at) => (jobs[at]?.leasedUntilMs ?? 0) <= query.nowMs)
      return outbox.begin({ ...query, refs })
    },
  })),
  'begin leases nothing': breakingOutbox((outbox) => ({
    begin: (query) => Promise.all(query.refs.map((ref) => outbox.enqueue({ ...query, ref }))),
  })),
  'begin leases only what is due': breakingOutbox((outbox) => ({
    begin: async (query) => {
      for (const ref of query.refs) await outbox.enqueue({ ...query, ref })
      return query.dueAtMs > query.nowMs ? [] : outbox.begin(query)
    },
  })),
  'begin leaves dead jobs alone': breakingOutbox((outbox) => ({
    begin: async (query) => {
      const jobs = await Promise.all(query.refs.map((ref) => outbox.find(ref)))
      return outbox.begin({ ...query, refs: query.refs.filter((_, at) => jobs[at]?.dead !== true) })
    },
  })),
  'begin does not raise the fence': breakingOutbox((outbox) => ({
    begin: async (query) => (await outbox.begin(query)).map((job) => ({ ...job, fence: job.fence - 1 })),
  })),
  'begin counts a job as often as it is named': breakingOutbox((outbox) => ({
    begin: async (query) =>
      (await Promise.all(query.refs.map((ref) => outbox.begin({ ...query, refs: [ref] })))).flat(),
  })),
  'begin keeps to a hundred jobs': breakingOutbox((outbox) => ({
    begin: (query) => outbox.begin({ ...query, refs: query.refs.slice(0, 100) }),
  })),
  'begin takes the references of any tenant': breakingOutbox((outbox) => ({
    begin: (query) => outbox.begin({ ...query, refs: query.refs.map(anyTenant) }),
  })),
}

const fairnessMutants: Mutants = {
  'claims are by age alone': claimingByTurnsOf((job) => job.appointmentId + job.integrationId + job.tenantId),
  'claims are fair between tenants, not within one': claimingByTurnsOf((job) => job.tenantId),
  'claims are fair between integrations, not between tenants': claimingByTurnsOf(
    (job) => job.tenantId + job.integrationId,
  ),
}

const deadLetterMutants: Mutants = {
  'dead jobs are not standing': breakingOutbox((outbox) => ({
    listStanding: async (ref, ids) => {
      const jobs = await Promise.all(
        [...new Set(ids)].map((id) => outbox.find({ ...ref, appointmentId: id })),
      )
      return jobs.filter((job) => job?.dead === false).map((job) => job?.appointmentId ?? '')
    },
  })),
  'standing jobs are looked up for any tenant': breakingOutbox((outbox) => ({
    listStanding: (ref, ids) => outbox.listStanding(anyTenant(ref), ids),
  })),
  'standing jobs come as often as they are named': breakingOutbox((outbox) => ({
    listStanding: async (ref, ids) => {
      const standing = new Set(await outbox.listStanding(ref, ids))
      return ids.filter((id) => standing.has(id))
    },
  })),
  'dead jobs are listed for any tenant': breakingOutbox((outbox) => ({
    listDead: (query) => outbox.listDead({ ...query, tenantId: 'tenant-a' }),
  })),
  'dead jobs are listed for any user': breakingOutbox((outbox) => ({
    listDead: (query) => outbox.listDead({ ...query, userId: undefined }),
  })),
  'every page of dead jobs is the first': breakingOutbox((outbox) => ({
    listDead: (query) => outbox.listDead({ ...query, cursor: undefined }),
  })),
  'the pages of dead jobs end early': breakingOutbox((outbox) => ({
    listDead: async (query) => ({ ...(await outbox.listDead(query)), nextCursor: null }),
  })),
  'dead jobs come with those that live': breakingOutbox((outbox) => ({
    listDead: async (query) => {
      const page = await outbox.listDead(query)
      const alive = await outbox.find({
        tenantId: query.tenantId,
        userId: 'user-1',
        integrationId: 'integration-a',
        appointmentId: 'alive',
      })
      return alive === null ? page : { ...page, items: [...page.items, alive] }
    },
  })),
  'reviving says yes to what lives': breakingOutbox((outbox) => ({
    revive: async (ref, nowMs) => (await outbox.revive(ref, nowMs)) || (await outbox.find(ref)) !== null,
  })),
  'reviving wakes the whole integration': breakingOutbox((outbox) => ({
    revive: async (ref, nowMs) => {
      const revived = await outbox.revive(ref, nowMs)
      if (revived) await outbox.wake(ref, nowMs)
      return revived
    },
  })),
  'reviving does not make a job due': breakingOutbox((outbox) => ({
    revive: (ref) => outbox.revive(ref, Number.MAX_SAFE_INTEGER),
  })),
  'reviving folds a new intent in': breakingOutbox((outbox) => ({
    revive: async (ref, nowMs) => {
      const job = await outbox.find(ref)
      if (job?.dead !== true) return false
      await outbox.enqueue({ ref, action: job.action, dueAtMs: nowMs, nowMs })
      return true
    },
  })),
  'reviving works for any tenant': breakingOutbox((outbox) => ({
    revive: (ref, nowMs) => outbox.revive(anyTenant(ref), nowMs),
  })),
}

/** Faults in beginning, in the order of claims and in what becomes of dead jobs. */
export const outboxMutants: Mutants = { ...beginMutants, ...fairnessMutants, ...deadLetterMutants }
