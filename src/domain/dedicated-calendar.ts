import { z } from 'zod'

/**
 * What is remembered of the calendar that the SDK made for an owner. Kept when the owner disconnects, so that the
 * same account finds its calendar again.
 */
export interface DedicatedCalendar {
  /** Google's id of it; `null` while none is known to have been made. */
  readonly calendarId: string | null
  /** A hash of the Google account that it is in; in another account it counts for nothing. */
  readonly accountHash: string
  /**
   * When Google was asked to make one, epoch milliseconds, as long as no answer is recorded: it may have made it or
   * not. Stored before Google is asked; `null` when nothing is open.
   */
  readonly beganAtMs: number | null
}

export const dedicatedCalendarSchema: z.ZodType<DedicatedCalendar> = z.object({
  calendarId: z.string().nullable(),
  accountHash: z.string(),
  beganAtMs: z.int().nullable(),
})
