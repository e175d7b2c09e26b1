import type { EventLink, InboxDetails, InboxEntry, Integration, SyncBase } from '../domain/index.ts'
import type { RemoteEvent } from '../google/index.ts'
import type { SyncLogFacts } from '../observability/index.ts'
import type { StorageSession } from '../ports/index.ts'
import { changeIdOf } from './change-id.ts'
import { isConferenceDue, nextLookAtMs, seeConference } from './conference.ts'
import { putInOrder } from './commit-inbound.ts'
import type { Engine } from './engine.ts'
import { seeAnswers, toldResponse } from './guest-responses.ts'
import { type InboundFacts, type InboundPlan, inboxEntry } from './inbound-plan.ts'
import { jobRefOf } from './job-ref.ts'

type LiveEvent = Extract<RemoteEvent, { cancelled: false }>

type Notice = Exclude<InboxDetails, { kind: 'created' }>

/**
 * What an event says besides its fields: answers of guests, and a conference. The host is told of both and decides
 * nothing about them, so they are never merged, contested or undone.
 */
export interface Notices {
  /** The link, with what the host is told by `inbox` remembered. */
  readonly link: EventLink
  readonly inbox: readonly InboxEntry[]
  readonly log: readonly SyncLogFacts[]
}

/** How the event came to be seen. */
export interface Sight {
  readonly integration: Integration
  readonly nowMs: number
  /** The number of the request for a conference that the write made whose answer this is. */
  readonly asked?: number | null
  /** Whether it was read only to see what became of a conference. */
  readonly looked?: boolean
}

/** `link.base.app` says what the app wants of the event by now. */
export function noticesOf(link: EventLink, event: LiveEvent, sight: Sight): Notices {
  const { nowMs, asked = null, looked = false } = sight
  const tell = sight.integration.settings.syncDirection !== 'to_google'
  const answers = seeAnswers(link, event.attendees, tell)
  const conference = seeConference(link, event.conference, { asked, looked })
  const { responses: _, conference: _c, ...rest } = link.base
  const base: SyncBase = {
    ...rest,
    ...(answers.responses === undefined ? {} : { responses: answers.responses }),
    ...(conference.state === undefined ? {} : { conference: conference.state }),
  }
  const told: Notice[] = answers.news.map((one) => ({ kind: 'attendee_responded', ...one }))
  // The answer to what the host asked for, so it is told whichever way edits travel.
  if (conference.ready !== null) told.push({ kind: 'conference_ready', url: conference.ready })
  return {
    link: { ...link, base },
    inbox: told.map((details) => noticeEntry(link, details, event.etag, nowMs)),
    log: conference.failed ? [conferenceMissing(link)] : [],
  }
}

function noticeEntry(link: EventLink, details: Notice, etag: string, nowMs: number): InboxEntry {
  const { tenantId, integrationId, calendarId, eventId } = link
  const text = JSON.stringify(details)
  const changeId = changeIdOf(tenantId, integrationId, calendarId, eventId, details.kind, etag, text)
  return { ...inboxEntry(link, details.kind, {}, etag, nowMs), changeId, details }
}

function conferenceMissing(link: EventLink): SyncLogFacts {
  return {
    ref: link,
    direction: 'to_google',
    action: 'conference',
    status: 'failed',
    appointmentId: link.appointmentId,
    googleEventId: link.eventId,
  }
}

/** A plan about an event that stands, with what the event says besides its fields. */
export function withNotices(
  { integration, nowMs }: InboundFacts,
  event: LiveEvent,
  plan: InboundPlan,
): InboundPlan {
  const notices = noticesOf(plan.link, event, { integration, nowMs })
  const again = isConferenceDue(notices.link) && integration.settings.syncDirection !== 'from_google'
  return {
    ...plan,
    link: again ? { ...notices.link, fingerprint: '' } : notices.link,
    inbox: [...plan.inbox, ...notices.inbox],
    enqueue: plan.enqueue ?? (again ? 'push' : null),
    log: [...plan.log, ...notices.log],
  }
}

/**
 * What follows from an event that is as we left it, which a pending conference does not keep it from being: Google
 * makes it on its own account. `null` for nothing.
 */
export function planAsWeLeftIt(
  integration: Integration,
  link: EventLink,
  event: LiveEvent,
  nowMs: number,
): InboundPlan | null {
  if (link.base.conference?.state !== 'pending' || event.conference?.status === 'pending') return null
  const plan = { inbox: [], conflict: null, enqueue: null, log: [] }
  const next = { ...link, updatedAtMs: nowMs, version: link.version + 1 }
  const facts = { integration, link, nowMs } as InboundFacts
  return withNotices(facts, event, { ...plan, link: next })
}

/**
 * Stores what goes with a link that was stored by the caller, in its transaction: what the host is to be told, the
 * log, and another push where the conference has to be looked at or asked for again. After the end of the intent,
 * which would take that push with it.
 */
export async function storeNotices(
  engine: Pick<Engine, 'logEntry' | 'clock'>,
  session: StorageSession,
  { link, inbox, log }: Notices,
): Promise<void> {
  await putInOrder(session, link, inbox)
  for (const facts of log) await session.syncLog.append(engine.logEntry(facts))
  const nowMs = engine.clock.now()
  const dueAtMs = isConferenceDue(link) ? nowMs : nextLookAtMs(link.base.conference, nowMs)
  if (dueAtMs === null) return
  const ref = jobRefOf(link)
  // A newer intent stays as it is: it must not be put off, and it looks at the conference too.
  if ((await session.outbox.find(ref)) !== null) return
  await session.outbox.enqueue({ ref, action: 'push', dueAtMs, nowMs })
}

/** Whether an entry tells of an answer or a conference. */
export function isNotice({ type }: InboxEntry): boolean {
  return type === 'attendee_responded' || type === 'conference_ready'
}

/** Whether what an entry tells has not been overtaken by something newer. */
export function isStillTrue(link: EventLink, { details }: InboxEntry): boolean {
  if (link.state !== 'live') return false
  if (details?.kind === 'attendee_responded') return toldResponse(link, details.email) === details.response
  return details?.kind === 'conference_ready' && link.base.conference?.url === details.url
}
