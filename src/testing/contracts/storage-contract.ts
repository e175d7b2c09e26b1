import { conflictPromises } from './conflicts.ts'
import { type ContractCase, type StorageSubject, toCases } from './contract-case.ts'
import { credentialPromises, oauthStatePromises } from './grants.ts'
import { inboxPromises } from './inbox.ts'
import { integrationPromises } from './integrations.ts'
import { leasePromises } from './leases.ts'
import { cursorPromises, linkPromises } from './links.ts'
import { outboxPromises } from './outbox.ts'
import { syncLogPromises } from './sync-log.ts'
import { transactionPromises } from './transactions.ts'

/**
 * Everything the storage port promises, as cases to run under any test runner. Each case opens the subject anew
 * and expects it without data. Give a `second` handle wherever the data can be reached from another process: the
 * races then run over both.
 */
export function storageContract(subject: StorageSubject): ContractCase[] {
  return [
    ...toCases(subject, 'integrations', integrationPromises),
    ...toCases(subject, 'credentials', credentialPromises),
    ...toCases(subject, 'oauthStates', oauthStatePromises),
    ...toCases(subject, 'links', linkPromises),
    ...toCases(subject, 'cursors', cursorPromises),
    ...toCases(subject, 'outbox', outboxPromises),
    ...toCases(subject, 'inbox', inboxPromises),
    ...toCases(subject, 'conflicts', conflictPromises),
    ...toCases(subject, 'syncLog', syncLogPromises),
    ...toCases(subject, 'leases', leasePromises),
    ...toCases(subject, 'transactions', transactionPromises),
  ]
}
