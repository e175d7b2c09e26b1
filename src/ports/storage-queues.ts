import type { InboxEntry, IntegrationRef } from '../domain/index.ts'

/** What has to be done to Google for an appointment. `push` looks at the appointment as it is when it runs. */
export type OutboxAction = 'push' | 'delete'

/** The standing intent for one appointment. There is at most one per (integration, appointment). */
export interface OutboxJob extends IntegrationRef {
  readonly appointmentId: string
  readonly action: OutboxAction
  /** Moves up with every `enqueue`: a completion that knows an older one does not remove the newer intent. */
  readonly revision: number
  readonly attempts: number
  /** Not claimed before this instant, epoch milliseconds. */
  readonly dueAtMs: number
  readonly enqueuedAtMs: number
  /** Moves up with every claim: a worker with an older fence can no longer finish the job. */
  readonly fence: number
  /** Until when a worker holds it; `null` when nobody does. */
  readonly leasedUntilMs: number | null
  /** Given up after too many tries; kept until it is enqueued again. */
  readonly dead: boolean
  readonly lastErrorCode: string | null
}

/** Names an outbox job. */
export interface OutboxJobRef extends IntegrationRef {
  readonly appointmentId: string
}

/** Intents that are not in Google yet. */
export interface OutboxStore {
  /**
   * Adds the intent or folds it into the standing one (latest wins): action replaced, revision up by one,
   * attempts 0, no longer dead, no error, enqueued at `nowMs`, due at `dueAtMs`. A lease that is running is left to
   * its worker. The fence of a new job starts where those of removed jobs of the integration ended: a worker from
   * before cannot finish it. Returns the job.
   */
  enqueue(job: {
    readonly ref: OutboxJobRef
    readonly action: OutboxAction
    readonly dueAtMs: number
    readonly nowMs: number
  }): Promise<OutboxJob>
  /**
   * Adds the intents, or folds them into the standing ones as `enqueue` does, and leases them at once for the
   * caller, due or not: fence and attempts up by one, leased until `nowMs + leaseMs`. An intent whose job somebody
   * else holds is stored all the same and left to its worker; it is not among those returned. A job that is named
   * twice counts once. At most 1,000.
   */
  begin(query: {
    readonly refs: readonly OutboxJobRef[]
    readonly action: OutboxAction
    readonly dueAtMs: number
    readonly nowMs: number
    readonly leaseMs: number
  }): Promise<OutboxJob[]>
  /**
   * Leases jobs that are due, not dead and not leased at `nowMs`: fence up by one, attempts up by one, leased
   * until `nowMs + leaseMs`. No two concurrent callers get the same job. Fair: of every tenant
   * the first before of any the second, and within a tenant the same by integration; then oldest due first. With
   * `ref` only that job, due or not.
   */
  claim(query: {
    readonly nowMs: number
    readonly leaseMs: number
    readonly limit: number
    readonly ref?: OutboxJobRef | undefined
  }): Promise<OutboxJob[]>
  /**
   * Ends a claimed job. `done`: removed. `superseded`: a newer intent came meanwhile; it stays, free and due at
   * `nowMs`. `lost`: the fence is no longer ours; nothing is changed.
   */
  complete(
    job: Pick<OutboxJob, keyof OutboxJobRef | 'fence' | 'revision'>,
    nowMs: number,
  ): Promise<'done' | 'superseded' | 'lost'>
  /**
   * Gives a claimed job back for later; `false` when the fence is no longer ours, and then nothing is changed.
   * When a newer intent came meanwhile, only the lease is dropped.
   */
  postpone(
    job: Pick<OutboxJob, keyof OutboxJobRef | 'fence' | 'revision'>,
    next: { readonly dueAtMs: number; readonly dead: boolean; readonly errorCode: string },
  ): Promise<boolean>
  find(ref: OutboxJobRef): Promise<OutboxJob | null>
  /** Which of these appointments have a job, dead or alive, in no order. At most 1,000 ids. */
  listStanding(ref: IntegrationRef, appointmentIds: readonly string[]): Promise<string[]>
  /** Dead jobs of one tenant, or of one of its users, by ascending integration and appointment id. */
  listDead(query: {
    readonly tenantId: string
    readonly userId?: string | undefined
    readonly limit: number
    /** `nextCursor` of the page before; any other text gives an empty page. */
    readonly cursor?: string | undefined
  }): Promise<{ items: OutboxJob[]; nextCursor: string | null }>
  /** Makes one dead job due at `nowMs` with no attempts; `false` when there is none, or it is not dead. */
  revive(ref: OutboxJobRef, nowMs: number): Promise<boolean>
  /**
   * Makes all jobs of the integration due at `nowMs`, dead ones too, with no attempts; returns how many. Their
   * revision goes up: a worker that holds one cannot put it off any more for what has just ended.
   */
  wake(ref: IntegrationRef, nowMs: number): Promise<number>
  /** Counts over all tenants, or of one tenant or integration. `oldestDueAtMs` leaves the dead out. */
  count(query: {
    readonly tenantId?: string | undefined
    readonly integrationId?: string | undefined
  }): Promise<{ pending: number; dead: number; oldestDueAtMs: number | null }>
  /** A page of the jobs of the integration, dead or alive, by ascending appointment id. */
  list(
    ref: IntegrationRef,
    page: { readonly afterAppointmentId: string | null; readonly limit: number },
  ): Promise<OutboxJob[]>
  /** The jobs of an appointment and of its occurrences, over all integrations of the tenant, in no order. */
  listOfAppointment(tenantId: string, appointmentId: string): Promise<OutboxJob[]>
  /** Removes the same, held by a worker or not; their fences are remembered. Returns how many. */
  removeOfAppointment(tenantId: string, appointmentId: string): Promise<number>
  /** Removes all jobs of the integration; idempotent. */
  removeAll(ref: IntegrationRef): Promise<void>
  /** Removes all jobs of the integration and what is remembered of their fences: only when nobody works for it. */
  forget(ref: IntegrationRef): Promise<void>
}

