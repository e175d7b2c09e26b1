/** Units spent at one moment. */
export interface QuotaEntry {
  readonly at: number
  readonly units: number
}

/** What was spent of the quotas, by the name of the quota and whom it is charged to. */
export interface QuotaRecord {
  readonly spent: Map<string, QuotaEntry[]>
}
