import {
  type EventLink,
  MERGED_FIELDS,
  type MergedField,
  type MergedFields,
  sameField,
  type SyncBase,
} from '../domain/index.ts'
import type { RemoteEvent } from '../google/index.ts'
import type { SyncLogFacts } from '../observability/index.ts'
import { type Contest, settleContest } from './conflict-judge.ts'
import { carriedOver, toldBut } from './edit-loop.ts'
import { writesInDoubt } from './in-doubt.ts'
import {
  conflictOf,
  versionCompared,
  type InboundFacts,
  type InboundPlan,
  inboxEntriesFor,
  inboxEntry,
  pick,
  settledConflict,
} from './inbound-plan.ts'
import { moveFor } from './calendar-switch.ts'
import { outcomeFor } from './field-rules.ts'
import { type FieldVerdict, follows, mergeFields } from './merge.ts'
import { withNotices } from './notices.ts'
import { refusalKept } from './refusal.ts'
import { touchedRefusal } from './touched-refusal.ts'

type LiveEvent = Extract<RemoteEvent, { cancelled: false }>

/** The base, with what an unconfirmed write of ours is seen to have put into Google; and which fields that were. */
function confirmedBase(
  link: EventLink,
  google: MergedFields,
  changedMs: number | null,
): Base & { readonly landed: readonly MergedField[] } {
  const { base } = link
  const writings = writesInDoubt(link, changedMs)
  const landed = MERGED_FIELDS.filter((field) =>
    writings.some((writing) => sameField(field, writing[field], google[field])),
  )
  const values = pick(google, landed)
  return {
    app: { ...base.app, ...values },
    google: { ...base.google, ...values },
    // What the host was told before is not what it follows in writing something of its own.
    ...toldBut(link, landed),
    landed,
  }
}

/** The base, where the app came round to what a person wrote: a host that took a change and could not say so. */
function caughtUp(base: Base, wanted: MergedFields): Base {
  const same = MERGED_FIELDS.filter((field) => follows(base, field, wanted))
  return { app: { ...base.app, ...pick(wanted, same) }, google: base.google }
}

/** The verdicts where nobody knows what the app wants: a change in Google is one, whatever it says. */
function googleAlone(before: Partial<MergedFields>, google: MergedFields): Record<MergedField, FieldVerdict> {
  const verdict = (field: MergedField): FieldVerdict =>
    sameField(field, google[field], before[field]) ? 'unchanged' : 'google'
  return Object.fromEntries(MERGED_FIELDS.map((field) => [field, verdict(field)])) as Record<
    MergedField,
    FieldVerdict
  >
}

type Base = Pick<SyncBase, 'app' | 'google' | 'told'>

/** Which side each field goes to. */
interface Sorted {
  readonly toHost: MergedField[]
  readonly toGoogle: MergedField[]
  readonly contested: MergedField[]
  /** Both sides changed it and the policy took Google's. */
  readonly conceded: MergedField[]
  /** What a person wrote in Google and the app's value takes the place of. */
  readonly overruled: MergedField[]
  readonly baseApp: SyncBase['app']
}

function sortFields(facts: InboundFacts, event: LiveEvent, before: Base): Sorted {
  const { integration, app, openConflict } = facts
  // A side that cannot be read counts as unchanged; before the host is told anything it is asked again.
  const wanted = app.wanted === true ? app.fields : null
  const base = wanted === null ? before : caughtUp(before, wanted)
  const verdicts =
    wanted === null
      ? googleAlone(base.google, event.fields)
      : mergeFields({ baseApp: base.app, baseGoogle: base.google, app: wanted, google: event.fields })
  const sorted: Sorted = {
    toHost: [],
    toGoogle: [],
    contested: [],
    conceded: [],
    overruled: [],
    baseApp: { ...base.app },
  }
  const remember = (field: MergedField, side: MergedFields | null): void => {
    if (side !== null) Object.assign(sorted.baseApp, pick(side, [field]))
  }
  const overrule = (field: MergedField): void => {
    sorted.toGoogle.push(field)
    sorted.overruled.push(field)
    // So that the push writes the app's value.
    remember(field, event.fields)
  }
  for (const field of MERGED_FIELDS) {
    const verdict = sinceJudged(facts, field, verdicts[field])
    if (verdict === 'agreed') remember(field, wanted)
    else if (openConflict?.fields.includes(field)) {
      sorted.contested.push(field)
      remember(field, wanted)
    } else if (verdict === 'app') sorted.toGoogle.push(field)
    else if (verdict === 'google') {
      const outcome = outcomeFor(integration.settings, field, 'google_changed')
      // What was to be put back waits for the host's word about this one.
      if (verdicts[field] === 'contested') remember(field, wanted)
      if (outcome === 'tell') sorted.toHost.push(field)
      else if (outcome === 'write') overrule(field)
    } else if (verdict === 'contested') {
      const winner = settleContest(facts, aboutField(facts, base, field, event))
      if (winner === 'app') {
        overrule(field)
        continue
      }
      if (winner === 'nobody') sorted.contested.push(field)
      else {
        sorted.toHost.push(field)
        sorted.conceded.push(field)
      }
      // So that the push leaves Google's alone.
      remember(field, wanted)
    }
  }
  return sorted
}

/**
 * An app that says what it said when an edit in Google was refused has changed nothing since: another edit there is the
 * only one, although the app's value is still to be put back.
 */
function sinceJudged({ link, app }: InboundFacts, field: MergedField, verdict: FieldVerdict): FieldVerdict {
  const unchanged = app.wanted === true && sameField(field, app.fields[field], link.base.judged?.[field])
  return verdict === 'contested' && unchanged ? 'google' : verdict
}

