import type { IntegrationRef } from 'appointment-sync'
import { memoryStorage } from 'appointment-sync/adapters/storage-memory'
import type { Storage, StorageSession } from 'appointment-sync/ports'

/** A storage that breaks one promise, outside and inside transactions alike. */
export function breaking(spoil: (session: StorageSession) => Partial<StorageSession>): Storage {
  const sound = memoryStorage()
  return {
    ...sound,
    ...spoil(sound),
    transaction: (work) => sound.transaction((session) => work({ ...session, ...spoil(session) })),
  }
}

/** The reference as another tenant would see it if nobody looked at the tenant. */
export function anyTenant<R extends IntegrationRef>(ref: R): R {
  return { ...ref, tenantId: 'tenant-a' }
}

/** Storages with one deliberate fault each, by what the fault is. */
export type Mutants = Readonly<Record<string, () => Storage>>
