import { z } from 'zod'
import { APPOINTMENT_STATUSES, type AppointmentStatus } from './appointment-status.ts'
import { type ContestedField, contestedFieldSchema } from './event-fields.ts'
import { timeZoneSchema } from './time-zone.ts'
import { type Visibility, VISIBILITIES } from './visibility.ts'

export { type Visibility, VISIBILITIES } from './visibility.ts'

/** The languages of the built-in texts. */
export const LOCALES = ['pt-BR', 'en', 'es'] as const
export type Locale = (typeof LOCALES)[number]

/** Which side's edits travel: both ways, or one. */
export const SYNC_DIRECTIONS = ['bidirectional', 'to_google', 'from_google'] as const
export type SyncDirection = (typeof SYNC_DIRECTIONS)[number]

/**
 * What happens to a field that both sides changed differently:
 * `manual` leaves it alone on both sides and opens a conflict, `google_wins` and `app_wins` say who is right,
 * `latest_wins` takes the later edit, `merge` takes the later edit too but never lets a deletion in Google beat an edit in the app.
 * An appointment that the app cancels leaves the calendar under every policy; an edit it overrules is in the log.
 */
export const CONFLICT_POLICIES = ['manual', 'google_wins', 'app_wins', 'latest_wins', 'merge'] as const
export type ConflictPolicy = (typeof CONFLICT_POLICIES)[number]

/** The statuses that stand on the calendar unless the settings say otherwise: all but `cancelled`. */
const DEFAULT_STATUSES: readonly AppointmentStatus[] = APPOINTMENT_STATUSES.filter((s) => s !== 'cancelled')

const pushedStatus = z
  .enum(APPOINTMENT_STATUSES)
  .refine((status) => status !== 'cancelled', 'a cancelled appointment never stands on the calendar')

/** Which calendars of the account the SDK may reach. */
export const CALENDAR_ACCESS = ['any', 'dedicated'] as const
export type CalendarAccess = (typeof CALENDAR_ACCESS)[number]

const colorId = z.string().regex(/^([1-9]|1[01])$/, 'must be a Google event colour, "1" to "11"')

/** Longest template accepted, in characters. */
export const MAX_TEMPLATE_LENGTH = 10_000

const shape = {
  calendarId: z.string().min(1).max(255),
  syncDirection: z.enum(SYNC_DIRECTIONS),
  syncPastDays: z.int().min(0).max(365),
  syncFutureDays: z.int().min(1).max(730),
  conflictResolution: z.enum(CONFLICT_POLICIES),
  conflictResolutionByField: z.partialRecord(contestedFieldSchema, z.enum(CONFLICT_POLICIES)),
  explainRefusals: z.boolean(),
  eventPrefix: z.string().max(100),
  includeClientInfo: z.boolean(),
  includeNotes: z.boolean(),
  reminderMinutes: z.array(z.int().min(0).max(40_320)).max(5, 'Google allows at most 5 reminders'),
  timeZone: timeZoneSchema,
  locale: z.enum(LOCALES),
  statuses: z.array(pushedStatus),
  externalEvents: z.enum(['ignore', 'busy', 'appointment']),
  busyTitles: z.boolean(),
  calendarAccess: z.enum(CALENDAR_ACCESS),
  visibility: z.enum(VISIBILITIES),
  freeStatuses: z.array(pushedStatus),
  busyCalendarIds: z.array(z.string().min(1).max(255)).max(49),
  invite: z.enum(['none', 'client']),
  conference: z.enum(['none', 'meet']),
  colorByStatus: z.partialRecord(z.enum(APPOINTMENT_STATUSES), colorId),
  titleTemplate: z.string().max(MAX_TEMPLATE_LENGTH).nullable(),
  descriptionTemplate: z.string().max(MAX_TEMPLATE_LENGTH).nullable(),
}

