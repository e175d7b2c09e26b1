import {
  type EventLink,
  type InboxEntry,
  MERGED_FIELDS,
  type MergedField,
  type MergedFields,
  sameField,
} from '../domain/index.ts'
import type { WantedEvent } from './app-side.ts'
import { type Contest, settleContest, type Winner } from './conflict-judge.ts'
import {
  conflictOf,
  type InboundFacts,
  type InboundPlan,
  inboxEntriesFor,
  pick,
  versionCompared,
} from './inbound-plan.ts'
import { toldBut } from './edit-loop.ts'
import { changedByApp } from './merge.ts'
import { isNotice } from './notices.ts'
import { aboutExistence } from './plan-deleted-event.ts'

/** What becomes of an entry that is about to be told. */
export type EntryPlan =
  /** Told as it is. */
  | { readonly kind: 'tell' }
  /** Not told, or not all of it: the app changed the same meanwhile, or says the same by now. */
  | {
      readonly kind: 'settled'
      readonly plan: Omit<InboundPlan, 'inbox' | 'log'>
      /** The fields that are still to be told; empty drops the entry. */
      readonly left: readonly MergedField[]
      /** What is told instead. */
      readonly inbox: readonly InboxEntry[]
    }

interface EntryFacts extends InboundFacts {
  readonly entry: InboxEntry
}

/**
 * Looks at the app's side once more before the host is told: an entry may have waited for long, and an appointment
 * that was edited in the app meanwhile must not be overrun without the policy being asked.
 */
export function planInboxEntry(facts: EntryFacts): EntryPlan {
  const { app, entry } = facts
  if (isNotice(entry)) return { kind: 'tell' }
  if (app.wanted === 'unknown') return { kind: 'tell' }
  if (!app.wanted) {
    if (entry.type === 'restored') return { kind: 'tell' }
    // Cancelled on both sides, or edited what the app has cancelled: the push takes the event off.
    return settled(facts, {}, entry.type === 'cancelled' ? null : 'push')
  }
  if (entry.type === 'restored') return planRestored(facts, app.fields)
  return entry.type === 'cancelled' ? planCancelled(facts, app) : planEdited(facts, app)
}

function settled(
  facts: EntryFacts,
  change: Partial<EventLink>,
  enqueue: 'push' | null,
  left: readonly MergedField[] = [],
  conflict: InboundPlan['conflict'] = null,
): Extract<EntryPlan, { kind: 'settled' }> {
  const { link, nowMs, integration } = facts
  const writes = integration.settings.syncDirection !== 'from_google'
  return {
    kind: 'settled',
    plan: {
      link: {
        ...link,
        ...change,
        appointmentUpdatedAtMs: versionCompared(facts),
        updatedAtMs: nowMs,
        version: link.version + 1,
      },
      conflict,
      enqueue: writes ? enqueue : null,
    },
    left,
    inbox: [],
  }
}

/** Both sides have it stand again; what the event came back with, and the app does not show, is told instead. */
function planRestored(facts: EntryFacts, wanted: MergedFields): EntryPlan {
  const { link, nowMs } = facts
  const { app, google } = link.base
  const differing = MERGED_FIELDS.filter(
    (field) => sameField(field, wanted[field], app[field]) && !sameField(field, wanted[field], google[field]),
  )
  const source = `restored:${link.version}`
  return { ...settled(facts, {}, 'push'), inbox: inboxEntriesFor(link, google, differing, source, nowMs) }
}

function planCancelled(facts: EntryFacts, app: WantedEvent): EntryPlan {
  const { link } = facts
  const wanted = app.fields
  if (changedByApp(link.base, wanted).length === 0) return { kind: 'tell' }
  switch (settleContest(facts, aboutExistence(link, app))) {
    case 'google':
      return { kind: 'tell' }
    case 'app':
      return settled(facts, { fingerprint: '' }, 'push')
    case 'nobody':
      return settled(
        facts,
        { base: { ...link.base, judged: pick(wanted, MERGED_FIELDS) } },
        null,
        [],
        conflictOf(facts, {
          fields: ['existence'],
          base: pick(link.base.google, MERGED_FIELDS),
          app: { exists: true, ...pick(wanted, MERGED_FIELDS) },
          google: { exists: false },
        }),
      )
  }
}

function planEdited(facts: EntryFacts, app: WantedEvent): EntryPlan {
  const { link, entry, openConflict } = facts
  const wanted = app.fields
  const told = MERGED_FIELDS.filter((field) => entry.fields[field] !== undefined)
  const contested = changedByApp(link.base, wanted).filter(
    (field) => told.includes(field) && !sameField(field, wanted[field], entry.fields[field]),
  )
  if (contested.length === 0) return { kind: 'tell' }
  const winners = new Map(
    contested.map((field) => [field, settleContest(facts, aboutEntry(facts, field, app))]),
  )
  const goingTo = (side: Winner): MergedField[] => contested.filter((field) => winners.get(field) === side)
  const [toApp, asked] = [goingTo('app'), goingTo('nobody')]
  const decided = [...toApp, ...asked]
  if (decided.length === 0) return { kind: 'tell' }
  const left = told.filter((field) => !decided.includes(field))
  // The base is set so that the push writes the app's value where it won, and leaves a contested one alone.
  const seen = { ...pick(link.base.google, toApp), ...pick(wanted, asked) }
  const { told: _, ...before } = link.base
  const base = { ...before, app: { ...link.base.app, ...seen }, ...toldBut(link, decided) }
  const push = toApp.length > 0
  const change = push ? { base, fingerprint: '' } : { base }
  if (asked.length === 0) return settled(facts, change, 'push', left)
  const fields = [...new Set([...(openConflict?.fields ?? []), ...asked])]
  const conflict = conflictOf(facts, {
    fields,
    base: pick(link.base.app, asked),
    app: { ...openConflict?.app, exists: true, ...pick(wanted, asked) },
    google: { ...openConflict?.google, exists: true, ...pick(entry.fields, asked) },
  })
  return settled(facts, change, push ? 'push' : null, left, conflict)
}

function aboutEntry({ link, entry }: EntryFacts, field: MergedField, app: WantedEvent): Contest {
  return {
    field,
    base: pick(link.base.app, [field]),
    app: { exists: true, ...pick(app.fields, [field]) },
    google: { exists: true, ...pick(entry.fields, [field]) },
    appAtMs: app.updatedAtMs,
    googleAtMs: link.eventUpdatedAtMs,
  }
}
