import type {
  AppOnlyField,
  ConflictPolicy,
  ContestedField,
  SyncDirection,
  SyncSettings,
} from '../domain/index.ts'

/** Fields that are treated alike. */
export type FieldGroup = 'time' | 'text' | 'existence' | 'app_only'

/** Which group every field is in. A new field needs its line here, and one in the docs' table. */
export const FIELD_GROUPS: Readonly<Record<ContestedField | AppOnlyField, FieldGroup>> = {
  time: 'time',
  recurrence: 'time',
  title: 'text',
  description: 'text',
  location: 'text',
  existence: 'existence',
  status: 'app_only',
  attendees: 'app_only',
  reminderMinutes: 'app_only',
  colorId: 'app_only',
  visibility: 'app_only',
  transparency: 'app_only',
  source: 'app_only',
  conference: 'app_only',
}

/**
 * What can have happened to a field since the sides last agreed. Of `existence`: `app_changed` is cancelled in the
 * app, `google_changed` restored in Google, `deleted` deleted there and nothing else, `both_changed` deleted there and
 * changed in the app, `refused` a cancellation that the host refused. Of the others, `deleted` is changed in the app
 * while the event was deleted in Google.
 */
export const SITUATIONS = ['app_changed', 'google_changed', 'both_changed', 'deleted', 'refused'] as const
export type Situation = (typeof SITUATIONS)[number]

/** What follows. */
export type Outcome =
  /** Google gets the app's: a value, the event itself, or its end. */
  | 'write'
  /** The host is told Google's. */
  | 'tell'
  /** The side that was changed later: `write` or `tell`, the app's on a tie. */
  | 'later'
  /** Both sides are left alone and a person is asked. */
  | 'ask'
  /** Both sides keep what they have. */
  | 'leave'
  /** Nothing is written in this direction; it is once the direction changes. */
  | 'hold'
  /** It cannot happen. */
  | 'never'

type Cell = Outcome | 'by_policy'
type Row = Readonly<Record<Situation, Cell>>

/** What the host is told nothing of, the app decides. */
const APP_DECIDES = { both_changed: 'write', deleted: 'write', refused: 'write' } as const
/** What is not written, Google decides; what the host refuses is left as it is, or put to review. */
const GOOGLE_DECIDES = { both_changed: 'tell', deleted: 'tell', refused: 'by_policy' } as const
const POLICY_DECIDES = { both_changed: 'by_policy', deleted: 'by_policy', refused: 'by_policy' } as const

/** What follows, by group, direction and situation. */
const ROWS: Readonly<Record<FieldGroup, Readonly<Record<SyncDirection, Row>>>> = {
  time: {
    bidirectional: { app_changed: 'write', google_changed: 'tell', ...POLICY_DECIDES },
    // Nobody is told, so a booking must not be left standing at another time than the app's.
    to_google: { app_changed: 'write', google_changed: 'write', ...APP_DECIDES },
    from_google: { app_changed: 'hold', google_changed: 'tell', ...GOOGLE_DECIDES },
  },
  text: {
    bidirectional: { app_changed: 'write', google_changed: 'tell', ...POLICY_DECIDES },
    to_google: { app_changed: 'write', google_changed: 'leave', ...APP_DECIDES },
    from_google: { app_changed: 'hold', google_changed: 'tell', ...GOOGLE_DECIDES },
  },
  existence: {
    bidirectional: { app_changed: 'write', google_changed: 'tell', ...POLICY_DECIDES, deleted: 'tell' },
    to_google: { app_changed: 'write', google_changed: 'write', ...APP_DECIDES },
    from_google: { app_changed: 'hold', google_changed: 'tell', ...GOOGLE_DECIDES },
  },
  app_only: {
    bidirectional: appOnly('write', 'tell'),
    to_google: appOnly('write', 'write'),
    from_google: appOnly('hold', 'tell'),
  },
}

/** A change of theirs is written or not, and is no reason to keep what a person deletes. */
function appOnly(changed: Cell, deleted: Cell): Row {
  return { app_changed: changed, google_changed: 'leave', both_changed: changed, deleted, refused: 'never' }
}

/** What the policies say where they are asked. */
interface PolicyRule {
  /** Of a field that both sides changed. */
  readonly bothChanged: Outcome
  /** Of an event that was deleted in Google and changed in the app (decision 0007). */
  readonly deletedAndChanged: Outcome
  /** Of a change that the host refused. */
  readonly refused: Outcome
}

const POLICIES: Readonly<Record<ConflictPolicy, PolicyRule>> = {
  manual: { bothChanged: 'ask', deletedAndChanged: 'ask', refused: 'ask' },
  google_wins: { bothChanged: 'tell', deletedAndChanged: 'tell', refused: 'ask' },
  app_wins: { bothChanged: 'write', deletedAndChanged: 'write', refused: 'write' },
  latest_wins: { bothChanged: 'later', deletedAndChanged: 'tell', refused: 'write' },
  merge: { bothChanged: 'later', deletedAndChanged: 'write', refused: 'write' },
}

/** Whether the policy has a say, and with it the host's own function. */
export function isByPolicy(
  field: ContestedField | AppOnlyField,
  direction: SyncDirection,
  situation: Situation,
): boolean {
  return ROWS[FIELD_GROUPS[field]][direction][situation] === 'by_policy'
}

/** What follows from a situation, where `policy` is the one that holds for the field. */
export function outcomeUnder(
  field: ContestedField | AppOnlyField,
  direction: SyncDirection,
  policy: ConflictPolicy,
  situation: Situation,
): Outcome {
  const cell = ROWS[FIELD_GROUPS[field]][direction][situation]
  const outcome = cell === 'by_policy' ? byPolicy(field, policy, situation) : cell
  return outcome === 'write' && direction === 'from_google' ? 'hold' : outcome
}

function byPolicy(
  field: ContestedField | AppOnlyField,
  policy: ConflictPolicy,
  situation: Situation,
): Outcome {
  const { bothChanged, deletedAndChanged, refused } = POLICIES[policy]
  if (situation === 'refused') return refused
  return field === 'existence' || situation === 'deleted' ? deletedAndChanged : bothChanged
}

/** The policy that holds for a field. */
export function policyFor(
  settings: Pick<SyncSettings, 'conflictResolution' | 'conflictResolutionByField'>,
  field: ContestedField,
): ConflictPolicy {
  return settings.conflictResolutionByField[field] ?? settings.conflictResolution
}

/** What follows from a situation under the settings of an integration. */
export function outcomeFor(
  settings: Pick<SyncSettings, 'syncDirection' | 'conflictResolution' | 'conflictResolutionByField'>,
  field: ContestedField,
  situation: Situation,
): Outcome {
  return outcomeUnder(field, settings.syncDirection, policyFor(settings, field), situation)
}