/** Changes from Google that the host has not answered yet. */
export interface InboxStore {
  /** Adds the entry unless its `changeId` is there already; returns whether it was added. */
  put(entry: InboxEntry): Promise<boolean>
  /** The integration's entries that are due, oldest observation first (ties by `changeId`). */
  listDue(ref: IntegrationRef, nowMs: number, limit: number): Promise<InboxEntry[]>
  /** Integrations of any tenant that have entries due, each once. */
  listIntegrationsDue(nowMs: number, limit: number): Promise<IntegrationRef[]>
  /** The earlier entries of the same appointment that still wait, oldest first. */
  listForAppointment(ref: IntegrationRef, appointmentId: string): Promise<InboxEntry[]>
  /** Puts an entry off; idempotent, nothing happens when it is gone. */
  postpone(
    ref: IntegrationRef,
    changeId: string,
    next: { readonly dueAtMs: number; readonly attempts: number; readonly errorCode: string },
  ): Promise<void>
  /** Idempotent. */
  remove(ref: IntegrationRef, changeId: string): Promise<void>
  /** How many wait, over all tenants or of one integration. */
  count(query: { readonly integrationId?: string | undefined }): Promise<number>
  /** A page of the entries of the integration, due or not, by ascending change id. */
  list(
    ref: IntegrationRef,
    page: { readonly afterChangeId: string | null; readonly limit: number },
  ): Promise<InboxEntry[]>
  /** The entries of an appointment and of its occurrences, over all integrations of the tenant, in no order. */
  listOfAppointment(tenantId: string, appointmentId: string): Promise<InboxEntry[]>
  /** Removes the same; returns how many. */
  removeOfAppointment(tenantId: string, appointmentId: string): Promise<number>
  /** Removes all entries of the integration; idempotent. */
  removeAll(ref: IntegrationRef): Promise<void>
}
