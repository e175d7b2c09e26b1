import type { SourceEdit } from './source-edits.ts'

/** The engine broken in one place. */
export interface Mutant {
  readonly name: string
  readonly edits: readonly SourceEdit[]
  /** Within how many runs it must be caught. */
  readonly within: number
}

const sync = (file: string): string => `src/sync/${file}.ts`

/** One edit makes most of them. */
function mutant(name: string, within: number, file: string, find: string, replace: string): Mutant {
  return { name, within, edits: [{ file, find, replace }] }
}

/** Breaks of the engine, each of which the simulation has to catch within so many runs. */
export const MUTANTS: readonly Mutant[] = [
  mutant(
    'the sync token moves before the changes are stored',
    600,
    sync('read-pass'),
    'const plans = await planPage(',
    'if (page.nextPageToken === null) await engine.storage.transaction((session) => advance(engine, session, pass, page.nextSyncToken))\n      const plans = await planPage(',
  ),
  mutant(
    'a patch has no If-Match',
    200,
    'src/google/event-calls.ts',
    "      if (mark !== undefined) requestBody.extendedProperties = { private: { [MARK_PROPERTY]: mark } }\n      const params = { calendarId, eventId, requestBody, ...CONFERENCES, ...notify(notifyGuests) }\n      const facts = factsOf(address, 'events.patch', 'write')\n      return call(facts, options, async (api, request) => {\n        const { data } = await api.events.patch(params, { ...request, headers: ifMatch(etag, facts) })",
    "      if (mark !== undefined) requestBody.extendedProperties = { private: { [MARK_PROPERTY]: mark } }\n      const params = { calendarId, eventId, requestBody, ...CONFERENCES, ...notify(notifyGuests) }\n      const facts = factsOf(address, 'events.patch', 'write')\n      return call(facts, options, async (api, request) => {\n        const { data } = await api.events.patch(params, request)",
  ),
  mutant(
    'a deletion has no If-Match',
    400,
    'src/google/event-calls.ts',
    'api.events.delete(params, { ...request, headers: ifMatch(etag, facts) })',
    'api.events.delete(params, request)',
  ),
  mutant(
    'whoever comes completes the job, whatever it holds by now',
    1500,
    'adapters/storage-memory/outbox.ts',
    "row.fence !== job.fence || row.leasedUntilMs === null) return 'lost'\n        if (row.revision !== job.revision) {",
    "row.fence < 0) return 'lost'\n        if (row.revision < 0) {",
  ),
  {
    name: 'the sweep follows a pass that is not complete, and believes it',
    within: 100,
    edits: [
      {
        file: sync('read-pass'),
        find: '      if (last && syncToken === null) {\n',
        replace: '      if (syncToken === null) {\n',
      },
      {
        file: sync('sweep-unseen'),
        find: 'const event = sighting.value',
        replace: "const event = 'gone' as typeof sighting.value",
      },
    ],
  },
  mutant(
    'the sweep concludes without asking for the event by name',
    400,
    sync('sweep-unseen'),
    'const event = sighting.value',
    "const event = 'gone' as typeof sighting.value",
  ),
  mutant(
    'an own write that comes back is not recognised',
    100,
    sync('patch-write'),
    '    etag: event.etag,\n    iCalUID: event.iCalUID,\n    eventUpdatedAtMs: event.updatedMs,\n    // What Google gives back is what it holds: it may have trimmed or rewritten a text.\n    base: { app: app.fields, google: event.fields,',
    "    etag: '',\n    iCalUID: event.iCalUID,\n    eventUpdatedAtMs: event.updatedMs,\n    base: { app: app.fields, google: link.base.google,",
  ),
  mutant(
    'a write whose answer was lost is not known again',
    400,
    sync('plan-live-event'),
    'const values = pick(google, landed)',
    'const values = pick(google, landed.slice(4))',
  ),
  mutant(
    'folding intents keeps the oldest: whoever has begun with it ends the newer one too',
    1500,
    'adapters/storage-memory/outbox.ts',
    'revision: (before?.revision ?? 0) + 1,',
    'revision: before?.revision ?? 1,',
  ),
  mutant(
    'a refresh without a refresh token erases the stored one',
    1500,
    'src/oauth/refresh.ts',
    'refreshToken: reply.refreshToken ?? stored.refreshToken,',
    "refreshToken: reply.refreshToken ?? '-',",
  ),
  mutant(
    'what is about to be written is not stored first',
    400,
    sync('patch-write'),
    'const base = { ...link.base, writing: pick(app.fields, delta.merged) }',
    'const base = { ...link.base }',
  ),
  {
    name: 'an insert under an id that is taken goes straight to the next id',
    within: 400,
    edits: [
      {
        file: sync('create-event'),
        find: 'const found = await findOwn(engine, link, signal)',
        replace: 'const found = null as Awaited<ReturnType<typeof findOwn>>',
      },
      {
        file: sync('create-event'),
        find: 'const found = await findOwn(engine, draft, signal)',
        replace: 'const found = null as Awaited<ReturnType<typeof findOwn>>',
      },
      {
        file: sync('create-event'),
        find: '(found === null && first &&',
        replace: '(found !== null && first &&',
      },
    ],
  },
  mutant(
    'a read that failed is taken for a deletion',
    200,
    sync('reconcile'),
    'if (!isGone(error)) throw error',
    "if (!isGone(error)) return 'gone'",
  ),
  mutant(
    'an inbox entry is removed before the host has answered',
    200,
    sync('deliver-inbox'),
    'const answer = await ask(engine, left)',
    'await storage.inbox.remove(entry, entry.changeId)\n    const answer = await ask(engine, left)',
  ),
  mutant(
    'change ids are new each time',
    1500,
    sync('deliver-inbox'),
    'const change = toChange(entry, link?.base.google)',
    'const change = { ...toChange(entry, link?.base.google), changeId: String(engine.clock.now()) + String(entry.attempts) + entry.changeId }',
  ),
  {
    name: 'event ids and marks leave out whose appointment it is',
    within: 600,
    edits: [
      {
        file: 'src/google/event-identity.ts',
        find: 'digest([NAMESPACE, ref.tenantId, ref.integrationId, appointmentId, String(generation)])',
        replace: 'digest([NAMESPACE, appointmentId, String(generation)])',
      },
      {
        file: 'src/google/event-identity.ts',
        find: "digest([NAMESPACE, 'mark', ref.tenantId, ref.integrationId, appointmentId])",
        replace: "digest([NAMESPACE, 'mark', appointmentId])",
      },
    ],
  },
  mutant(
    'the host is asked without its tenant',
    200,
    sync('app-side'),
    'engine.appointments.get({ tenantId: integration.tenantId, appointmentId }),',
    "engine.appointments.get({ tenantId: 'clinic-1', appointmentId }),",
  ),
  mutant(
    'a conflict takes the place of another',
    1500,
    sync('plan-inbox-entry'),
    'const fields = [...new Set([...(openConflict?.fields ?? []), ...asked])]',
    'const fields = asked',
  ),
  mutant(
    'a revoked grant is tried for ever as if it were a hiccup',
    400,
    'src/oauth/refresh.ts',
    'if (!isInvalidGrant(failure)) throw refreshError(failure, ref)',
    'throw refreshError(failure, ref)',
  ),
  mutant(
    'a write of unknown outcome is repeated without reading',
    400,
    sync('push'),
    'if (unsettled || isOverdue(link, engine.clock.now())) {',
    'if (unsettled && isOverdue(link, engine.clock.now())) {',
  ),
  {
    name: 'a stale hook is taken for news',
    within: 400,
    edits: [
      {
        file: sync('push'),
        find: 'if (link !== null && appointment.updatedAtMs < link.appointmentUpdatedAtMs) {',
        replace: 'if (link !== null && appointment.updatedAtMs < 0) {',
      },
      {
        file: sync('push'),
        find: 'if (!steady || appointment.updatedAtMs < link.appointmentUpdatedAtMs) return null',
        replace: 'if (!steady) return null',
      },
      {
        file: sync('standing'),
        find: 'if (link.appointmentUpdatedAtMs > appointment.updatedAtMs)',
        replace: 'if (link.appointmentUpdatedAtMs < 0)',
      },
    ],
  },
  mutant(
    'the app always wins',
    200,
    sync('field-rules'),
    "manual: { bothChanged: 'ask', deletedAndChanged: 'ask', refused: 'ask' },\n  google_wins: { bothChanged: 'tell',",
    "manual: { bothChanged: 'write', deletedAndChanged: 'ask', refused: 'ask' },\n  google_wins: { bothChanged: 'write',",
  ),
  mutant(
    'the policy is not asked again before the host is told',
    1500,
    sync('plan-inbox-entry'),
    "  if (app.wanted === 'unknown') return { kind: 'tell' }",
    "  if (app.wanted !== false) return { kind: 'tell' }",
  ),
  mutant(
    'what a lagging read shows is believed',
    600,
    sync('stale-read'),
    'updatedMs < link.eventUpdatedAtMs',
    'updatedMs < 0',
  ),
  mutant(
    'a fresh event that is not found is taken for a deleted one',
    1500,
    sync('stale-read'),
    "return link.state !== 'removed' && nowMs - link.updatedAtMs < READ_LAG_MS",
    "return link.state !== 'removed' && nowMs < READ_LAG_MS",
  ),
  mutant(
    'an event that was moved to another calendar is taken for a deleted one',
    100,
    sync('reconcile'),
    'if (found !== null) return decided((all) => followMoved(all, found))',
    'if (found === undefined) return decided((all) => followMoved(all, found))',
  ),
  mutant(
    'what is to be told is dropped whole when one of its fields has moved on',
    1500,
    sync('record-answer'),
    ': held.length === 0\n',
    ': true\n',
  ),
  mutant(
    'an insert that was under way stays on the calendar its owner has left',
    600,
    sync('insert-write'),
    'const move = moveFor(draft, integration?.settings.calendarId ?? draft.calendarId)',
    'const move = moveFor(draft, draft.calendarId)',
  ),
  mutant(
    "what the host was told of a guest's answer is forgotten",
    200,
    sync('guest-responses'),
    "return base.responses?.[email] ?? 'needsAction'",
    "return base.app.title === email ? 'accepted' : 'needsAction'",
  ),
  mutant(
    "a guest's answer is not told",
    200,
    sync('notices'),
    'const answers = seeAnswers(link, event.attendees, tell)',
    'const answers = seeAnswers(link, event.attendees, false)',
  ),
  mutant(
    'what a series that is taken over holds besides its rule is not looked at',
    400,
    sync('create-event'),
    'for (const exception of exceptions) await commitInbound(engine, session, exception)',
    'void exceptions',
  ),
]
