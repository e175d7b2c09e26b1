import {
  CONFLICT_VERDICTS,
  type ConflictQuestion,
  type ConflictSide,
  type ConflictVerdict,
  type ContestedField,
  type EventLink,
  type Integration,
  type MergedFields,
  type ResolveConflict,
} from '../domain/index.ts'
import { AppointmentSyncError } from '../errors/index.ts'
import type { SyncLogFacts } from '../observability/index.ts'
import { type Clock, type Logger, withDeadline } from '../ports/index.ts'
import { isByPolicy, outcomeFor, policyFor } from './field-rules.ts'

/** How long the host's function may take over one question, in milliseconds. */
const VERDICT_LIMIT_MS = 5_000
/** So long it is not asked after it ran out of time: the calendar waits meanwhile, and its lease runs. */
const QUIET_MS = 60_000
/** How often a plan may come up with further questions; what is open then goes to review. */
const MAX_ROUNDS = 3

/** Who is right; `nobody` asks a person. */
export type Winner = 'app' | 'google' | 'nobody'

/** A contested field, as a plan meets it. */
export interface Contest {
  readonly field: ContestedField
  readonly base: Partial<MergedFields>
  readonly app: ConflictSide
  readonly google: ConflictSide
  readonly appAtMs: number
  /** `null` of a deletion. */
  readonly googleAtMs: number | null
}

/** Says who is right about a contest whose direction leaves it to the policy. */
export type Decide = (contest: Contest) => Winner

/** Asks the host's function; `null` when it gave no verdict. */
export type ConflictJudge = (question: ConflictQuestion) => Promise<ConflictVerdict | null>

/** What the settings say. */
function bySettings({ settings }: Pick<Integration, 'settings'>, contest: Contest): Winner {
  const { field, appAtMs, googleAtMs } = contest
  switch (outcomeFor(settings, field, 'both_changed')) {
    case 'write':
      return 'app'
    case 'tell':
      return 'google'
    case 'later':
      return googleAtMs === null || googleAtMs > appAtMs ? 'google' : 'app'
    case 'ask':
    case 'leave':
    case 'hold':
    case 'never':
      return 'nobody'
  }
}

/** Who is right about a field that both sides changed: the direction says it, or the policy, or the host's function. */
export function settleContest(
  facts: { readonly integration: Integration; readonly decide?: Decide | undefined },
  contest: Contest,
): Winner {
  const { integration, decide } = facts
  const isOpen = isByPolicy(contest.field, integration.settings.syncDirection, 'both_changed')
  return isOpen && decide !== undefined ? decide(contest) : bySettings(integration, contest)
}

/** A plan, and the fields about which the host's function was asked in vain. */
export interface Judged<P> {
  readonly plan: P
  readonly unanswered: readonly ContestedField[]
}

/**
 * Makes a plan by the host's verdicts. Plans are made in one go, so the first one only collects what there is to ask;
 * the host is asked outside of any transaction, and the plan is made again from the same facts. A question that has no
 * verdict is answered `nobody`.
 */
export async function judged<P>(
  judge: ConflictJudge | null,
  facts: { readonly integration: Integration; readonly link: EventLink },
  plan: (decide: Decide | undefined) => P,
): Promise<Judged<P>> {
  if (judge === null) return { plan: plan(undefined), unanswered: [] }
  const known = new Map<string, Winner>()
  const unanswered = new Set<ContestedField>()
  for (let round = 1; ; round += 1) {
    const open = new Map<string, Contest>()
    const made = plan((contest) => {
      const key = JSON.stringify(contest)
      const winner = known.get(key)
      if (winner === undefined) open.set(key, contest)
      return winner ?? 'nobody'
    })
    if (open.size === 0 || round > MAX_ROUNDS) return { plan: made, unanswered: [...unanswered] }
    await Promise.all(
      [...open].map(async ([key, contest]) => {
        const verdict = await judge(questionOf(facts, contest))
        if (verdict === null) unanswered.add(contest.field)
        known.set(key, winnerOf(facts.integration, contest, verdict))
      }),
    )
  }
}

function winnerOf(integration: Integration, contest: Contest, verdict: ConflictVerdict | null): Winner {
  if (verdict === 'policy') return bySettings(integration, contest)
  return verdict === 'app' || verdict === 'google' ? verdict : 'nobody'
}

function questionOf(
  { integration, link }: { readonly integration: Integration; readonly link: EventLink },
  { field, base, app, google, appAtMs, googleAtMs }: Contest,
): ConflictQuestion {
  return {
    owner: { tenantId: link.tenantId, userId: link.userId },
    appointmentId: link.appointmentId,
    googleEventId: link.eventId,
    field,
    // Copies: the host must not change what the plan is made from.
    base: structuredClone(base),
    app: structuredClone(app),
    google: structuredClone(google),
    appChangedAt: new Date(appAtMs),
    googleChangedAt: googleAtMs === null ? null : new Date(googleAtMs),
    policy: policyFor(integration.settings, field),
  }
}

/** The lines of the log about conflicts that the host's function should have decided, with why it did not. */
export function withUnanswered(
  log: readonly SyncLogFacts[],
  unanswered: readonly ContestedField[],
): readonly SyncLogFacts[] {
  if (unanswered.length === 0) return log
  const concerns = ({ status, fields = [] }: SyncLogFacts): boolean =>
    status === 'conflict' && unanswered.some((field) => fields.includes(field))
  return log.map((facts) => (concerns(facts) ? { ...facts, error: noVerdict(unanswered) } : facts))
}

function noVerdict(fields: readonly ContestedField[]): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'HOST_VERDICT_MISSING',
    message: `The host's resolveConflict gave no verdict about ${fields.join(', ')}. A person is asked.`,
  })
}

class OutOfTime extends Error {}

/** The host's function behind a limit of time. Whatever goes wrong with it is a warning and no verdict. */
export function createConflictJudge(parts: {
  readonly resolve: ResolveConflict
  readonly clock: Clock
  readonly logger: Logger
}): ConflictJudge {
  const { resolve, clock, logger } = parts
  let quietUntilMs = 0
  const ask = (question: ConflictQuestion): Promise<unknown> =>
    withDeadline(
      clock,
      VERDICT_LIMIT_MS,
      undefined,
      () => new OutOfTime(),
      async () => resolve(question),
    )
  return async (question) => {
    const { owner, appointmentId, field } = question
    const warn = (why: 'invalid' | 'quiet' | 'threw' | 'timed_out'): null => {
      const code = 'HOST_VERDICT_MISSING'
      logger.warn(
        { tenantId: owner.tenantId, appointmentId, field, code, why },
        'no verdict about a conflict',
      )
      return null
    }
    if (clock.now() < quietUntilMs) return warn('quiet')
    try {
      const answer = await ask(question)
      return CONFLICT_VERDICTS.find((verdict) => verdict === answer) ?? warn('invalid')
    } catch (error) {
      if (!(error instanceof OutOfTime)) return warn('threw')
      quietUntilMs = clock.now() + QUIET_MS
      return warn('timed_out')
    }
  }
}
