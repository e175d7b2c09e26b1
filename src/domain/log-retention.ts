/**
 * How long records are kept, in days, 1–3,650: the same for everybody, or asked for each tenant. A function that throws
 * or answers anything else keeps that tenant's records until the next run of `purge_logs`.
 */
export type LogRetention = number | ((tenantId: string) => number | Promise<number>)

const LONGEST_DAYS = 3_650

/** Whether it is a number of days that records may be kept. */
export function isRetention(days: unknown): days is number {
  return typeof days === 'number' && Number.isInteger(days) && days >= 1 && days <= LONGEST_DAYS
}
