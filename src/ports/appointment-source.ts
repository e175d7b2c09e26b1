import type { Appointment, AppointmentChange, AppointmentRef, ApplyResult, Owner } from '../domain/index.ts'

/** A question for the appointments of one owner. */
export interface AppointmentQuery {
  readonly owner: Owner
  /** Appointments that end after this instant. */
  readonly from: Date
  /** Appointments that start before this instant. */
  readonly to: Date
  /** Only those the host changed at or after this instant. */
  readonly updatedAfter?: Date | undefined
  /** What the previous page gave as `nextCursor`. */
  readonly cursor?: string | undefined
  /** At most so many on a page. */
  readonly limit: number
}

/** A page of appointments; `nextCursor` is absent on the last one. */
export interface AppointmentPage {
  readonly items: readonly Appointment[]
  readonly nextCursor?: string | undefined
}

/** The host's side: three functions over its own appointments. */
export interface AppointmentSource {
  /**
   * The appointment as it is now, or `null` when there is none: `null` takes its event off the calendar, so a
   * failed look-up must throw instead.
   */
  get(ref: AppointmentRef): Promise<Appointment | null>
  /** The owner's appointments of any status in a stretch of time, page by page. */
  list(query: AppointmentQuery): Promise<AppointmentPage>
  /**
   * Does in the host's book what a person did in Google, or refuses with a reason. May be called again with the
   * same `changeId` after a crash; throwing means "try again later".
   */
  apply(change: AppointmentChange): Promise<ApplyResult>
}
