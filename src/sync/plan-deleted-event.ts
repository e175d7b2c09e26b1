import { type EventLink, MERGED_FIELDS } from '../domain/index.ts'
import type { SyncLogFacts } from '../observability/index.ts'
import type { WantedEvent } from './app-side.ts'
import { type Contest, settleContest, type Winner } from './conflict-judge.ts'
import { carriedOver } from './edit-loop.ts'
import { isByPolicy, outcomeFor } from './field-rules.ts'
import { inDoubtAt } from './in-doubt.ts'
import {
  conflictOf,
  type InboundFacts,
  type InboundPlan,
  inboxEntry,
  pick,
  settledConflict,
} from './inbound-plan.ts'
import { changedByApp } from './merge.ts'
import { refusalKept } from './refusal.ts'

/** Who decides whether the appointment still takes place. */
function winnerOf(facts: InboundFacts): Winner {
  const { integration, link, app, openConflict } = facts
  const { settings } = integration
  if (app.wanted === true) {
    // With an open conflict the app's side has an edit that nobody has judged yet.
    const isOpen = isByPolicy('existence', settings.syncDirection, 'both_changed')
    if (openConflict !== null && isOpen) return 'nobody'
    if (changedByApp(link.base, app.fields).length > 0) return settleContest(facts, aboutExistence(link, app))
  }
  return outcomeFor(settings, 'existence', 'deleted') === 'write' ? 'app' : 'google'
}

/** The question whether an appointment that was changed in the app still takes place without its event. */
export function aboutExistence(link: EventLink, app: WantedEvent): Contest {
  return {
    field: 'existence',
    base: pick(link.base.google, MERGED_FIELDS),
    app: { exists: true, ...pick(app.fields, MERGED_FIELDS) },
    google: { exists: false },
    appAtMs: app.updatedAtMs,
    googleAtMs: null,
  }
}

/**
 * What follows from an event of ours that is deleted: by a person, or by ourselves without a record of it.
 * `deletedAtMs` by Google's clock, `null` when Google forgot the event.
 */
export function planDeletedEvent(facts: InboundFacts, deletedAtMs: number | null): InboundPlan {
  const { link, app, openConflict, nowMs } = facts
  const removed = {
    ...link,
    state: 'removed' as const,
    etag: '',
    base: {
      app: link.base.app,
      google: link.base.google,
      ...carriedOver(link, { seen: ['existence'] }),
      ...refusalKept(link),
    },
    // It is later than the last change that was seen.
    eventUpdatedAtMs: Math.max(link.eventUpdatedAtMs + 1, deletedAtMs ?? 0),
    updatedAtMs: nowMs,
    version: link.version + 1,
  }
  const nothing = { inbox: [], conflict: null, enqueue: null, log: [] } as const
  if (link.base.removing === true || inDoubtAt(link, deletedAtMs)?.removing === true) {
    // Our own deletion, whose record was lost: nobody is told, and an app that wants the event again gets one.
    const { edited: _, ...base } = removed.base
    const writes = facts.integration.settings.syncDirection !== 'from_google'
    return {
      ...nothing,
      link: { ...removed, base, fingerprint: '' },
      conflict: openConflict === null ? null : settledConflict(openConflict, nowMs),
      enqueue: app.wanted === true && writes ? 'push' : null,
    }
  }
  if (app.wanted === false) {
    const conflict = openConflict === null ? null : settledConflict(openConflict, nowMs)
    return { ...nothing, link: { ...removed, fingerprint: '' }, conflict }
  }
  // The fingerprint of what the app wanted keeps a sweep from putting the event back before the host has answered.
  const seen = {
    ...removed,
    // What the app wanted is taken into account here: only what it changes after this is asked about again.
    base: {
      ...removed.base,
      judged: app.wanted === true ? pick(app.fields, MERGED_FIELDS) : link.base.judged,
    },
    fingerprint: app.wanted === true ? app.fingerprint : link.fingerprint,
    appointmentUpdatedAtMs: app.wanted === true ? app.updatedAtMs : link.appointmentUpdatedAtMs,
  }
  switch (winnerOf(facts)) {
    case 'google':
      return {
        ...nothing,
        link: seen,
        conflict: openConflict === null ? null : settledConflict(openConflict, nowMs),
        inbox: [inboxEntry(link, 'cancelled', {}, `deleted:${link.version}`, nowMs)],
      }
    case 'app':
      return {
        ...nothing,
        link: { ...removed, fingerprint: '' },
        conflict: openConflict === null ? null : settledConflict(openConflict, nowMs),
        enqueue: 'push',
        log: [fact(link, 'skipped')],
      }
    case 'nobody':
      return {
        ...nothing,
        link: seen,
        conflict: conflictOf(facts, {
          fields: ['existence'],
          base: pick(link.base.google, MERGED_FIELDS),
          app: { exists: true, ...(app.wanted === true ? pick(app.fields, MERGED_FIELDS) : {}) },
          google: { exists: false },
        }),
        log: [fact(link, 'conflict')],
      }
  }
}

function fact(link: EventLink, status: 'conflict' | 'skipped'): SyncLogFacts {
  return {
    ref: link,
    direction: 'from_google',
    action: 'cancel',
    status,
    appointmentId: link.appointmentId,
    googleEventId: link.eventId,
    fields: ['existence'],
  }
}
