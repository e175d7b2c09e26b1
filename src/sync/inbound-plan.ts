import type {
  Conflict,
  ConflictReason,
  ConflictSide,
  ContestedField,
  EventLink,
  InboxEntry,
  InboxEntryType,
  Integration,
  MergedField,
  MergedFields,
  SyncLogAction,
} from '../domain/index.ts'
import type { SyncLogFacts } from '../observability/index.ts'
import type { OutboxAction, OutboxJobRef } from '../ports/index.ts'
import type { AppSide } from './app-side.ts'
import { changeIdOf } from './change-id.ts'
import type { Decide } from './conflict-judge.ts'
import { jobRefOf } from './job-ref.ts'

/** What has to be stored, together, after looking at a changed event. */
export interface InboundPlan {
  readonly link: EventLink
  readonly inbox: readonly InboxEntry[]
  /** `null` when no conflict was opened, changed or settled. */
  readonly conflict: Conflict | null
  /** What has to be done to Google next. */
  readonly enqueue: OutboxAction | null
  readonly log: readonly SyncLogFacts[]
}

/** What a plan is made from. */
export interface InboundFacts {
  readonly integration: Integration
  readonly link: EventLink
  readonly app: AppSide
  readonly openConflict: Conflict | null
  /** Whether the host is still to be told that the event was restored. */
  readonly restoreWaits: boolean
  readonly nowMs: number
  /** A fresh id, used only when a conflict is opened. */
  readonly conflictId: string
  /** Absent where the settings alone decide about what both sides changed. */
  readonly decide?: Decide | undefined
}

/**
 * `updatedAt` of the appointment's version that a plan looked at: an older call that is under way must not write over
 * what was decided about a newer one.
 */
export function versionCompared({ link, app }: Pick<InboundFacts, 'link' | 'app'>): number {
  return Math.max(link.appointmentUpdatedAtMs, app.wanted === true ? app.updatedAtMs : 0)
}

/** What the log calls the entries of the inbox. */
export const ENTRY_ACTIONS: Readonly<Record<InboxEntryType, SyncLogAction>> = {
  rescheduled: 'reschedule',
  cancelled: 'cancel',
  restored: 'restore',
  edited: 'edit',
  attendee_responded: 'respond',
  conference_ready: 'conference',
  created: 'offer',
}

/** Some of the fields of a record. */
export function pick(fields: Partial<MergedFields>, names: readonly MergedField[]): Partial<MergedFields> {
  return Object.fromEntries(
    names.filter((name) => fields[name] !== undefined).map((name) => [name, fields[name]]),
  )
}

/** Whose event it is, and where it stands. */
function placeOf(link: EventLink): OutboxJobRef & { readonly calendarId: string; readonly eventId: string } {
  const { calendarId, eventId } = link
  return { ...jobRefOf(link), calendarId, eventId }
}

/**
 * An entry for the host's inbox; `source` tells apart what was seen (an etag, a conflict). What is told is part of the
 * id: the same state of an event can tell other things to a host that connected anew.
 */
export function inboxEntry(
  link: EventLink,
  type: InboxEntryType,
  fields: Partial<MergedFields>,
  source: string,
  nowMs: number,
): InboxEntry {
  const { tenantId, integrationId, calendarId, eventId } = link
  return {
    ...placeOf(link),
    changeId: changeIdOf(tenantId, integrationId, calendarId, eventId, type, source, JSON.stringify(fields)),
    type,
    fields,
    details: null,
    observedAtMs: nowMs,
    attempts: 0,
    dueAtMs: nowMs,
    lastErrorCode: null,
  }
}

/** One entry for a moved time or a changed rule, one for rewritten texts. */
export function inboxEntriesFor(
  link: EventLink,
  google: Partial<MergedFields>,
  names: readonly MergedField[],
  source: string,
  nowMs: number,
): InboxEntry[] {
  const times = names.filter((name) => name === 'time' || name === 'recurrence')
  const texts = names.filter((name) => name !== 'time' && name !== 'recurrence')
  const entries: InboxEntry[] = []
  if (times.length > 0) entries.push(inboxEntry(link, 'rescheduled', pick(google, times), source, nowMs))
  if (texts.length > 0) entries.push(inboxEntry(link, 'edited', pick(google, texts), source, nowMs))
  return entries
}

/** What both sides say about the contested fields. */
export interface ContestedValues {
  readonly fields: readonly ContestedField[]
  readonly base: Partial<MergedFields>
  readonly app: ConflictSide
  readonly google: ConflictSide
}

/** The open conflict brought up to date, or a new one. */
export function conflictOf(
  facts: Pick<InboundFacts, 'link' | 'openConflict' | 'nowMs' | 'conflictId'>,
  values: ContestedValues,
  why: { readonly reason: ConflictReason; readonly hostReason: string | null } = {
    reason: 'both_changed',
    hostReason: null,
  },
): Conflict {
  const { link, openConflict, nowMs, conflictId } = facts
  if (openConflict !== null) {
    return {
      ...openConflict,
      fields: values.fields,
      app: values.app,
      google: values.google,
      base: { ...values.base, ...openConflict.base },
      version: openConflict.version + 1,
    }
  }
  return {
    ...placeOf(link),
    id: conflictId,
    ...why,
    ...values,
    status: 'open',
    resolution: null,
    decisions: [],
    openedAtMs: nowMs,
    resolvedAtMs: null,
    version: 1,
  }
}

/** The open conflict, ended because the sides came to agree. */
export function settledConflict(open: Conflict, nowMs: number): Conflict {
  return {
    ...open,
    status: 'resolved',
    resolution: 'sides_agree',
    resolvedAtMs: nowMs,
    version: open.version + 1,
  }
}
