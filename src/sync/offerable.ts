import type { SyncSettings } from '../domain/index.ts'
import { isMadeBySdk, type RemoteEvent } from '../google/index.ts'
import { extentOfFields } from './series-link.ts'
import { splitOffFrom } from './split-series.ts'

type LiveEvent = Extract<RemoteEvent, { cancelled: false }>

/**
 * Whether an event may be offered to the host as an appointment: one that a person made or was invited to, that takes
 * place, makes the owner busy, is not private, and is not over. A series is offered as a whole, by its first event.
 */
export function isOfferable(
  event: RemoteEvent,
  settings: Pick<SyncSettings, 'timeZone'>,
  nowMs: number,
): event is LiveEvent {
  if (event.cancelled || event.tentative || event.transparent) return false
  if (event.eventType !== 'default' || event.recurringEventId !== null) return false
  // Ours, of another integration's, or a guest's copy of one: offering it would mirror it for ever.
  if (event.mark !== null || isMadeBySdk(event.iCalUID)) return false
  const origin = splitOffFrom(event)
  // What "this and following" split off a series of ours is told as that.
  if (origin !== null && isMadeBySdk(`${origin}@google.com`)) return false
  if (event.visibility === 'private' || event.visibility === 'confidential') return false
  const self = event.attendees.find(({ raw }) => raw['self'] === true)
  return self?.responseStatus !== 'declined' && !isOver(event, settings, nowMs)
}

function isOver({ fields }: LiveEvent, { timeZone }: Pick<SyncSettings, 'timeZone'>, nowMs: number): boolean {
  return extentOfFields(fields, timeZone).toMs <= nowMs
}