function aboutField({ app }: InboundFacts, base: Base, field: MergedField, event: LiveEvent): Contest {
  const wanted = app.wanted === true ? app : null
  return {
    field,
    base: pick(base.google, [field]),
    app: { exists: true, ...(wanted === null ? {} : pick(wanted.fields, [field])) },
    google: { exists: true, ...pick(event.fields, [field]) },
    appAtMs: wanted?.updatedAtMs ?? 0,
    googleAtMs: event.updatedMs,
  }
}

/**
 * What follows from an event of ours that stands on the calendar and is not as we left it. The link takes over
 * what Google holds; the app's edits that still have to be written stay different from its base.
 */
export function planLiveEvent(given: InboundFacts, event: LiveEvent): InboundPlan {
  const facts = touchedRefusal(given, event)
  const { integration, link, app, openConflict, nowMs } = facts
  const read = {
    ...link,
    state: 'live' as const,
    etag: event.etag,
    eventUpdatedAtMs: event.updatedMs,
    updatedAtMs: nowMs,
    version: link.version + 1,
  }
  const arrivedLate = link.base.inDoubt !== undefined
  const restored = link.state === 'removed' && !arrivedLate
  // Whether the app wants a restored event is asked for again before it is told.
  if (app.wanted === false || (app.wanted === 'unknown' && restored)) return planUnwanted(facts, event, read)

  const base = confirmedBase(link, event.fields, event.updatedMs || null)
  const { toHost, toGoogle, contested, conceded, overruled, baseApp } = sortFields(facts, event, base)
  const edited = editedFields(facts, base, event)
  const { settings } = integration
  const writes = settings.syncDirection !== 'from_google'
  const toWrite = toGoogle.filter((field) => outcomeFor(settings, field, 'app_changed') === 'write')
  // Begun on a calendar from which the owner has switched since.
  const move = link.state === 'live' ? {} : moveFor(link, integration.settings.calendarId)
  const moves = move.moveTo !== undefined
  // Nobody knows yet whether what turned up late is wanted.
  const undecided = app.wanted === 'unknown' && arrivedLate
  const log: SyncLogFacts[] = []
  let conflict = null
  if (contested.length > 0) {
    conflict = conflictOf(facts, {
      fields: contested,
      base: pick(base.google, contested),
      app: {
        ...openConflict?.app,
        exists: true,
        ...(app.wanted === true ? pick(app.fields, contested) : {}),
      },
      google: { exists: true, ...pick(event.fields, contested) },
    })
    log.push(fact(facts, 'conflict', contested))
  } else if (openConflict !== null) conflict = settledConflict(openConflict, nowMs)
  // The line that said what waited for a decision goes with the conflict.
  const explained =
    conflict?.status === 'resolved' &&
    conflict.reason === 'rejected_by_host' &&
    link.base.refusal !== undefined
  if (conceded.length > 0) log.push(fact(facts, 'conflict', conceded))
  if (overruled.length > 0) log.push(fact(facts, 'skipped', overruled))
  return withNotices(facts, event, {
    link: {
      ...read,
      appointmentUpdatedAtMs: versionCompared(facts),
      base: {
        app: baseApp,
        google: event.fields,
        ...carriedOver(link, { seen: edited, decided: [...overruled, ...base.landed] }),
        ...move,
        ...(explained ? {} : refusalKept(link)),
      },
      fingerprint: toGoogle.length > 0 || moves || explained ? '' : link.fingerprint,
    },
    inbox: inboxEntriesFor(link, event.fields, toHost, event.etag, nowMs),
    conflict,
    enqueue: toWrite.length > 0 || ((undecided || moves || explained) && writes) ? 'push' : null,
    log,
  })
}

/** The fields that Google holds otherwise than when the sides were last compared, or than an insert of ours put there. */
function editedFields({ link }: InboundFacts, base: Base, event: LiveEvent): MergedField[] {
  const inserted = link.state !== 'live' && writesInDoubt(link, null).length > 0
  return MERGED_FIELDS.filter((field) => {
    const held = base.google[field]
    return held === undefined ? inserted : !sameField(field, event.fields[field], held)
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

/**
 * The event stands, but the app wants none: it was restored by a person, our deletion is still to come, or it is of an
 * insert that arrived after it was given up.
 */
function planUnwanted(facts: InboundFacts, event: LiveEvent, read: InboundPlan['link']): InboundPlan {
  const { link, integration, openConflict, nowMs } = facts
  const arrivedLate = link.base.inDoubt !== undefined
  const restored = (link.state === 'removed' && !arrivedLate) || facts.restoreWaits
  const edited = editedFields(facts, confirmedBase(link, event.fields, event.updatedMs || null), event)
  const { settings } = integration
  const tellHost = restored && outcomeFor(settings, 'existence', 'google_changed') === 'tell'
  const holds = outcomeFor(settings, 'existence', 'app_changed') === 'hold'
  return {
    link: {
      ...read,
      base: {
        app: link.base.app,
        google: event.fields,
        ...carriedOver(link, { seen: restored ? ['existence'] : [] }),
        ...refusalKept(link),
      },
      fingerprint: '',
    },
    inbox: tellHost ? [inboxEntry(link, 'restored', event.fields, event.etag, nowMs)] : [],
    conflict: openConflict === null ? null : settledConflict(openConflict, nowMs),
    enqueue: tellHost || holds ? null : 'delete',
    // The app's cancellation overrules an edit that nobody was told of.
    log: tellHost || edited.length === 0 ? [] : [fact(facts, 'skipped', edited)],
  }
}
