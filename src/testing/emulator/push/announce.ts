import type { Backend } from '../backend.ts'
import type { WatchedResource } from '../state/push-records.ts'

/**
 * Tells every live channel on a resource that something changed there; called once by every write, after the
 * state holds it.
 * @param eventType the type of the event that changed, for channels that watch only some.
 */
export function announceChange(_backend: Backend, _resource: WatchedResource, _eventType?: string): void {
  // Filled by the room's owner.
}
