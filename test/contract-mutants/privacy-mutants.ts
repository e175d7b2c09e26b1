import { breaking, type Mutants } from './breaking.ts'

/** Faults in what is found and removed for a person. */
export const privacyMutants: Mutants = {
  'links of an appointment are found without its occurrences': () =>
    breaking(({ links }) => ({
      links: {
        ...links,
        listOfAppointment: async (tenantId, id) =>
          (await links.listOfAppointment(tenantId, id)).filter((link) => link.appointmentId === id),
      },
    })),
  'entries of an appointment are removed for every tenant': () =>
    breaking(({ inbox }) => ({
      inbox: {
        ...inbox,
        removeOfAppointment: async (tenantId, id) => {
          await inbox.removeOfAppointment('tenant-b', id)
          return inbox.removeOfAppointment(tenantId, id)
        },
      },
    })),
  'a longer id counts as an occurrence': () =>
    breaking(({ conflicts }) => ({
      conflicts: {
        ...conflicts,
        removeOfAppointment: async (tenantId, id) => {
          await conflicts.removeOfAppointment(tenantId, `${id}2`)
          return conflicts.removeOfAppointment(tenantId, id)
        },
      },
    })),
  'open conflicts are purged too': () =>
    breaking(({ conflicts }) => ({
      conflicts: {
        ...conflicts,
        purge: async (query) => {
          await conflicts.removeOfAppointment(query.tenantId, 'open')
          return conflicts.purge(query)
        },
      },
    })),
  'removing the log of an owner takes that of the tenant': () =>
    breaking(({ syncLog }) => ({
      syncLog: {
        ...syncLog,
        removeOwned: async (owner, limit) => {
          await syncLog.removeOwned({ ...owner, userId: 'user-2' }, limit)
          return syncLog.removeOwned(owner, limit)
        },
      },
    })),
  'removing an integration ignores the version': () =>
    breaking(({ integrations }) => ({
      integrations: {
        ...integrations,
        remove: async (row) => {
          const standing = await integrations.findById(row.tenantId, row.id)
          return standing !== null && integrations.remove(row, standing.version)
        },
      },
    })),
  'a held lease can be forgotten': () =>
    breaking(({ leases }) => ({
      leases: {
        ...leases,
        forget: async (key) => {
          await leases.release({ key, fence: 1 })
          return leases.forget(key)
        },
      },
    })),
  'a forgotten outbox remembers its fences': () =>
    breaking(({ outbox }) => ({ outbox: { ...outbox, forget: (ref) => outbox.removeAll(ref) } })),
}
