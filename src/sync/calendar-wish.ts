import { z } from 'zod'
import { timeZoneSchema } from '../domain/index.ts'
import type { CalendarChoice } from './calendar-picker.ts'
import type { IntegrationView } from './integration-view.ts'

/** How a calendar of the SDK's own is to be made. */
export interface NewCalendarWish {
  /** 1–200 characters on one line. Default by the locale of the settings: "Agendamentos", "Appointments", "Citas". */
  readonly title?: string | undefined
  /** IANA zone. Default that of the settings. */
  readonly timeZone?: string | undefined
  /**
   * After `GOOGLE_OUTCOME_UNKNOWN`: make one although an earlier request may have made one. Default false.
   */
  readonly again?: boolean | undefined
}

/** The calendar that holds the owner's appointments from now on. */
export interface CreatedCalendar {
  /** False when the account still had the one that was made for the owner before. */
  readonly created: boolean
  readonly calendarId: string
  readonly integration: IntegrationView
}

// oxlint-disable-next-line no-control-regex -- control characters are what it refuses
const LINE = /^[^\u0000-\u001f\u007f]*$/

export const calendarWishSchema: z.ZodType<NewCalendarWish> = z.strictObject({
  title: z.string().trim().min(1).max(200).regex(LINE, 'must be one line of text').optional(),
  timeZone: timeZoneSchema.optional(),
  again: z.boolean().optional(),
})

export const calendarChoiceSchema: z.ZodType<CalendarChoice> = z.strictObject({
  writable: z.boolean().optional(),
  includeHidden: z.boolean().optional(),
})
