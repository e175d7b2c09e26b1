import { busyPromises } from './busy.ts'
import { busyReadPromises } from './busy-read.ts'
import { channelPromises } from './channels.ts'
import { conflictPromises } from './conflicts.ts'
import { type ContractCase, type StorageSubject, toCases, toHostCases } from './contract-case.ts'
import { eventOfferPromises } from './event-offers.ts'
import { credentialPromises, oauthStatePromises } from './grants.ts'
import { hostTransactionPromises, unknownExecutorPromises } from './host-transactions.ts'
import { inboxPromises } from './inbox.ts'
import { integrationPromises } from './integrations.ts'
import { leasePromises } from './leases.ts'
import { linkLookupPromises } from './link-lookups.ts'
import { cursorPromises, linkPromises } from './links.ts'
import { outboxBeginPromises } from './outbox-begin.ts'
import { outboxDeadPromises } from './outbox-dead.ts'
import { outboxFairnessPromises } from './outbox-fairness.ts'
import { outboxPromises } from './outbox.ts'
import { privacyPromises } from './privacy.ts'
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
    ...toCases(subject, 'links', linkLookupPromises),
    ...toCases(subject, 'cursors', cursorPromises),
    ...toCases(subject, 'outbox', outboxPromises),
    ...toCases(subject, 'outbox.begin', outboxBeginPromises),
    ...toCases(subject, 'outbox.claim', outboxFairnessPromises),
    ...toCases(subject, 'dead letters', outboxDeadPromises),
    ...toCases(subject, 'inbox', inboxPromises),
    ...toCases(subject, 'conflicts', conflictPromises),
    ...toCases(subject, 'syncLog', syncLogPromises),
    ...toCases(subject, 'of a person', privacyPromises),
    ...toCases(subject, 'leases', leasePromises),
    ...toCases(subject, 'channels', channelPromises),
    ...toCases(subject, 'eventOffers', eventOfferPromises),
    ...toCases(subject, 'busy', busyPromises),
    ...toCases(subject, 'busy.read', busyReadPromises),
    ...toCases(subject, 'transactions', transactionPromises),
    ...toCases(subject, 'enqueueWith', unknownExecutorPromises),
    ...toHostCases(subject, 'enqueueWith', hostTransactionPromises),
  ]
}
