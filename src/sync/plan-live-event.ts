import {
  MERGED_FIELDS,
  type MergedField,
  type MergedFields,
  sameField,
  type SyncBase,
} from '../domain/index.ts'
import type { RemoteEvent } from '../google/index.ts'
import type { SyncLogFacts } from '../observability/index.ts'
import { carriedOver } from './edit-loop.ts'
import {
  conflictOf,
  type InboundFacts,
  type InboundPlan,
  inboxEntriesFor,
  inboxEntry,
  pick,
  settledConflict,
} from './inbound-plan.ts'
import { mergeFields, settleField } from './merge.ts'

type LiveEvent = Extract<RemoteEvent, { cancelled: false }>

/** The base, with what an unconfirmed write of ours is seen to have put into Google. */
function confirmedBase(base: SyncBase, google: MergedFields): Omit<SyncBase, 'writing'> {
  const { writing } = base
  const landed = MERGED_FIELDS.filter((field) => sameField(field, writing?.[field], google[field]))
  const values = pick(google, landed)
  return { app: { ...base.app, ...values }, google: { ...base.google, ...values } }
}

/** The base, where the app came round to what Google held before: a host that took a change and could not say so. */
function caughtUp(base: Omit<SyncBase, 'writing'>, wanted: MergedFields): Omit<SyncBase, 'writing'> {
  const same = MERGED_FIELDS.filter((field) => sameField(field, wanted[field], base.google[field]))
  return { app: { ...base.app, ...pick(wanted, same) }, google: base.google }
}

/** Which side each field goes to. */
interface Sorted {
  readonly toHost: MergedField[]
  readonly toGoogle: MergedField[]
  readonly contested: MergedField[]
  /** Both sides changed it and the policy took Google's. */
  readonly conceded: MergedField[]
  readonly baseApp: SyncBase['app']
}

function sortFields(facts: InboundFacts, event: LiveEvent, before: Omit<SyncBase, 'writing'>): Sorted {
  const { integration, app, openConflict } = facts
  const { syncDirection, conflictResolution } = integration.settings
  // A side that cannot be read counts as unchanged.
  const wanted: MergedFields = app.wanted === true ? app.fields : { ...event.fields, ...before.app }
  const base = caughtUp(before, wanted)
  const verdicts = mergeFields({
    baseApp: base.app,
    baseGoogle: base.google,
    app: wanted,
    google: event.fields,
  })
  const sorted: Sorted = { toHost: [], toGoogle: [], contested: [], conceded: [], baseApp: { ...base.app } }
  const remember = (field: MergedField, side: MergedFields): void => {
    Object.assign(sorted.baseApp, pick(side, [field]))
  }
  for (const field of MERGED_FIELDS) {
    const verdict = verdicts[field]
    if (verdict === 'agreed') remember(field, wanted)
    else if (openConflict?.fields.includes(field)) {
      sorted.contested.push(field)
      remember(field, wanted)
    } else if (verdict === 'app') sorted.toGoogle.push(field)
    else if (verdict === 'google' && syncDirection !== 'to_google') sorted.toHost.push(field)
    else if (verdict === 'google' && field === 'time') {
      // Nobody is told under `to_google`, so a booking must not be left standing at another time than the app's.
      sorted.toGoogle.push(field)
      remember(field, event.fields)
    } else if (verdict === 'contested') {
      const winner =
        syncDirection === 'to_google'
          ? 'app'
          : syncDirection === 'from_google'
            ? 'google'
            : settleField(conflictResolution, {
                appAtMs: app.wanted === 'unknown' ? 0 : (app.updatedAtMs ?? 0),
                googleAtMs: event.updatedMs,
              })
      if (winner === 'nobody') sorted.contested.push(field)
      else if (winner === 'google') {
        sorted.toHost.push(field)
        sorted.conceded.push(field)
      } else sorted.toGoogle.push(field)
      // The winner's base is set so that the push writes the app's value, or leaves Google's alone.
      remember(field, winner === 'app' ? event.fields : wanted)
    }
  }
  return sorted
}

/**
 * What follows from an event of ours that stands on the calendar and is not as we left it. The link takes over
 * what Google holds; the app's edits that still have to be written stay different from its base.
 */
export function planLiveEvent(facts: InboundFacts, event: LiveEvent): InboundPlan {
  const { integration, link, app, openConflict, nowMs } = facts
  const read = {
    ...link,
    state: 'live' as const,
    etag: event.etag,
    eventUpdatedAtMs: event.updatedMs,
    updatedAtMs: nowMs,
    version: link.version + 1,
  }
  if (app.wanted === false) return planUnwanted(facts, event, read)

  const base = confirmedBase(link.base, event.fields)
  const { toHost, toGoogle, contested, conceded, baseApp } = sortFields(facts, event, base)
  const edited = editedFields(base, event)
  const log: SyncLogFacts[] = []
  let conflict = null
  if (contested.length > 0) {
    conflict = conflictOf(facts, {
      fields: contested,
      base: pick(base.google, contested),
      app: { exists: true, ...(app.wanted === true ? pick(app.fields, contested) : {}) },
      google: { exists: true, ...pick(event.fields, contested) },
    })
    log.push(fact(facts, 'conflict', contested))
  } else if (openConflict !== null) conflict = settledConflict(openConflict, nowMs)
  if (conceded.length > 0) log.push(fact(facts, 'conflict', conceded))
  return {
    link: {
      ...read,
      base: { app: baseApp, google: event.fields, ...carriedOver(link, { seen: edited }) },
      fingerprint: toGoogle.length > 0 ? '' : link.fingerprint,
    },
    inbox: inboxEntriesFor(link, event.fields, toHost, event.etag, nowMs),
    conflict,
    enqueue: toGoogle.length > 0 && integration.settings.syncDirection !== 'from_google' ? 'push' : null,
    log,
  }
}

/** The fields that Google holds otherwise than when the sides were last compared. */
function editedFields(base: Omit<SyncBase, 'writing'>, event: LiveEvent): MergedField[] {
  return MERGED_FIELDS.filter((field) => {
    const held = base.google[field]
    return held !== undefined && !sameField(field, event.fields[field], held)
  })
}

function fact(facts: InboundFacts, status: 'conflict' | 'skipped', fields: readonly string[]): SyncLogFacts {
  const { link } = facts
  return {
    ref: link,
    direction: 'from_google',
    action: 'edit',
    status,
    appointmentId: link.appointmentId,
    googleEventId: link.eventId,
    fields,
  }
}

/** The event stands, but the app wants none: it was restored by a person, or our deletion is still to come. */
function planUnwanted(facts: InboundFacts, event: LiveEvent, read: InboundPlan['link']): InboundPlan {
  const { link, integration, openConflict, nowMs } = facts
  const restored = link.state === 'removed' || facts.restoreWaits
  const edited = editedFields(confirmedBase(link.base, event.fields), event)
  const tellHost = restored && integration.settings.syncDirection !== 'to_google'
  return {
    link: {
      ...read,
      base: {
        app: link.base.app,
        google: event.fields,
        ...carriedOver(link, { seen: restored ? ['existence'] : [] }),
      },
      fingerprint: '',
    },
    inbox: tellHost ? [inboxEntry(link, 'restored', event.fields, event.etag, nowMs)] : [],
    conflict: openConflict === null ? null : settledConflict(openConflict, nowMs),
    enqueue: tellHost || integration.settings.syncDirection === 'from_google' ? null : 'delete',
    // The app's cancellation overrules an edit that nobody was told of.
    log: tellHost || edited.length === 0 ? [] : [fact(facts, 'skipped', edited)],
  }
}
