import type { Integration, IntegrationStatus, Owner, SyncSettings } from '../domain/index.ts'
import { accountHashOf } from './own-calendar.ts'
import type { WatchReport } from './watch-status.ts'

/** An integration as the host sees it: no token, no internal version. */
export interface IntegrationView {
  readonly owner: Owner
  readonly integrationId: string
  readonly status: IntegrationStatus
  /** Error code that led to the status, or `null`. */
  readonly statusReason: string | null
  /** Until when Google is asked nothing for it; `null` when it is not parked. */
  readonly parkedUntil: Date | null
  /** Error code that parked it, or `null`. */
  readonly parkedReason: string | null
  readonly googleEmail: string | null
  readonly missingScopes: readonly string[]
  readonly settings: SyncSettings
  /** The calendar that the SDK made for the owner in this account; `null` when it never was asked to make one. */
  readonly dedicatedCalendar: DedicatedCalendarView | null
  readonly connectedAt: Date
  readonly updatedAt: Date
}

/** A calendar of the SDK's own. */
export interface DedicatedCalendarView {
  /** `null` while it is not there. */
  readonly calendarId: string | null
  /** Since when it is not known whether Google made one; `null` when nothing is open. */
  readonly unansweredSince: Date | null
}

/** How an owner's sync is doing. */
export interface IntegrationStatusReport {
  readonly connected: boolean
  /** `not_connected` when there is no integration. */
  readonly status: IntegrationStatus | 'not_connected'
  readonly statusReason: string | null
  /** Until when Google is asked nothing for it; `null` when it is not parked. */
  readonly parkedUntil: Date | null
  /** Error code that parked it, or `null`. */
  readonly parkedReason: string | null
  readonly googleEmail: string | null
  readonly missingScopes: readonly string[]
  /** When the calendar was last read to its end. */
  readonly lastPullAt: Date | null
  /** When something was last synced, either way. */
  readonly lastSyncAt: Date | null
  readonly lastError: { readonly code: string | null; readonly at: Date } | null
  /** Of the last 24 hours: 0 to 1, or `null` when nothing happened. */
  readonly successRate: number | null
  readonly pendingPushes: number
  readonly deadLetters: number
  readonly pendingChanges: number
  readonly openConflicts: number
  /** Whether Google tells of changes on the calendar. Without it the periodic tasks read it. */
  readonly watch: WatchReport
}

/** A calendar of the connected account. */
export interface CalendarSummary {
  readonly id: string
  readonly title: string
  readonly primary: boolean
  readonly timeZone: string | null
  /** `owner`, `writer`, `reader`, `freeBusyReader`, or a role that Google added since. */
  readonly accessRole: string
  /** Whether appointments can be written to it. */
  readonly writable: boolean
  /** Whether its events are shown in Google's own page. */
  readonly selected: boolean
  /** Whether it was taken off the list in Google's own page. */
  readonly hidden: boolean
  /** Background colour, as `#rrggbb`. */
  readonly color: string | null
  /** Whether it is the one that the SDK made for the owner. */
  readonly dedicated: boolean
}

/** The public side of an integration. */
export function viewOf(integration: Integration): IntegrationView {
  const { tenantId, userId } = integration
  return {
    owner: { tenantId, userId },
    integrationId: integration.id,
    status: integration.status,
    statusReason: integration.statusReason,
    ...parkingOf(integration),
    googleEmail: integration.googleEmail,
    missingScopes: integration.missingScopes,
    settings: integration.settings,
    dedicatedCalendar: dedicatedViewOf(integration),
    connectedAt: new Date(integration.createdAtMs),
    updatedAt: new Date(integration.updatedAtMs),
  }
}

function dedicatedViewOf(integration: Integration): DedicatedCalendarView | null {
  const { dedicatedCalendar: own } = integration
  if (own === null || own.accountHash !== accountHashOf(integration)) return null
  const { calendarId, beganAtMs } = own
  return { calendarId, unansweredSince: beganAtMs === null ? null : new Date(beganAtMs) }
}

/** The parking as hosts see it. */
export function parkingOf(integration: Integration): Pick<IntegrationView, 'parkedUntil' | 'parkedReason'> {
  const { parkedUntilMs, parkedReason } = integration
  return { parkedUntil: parkedUntilMs === null ? null : new Date(parkedUntilMs), parkedReason }
}
