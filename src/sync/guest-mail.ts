import type { AppOnlyField, EventFields, EventLink, MergedField } from '../domain/index.ts'
import { extentOfFields } from './series-link.ts'

/** Where a day ends last: whole days are over when they are over everywhere. */
const LAST_ZONE = 'Etc/GMT+12'

/** A series is over when its last occurrence is. */
function isOver({ time, recurrence }: Partial<EventFields>, nowMs: number): boolean {
  if (time === undefined) return false
  const fields = { time, ...(recurrence === undefined ? {} : { recurrence }) }
  return extentOfFields(fields, LAST_ZONE).toMs <= nowMs
}

/** Whether Google mails the guests of a new event: not of one that is over, which a first sync brings by the hundred. */
export function mailsOfInsert(fields: EventFields, nowMs: number): boolean {
  return fields.attendees.length > 0 && !isOver(fields, nowMs)
}

/** Whether Google tells the guests that the event is called off. */
export function mailsOfDeletion({ base }: EventLink, nowMs: number): boolean {
  return (base.app.attendees?.length ?? 0) > 0 && !isOver(base.google, nowMs)
}

/**
 * Whether Google mails the guests of a patch: only for what matters to them. That is the time, the place, who is
 * invited, and the title, unless that only reads otherwise because the settings do. Never for an event that was and
 * will be over.
 */
export function mailsOfPatch(
  link: EventLink,
  wanted: EventFields,
  delta: { readonly merged: readonly MergedField[]; readonly appOnly: readonly AppOnlyField[] },
  { rendering, nowMs }: { readonly rendering: string; readonly nowMs: number },
): boolean {
  const { base } = link
  const before = (base.app.attendees ?? []).map(({ email }) => email)
  const after = wanted.attendees.map(({ email }) => email)
  if (before.length + after.length === 0) return false
  const held = base.google.time === undefined ? wanted : base.google
  if (isOver(wanted, nowMs) && isOver(held, nowMs)) return false
  const invited = delta.appOnly.includes('attendees') && before.join('\n') !== after.join('\n')
  const rewritten = base.rendering !== rendering
  return invited || delta.merged.some((field) => field !== 'description' && !(field === 'title' && rewritten))
}
