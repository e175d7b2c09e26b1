import type { Storage } from 'appointment-sync/ports'

/** Faults of `enqueueWith`, laid over a storage that has none. */
export const hostTransactionMutants: Readonly<Record<string, (sound: Storage) => Storage['enqueueWith']>> = {
  'an intent is stored outside of the transaction of the host': (sound) => (_executor, job) => {
    // Not awaited: a database with one connection gets to it when the transaction has ended.
    void sound.outbox.enqueue(job)
    return Promise.resolve()
  },
  'an intent is forgotten': () => () => Promise.resolve(),
  'any executor is taken for one that is known': (sound) => (executor, job) =>
    sound.enqueueWith(executor, job).catch(() => undefined),
  'an intent is due as soon as it is stored': (sound) => (executor, job) =>
    sound.enqueueWith(executor, { ...job, dueAtMs: job.nowMs }),
  'an intent is always a push': (sound) => (executor, job) =>
    sound.enqueueWith(executor, { ...job, action: 'push' }),
  'an intent is folded twice': (sound) => async (executor, job) => {
    await sound.enqueueWith(executor, job)
    await sound.enqueueWith(executor, job)
  },
}