/** Per integration: what is synced, which way, and how it reads. */
export interface SyncSettings {
  /** Google calendar that holds the events. Default `primary`. */
  readonly calendarId: string
  /** Default `bidirectional`. */
  readonly syncDirection: SyncDirection
  /** Days before today that are kept in step, 0–365. Default 7. */
  readonly syncPastDays: number
  /** Days ahead that are kept in step, 1–730. Default 30. */
  readonly syncFutureDays: number
  /** Default `manual`. */
  readonly conflictResolution: ConflictPolicy
  /** A policy of its own for some fields, over `conflictResolution`. Default none. */
  readonly conflictResolutionByField: Readonly<Partial<Record<ContestedField, ConflictPolicy>>>
  /** Whether the reason for which the host refused a change is added to the event's description. Default false. */
  readonly explainRefusals: boolean
  /** Put before every title; empty for none. Default `[Agendamento]`. */
  readonly eventPrefix: string
  /**
   * Whether the client's name, phone and e-mail may reach Google, and the notes. Off, they are also taken out of titles,
   * places and custom values that name the client. Default true.
   */
  readonly includeClientInfo: boolean
  /** Whether notes may reach Google; with `includeClientInfo` off they do not, whatever this says. Default true. */
  readonly includeNotes: boolean
  /** Pop-up reminders in minutes before the start, at most 5, each 0–40320. Default 15 and 60. */
  readonly reminderMinutes: readonly number[]
  /** IANA zone for appointments that name none. Default `America/Sao_Paulo`. */
  readonly timeZone: string
  /** Language of the built-in texts. Default `pt-BR`. */
  readonly locale: Locale
  /** Statuses that stand on the calendar; an appointment in any other is taken off. Default all but cancelled. */
  readonly statuses: readonly AppointmentStatus[]
  /**
   * What events that are not ours mean: `ignore` them, count them as `busy`, or besides that offer each to the host once
   * as an `appointment`. Default `busy`.
   */
  readonly externalEvents: 'ignore' | 'busy' | 'appointment'
  /** Whether the titles of busy times may be kept beside their times. Default false. */
  readonly busyTitles: boolean
  /**
   * `dedicated`: appointments go to a calendar that the SDK makes for itself, with the narrowest permission there is;
   * `calendarId` is then set by the SDK. Default `any`.
   */
  readonly calendarAccess: CalendarAccess
  /** Who may see the details of an appointment's event. Default `default`, which is the calendar's own. */
  readonly visibility: Visibility
  /** Statuses whose events leave the time free. Default none. */
  readonly freeStatuses: readonly AppointmentStatus[]
  /** Further calendars, read only, whose events make the owner busy; at most 49. Default none. */
  readonly busyCalendarIds: readonly string[]
  /** Whether the client is put on the event as a guest. Default `none`. */
  readonly invite: 'none' | 'client'
  /** `meet`: events get a Google Meet link, unless the appointment says otherwise. Default `none`. */
  readonly conference: 'none' | 'meet'
  /** Google event colour (`"1"` to `"11"`) by appointment status. Default none. */
  readonly colorByStatus: Readonly<Partial<Record<AppointmentStatus, string>>>
  /** Liquid template of the title; `null` for the built-in one of the locale. */
  readonly titleTemplate: string | null
  /** Liquid template of the description; `null` for the built-in one of the locale. */
  readonly descriptionTemplate: string | null
}

/** The defaults of every setting. */
export const DEFAULT_SETTINGS: SyncSettings = {
  calendarId: 'primary',
  syncDirection: 'bidirectional',
  syncPastDays: 7,
  syncFutureDays: 30,
  conflictResolution: 'manual',
  conflictResolutionByField: {},
  explainRefusals: false,
  eventPrefix: '[Agendamento]',
  includeClientInfo: true,
  includeNotes: true,
  reminderMinutes: [15, 60],
  timeZone: 'America/Sao_Paulo',
  locale: 'pt-BR',
  statuses: DEFAULT_STATUSES,
  externalEvents: 'busy',
  busyTitles: false,
  calendarAccess: 'any',
  visibility: 'default',
  freeStatuses: [],
  busyCalendarIds: [],
  invite: 'none',
  conference: 'none',
  colorByStatus: {},
  titleTemplate: null,
  descriptionTemplate: null,
}

export const settingsSchema: z.ZodType<SyncSettings> = z.strictObject(shape)

/** Settings as they were stored: what a later version of the package added has its default. */
export const storedSettingsSchema: z.ZodType<SyncSettings> = z.preprocess(
  (stored) => (typeof stored === 'object' && stored !== null ? { ...DEFAULT_SETTINGS, ...stored } : stored),
  settingsSchema,
)

/** A change of some settings; unknown names are refused. */
export const settingsPatchSchema: z.ZodType<Partial<SyncSettings>> = z
  .strictObject(shape)
  .partial() as unknown as z.ZodType<Partial<SyncSettings>>
