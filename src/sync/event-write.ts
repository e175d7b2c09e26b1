import type { EventLink } from '../domain/index.ts'
import type { GoogleCalendar, RemoteEvent } from '../google/index.ts'
import type { StorageSession } from '../ports/index.ts'
import { contended, type Engine } from './engine.ts'
import type { SyncResult } from './results.ts'

/** One write to Google, with what is stored before and after it. */
export interface EventWrite {
  /**
   * Stored before the call: under which id and with what content it is about to be written, so that a write whose
   * answer was lost is told apart from a person's edit, and found again.
   */
  readonly mark: EventLink
  /** The version of the link that the mark replaces; `null` when there is none. */
  readonly expectedVersion: number | null
  readonly call: (google: GoogleCalendar) => Promise<RemoteEvent>
  /** Stores what came of it together with the end of the intent; in a transaction of the caller's. */
  readonly record: (session: StorageSession, event: RemoteEvent) => Promise<SyncResult>
}

/** Stores the mark. Throws `WRITE_CONTENDED` when the link changed meanwhile; nothing may be written then. */
export async function storeMark(session: StorageSession, write: EventWrite): Promise<void> {
  const { mark, expectedVersion } = write
  if (!(await session.links.replace(mark, expectedVersion))) throw contended(mark, mark.appointmentId)
}

/** Carries a write out by itself. What Google answers to it is thrown; the mark stays for the next try. */
export async function carryOut(engine: Engine, write: EventWrite): Promise<SyncResult> {
  await storeMark(engine.storage, write)
  const event = await write.call(engine.google)
  return engine.storage.transaction((session) => write.record(session, event))
}
