import type { AttendeeResponse, ConflictPolicy, RemoveEvents, TaskName } from 'appointment-sync'

/** The fields that both sides edit. */
export const FIELDS = ['time', 'title', 'description', 'location'] as const
export type Field = (typeof FIELDS)[number]

/** How the host calls its hook after a commit. `forgotten`: it died in between. */
export type HookManner = 'once' | 'twice' | 'forgotten'

/** What happens to a request to Google, and to its answer. */
export type GoogleFaultKind =
  | 'drop'
  | 'hang'
  /** It arrives long after its sender gave up. */
  | 'late'
  | '401'
  /** All of a calendar, for a while. */
  | '404'
  | '403 rateLimitExceeded'
  | '403 quotaExceeded'
  | '403 forbidden'
  | '409 conflict'
  | '412'
  | '429'
  | '500'
  | '503'
  | 'html'

/** Which requests a fault is for. */
export type GoogleFaultAim = 'any' | 'write' | 'read' | 'token'

/**
 * One thing that happens in a run. A move names its target by its place, so that it keeps its meaning when others
 * are taken out; one that finds nothing to act on does nothing.
 */
export type Move =
  | ({ readonly kind: 'host books' | 'host reschedules' | 'host cancels'; readonly slot: number } & HookPart)
  | ({ readonly kind: 'host edits'; readonly slot: number; readonly fields: readonly Field[] } & HookPart)
  | ({ readonly kind: 'host erases'; readonly slot: number } & HookPart)
  /** The hook is called with the appointment as it was so many versions ago. */
  | { readonly kind: 'stale hook'; readonly slot: number; readonly back: number; readonly worker: number }
  /** `far`: a new time lies outside of the window that is kept in step. */
  | {
      readonly kind: 'person edits'
      readonly slot: number
      readonly fields: readonly Field[]
      readonly far: boolean
    }
  | { readonly kind: 'person reverts'; readonly slot: number; readonly field: Field }
  | { readonly kind: 'person deletes' | 'person restores' | 'person moves'; readonly slot: number }
  /** All of a series at once. */
  | ({ readonly kind: 'host cancels series'; readonly slot: number } & HookPart)
  | { readonly kind: 'person deletes series'; readonly slot: number }
  | { readonly kind: 'guest answers'; readonly slot: number; readonly response: AttendeeResponse }
  | { readonly kind: 'person invites'; readonly slot: number }
  | { readonly kind: 'person adds' | 'person changes own' | 'person removes own'; readonly owner: number }
  | {
      readonly kind: 'person resolves'
      readonly owner: number
      readonly worker: number
      readonly side: ConflictSideChoice
    }
  | { readonly kind: 'task'; readonly task: TaskName; readonly worker: number }
  | { readonly kind: 'pull' | 'sync all'; readonly owner: number; readonly worker: number }
  | { readonly kind: 'set active'; readonly owner: number; readonly active: boolean; readonly worker: number }
  | {
      readonly kind: 'set policy'
      readonly owner: number
      readonly policy: ConflictPolicy
      readonly worker: number
    }
  /** The owner chooses the other one of two calendars. */
  | { readonly kind: 'switch calendar'; readonly owner: number; readonly worker: number }
  | {
      readonly kind: 'set window'
      readonly owner: number
      readonly futureDays: number
      readonly worker: number
    }
  | {
      readonly kind: 'disconnect'
      readonly owner: number
      readonly removeEvents: RemoveEvents
      readonly worker: number
    }
  | { readonly kind: 'connect'; readonly owner: number; readonly worker: number }
  | {
      readonly kind: 'google fault'
      readonly fault: GoogleFaultKind
      readonly aim: GoogleFaultAim
      readonly applied: boolean
      readonly after: number
      readonly times: number
    }
  | {
      readonly kind: 'storage fault'
      readonly worker: number
      readonly after: number
      readonly committed: boolean
      readonly times: number
    }
  | {
      readonly kind: 'host fault'
      readonly call: 'get' | 'list' | 'apply'
      readonly applied: boolean
      readonly times: number
    }
  | { readonly kind: 'sync tokens expire' | 'trash emptied' | 'tombstones purged' | 'access tokens expire' }
  | { readonly kind: 'grant revoked' | 'grant expires'; readonly owner: number }
  /** Somebody who is not Google sends one. `known`: under the id of a channel that is there. */
  | {
      readonly kind: 'forged notification'
      readonly owner: number
      readonly worker: number
      readonly known: boolean
    }
  | { readonly kind: 'calendars hidden'; readonly hidden: boolean }
  | { readonly kind: 'read lag'; readonly ms: number }
  | { readonly kind: 'page size'; readonly size: number | null; readonly emptyPages: boolean }
  | { readonly kind: 'crash'; readonly worker: number; readonly after: number; readonly effect: boolean }
  | { readonly kind: 'restart'; readonly worker: number; readonly rotateKeys: boolean }
  | { readonly kind: 'time passes'; readonly ms: number }

interface HookPart {
  readonly hook: HookManner
  readonly worker: number
}

export type ConflictSideChoice = 'app' | 'google' | 'mixed'
