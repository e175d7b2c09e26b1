import type { Conflict, IntegrationRef } from '../domain/index.ts'

/** Conflicts and how they ended. */
export interface ConflictStore {
  /** By id within a tenant, or `null`. */
  find(tenantId: string, conflictId: string): Promise<Conflict | null>
  /** The open conflict of an appointment, or `null`; there is at most one. */
  findOpen(ref: IntegrationRef, appointmentId: string): Promise<Conflict | null>
  /**
   * Compare-and-swap on `version` (`null`: only if there is no conflict of this id, and no open one for the
   * appointment).
   */
  replace(conflict: Conflict, expectedVersion: number | null): Promise<boolean>
  /** Newest first (ties by id); `userId` narrows to one owner. */
  list(query: {
    readonly tenantId: string
    readonly userId?: string | undefined
    readonly status: 'open' | 'resolved'
    readonly limit: number
    readonly cursor?: string | undefined
  }): Promise<{ items: Conflict[]; nextCursor: string | null }>
  /** Open ones, over all tenants, or of one tenant or integration. */
  countOpen(query: {
    readonly tenantId?: string | undefined
    readonly integrationId?: string | undefined
  }): Promise<number>
  /**
   * Conflicts of an appointment and of its occurrences, open and resolved, over all integrations of the tenant, in no
   * order.
   */
  listOfAppointment(tenantId: string, appointmentId: string): Promise<Conflict[]>
  /** Removes the same; returns how many. */
  removeOfAppointment(tenantId: string, appointmentId: string): Promise<number>
  /** A page of the tenants that have conflicts, each once, ascending, starting after `afterTenantId`. */
  listTenants(page: { readonly afterTenantId: string | null; readonly limit: number }): Promise<string[]>
  /** Removes at most `limit` conflicts of the tenant that were resolved before `beforeMs`; returns how many. */
  purge(query: {
    readonly tenantId: string
    readonly beforeMs: number
    readonly limit: number
  }): Promise<number>
  /** Removes all conflicts of the integration; idempotent. */
  removeAll(ref: IntegrationRef): Promise<void>
}
