import {
  type AppOnlyField,
  CONFLICT_POLICIES,
  type ContestedField,
  SYNC_DIRECTIONS,
  type SyncDirection,
} from '../../src/domain/index.ts'
import {
  FIELD_GROUPS,
  type Outcome,
  outcomeUnder,
  type Situation,
  SITUATIONS,
} from '../../src/sync/field-rules.ts'

type AnyField = ContestedField | AppOnlyField

/** What a field is called on the page; a new one needs its line here. */
const NAMES: Readonly<Record<AnyField, string>> = {
  time: 'time (start, end, zone)',
  recurrence: 'rule of a series',
  title: 'title',
  description: 'description',
  location: 'location',
  existence: 'whether it stands',
  status: 'status (tentative)',
  attendees: 'guests',
  reminderMinutes: 'reminders',
  colorId: 'colour',
  visibility: 'visibility',
  transparency: 'busy or free',
  source: 'link to the appointment',
  conference: 'Meet link',
}

const HEADINGS: Readonly<Record<Situation, string>> = {
  app_changed: 'changed in the app',
  google_changed: 'changed in Google',
  both_changed: 'changed on both sides',
  deleted: 'event deleted in Google',
  refused: 'refused by `apply`',
}

const WORDS: Readonly<Record<Outcome, string>> = {
  write: 'written to Google',
  tell: '`apply` is told',
  later: 'the later edit',
  ask: 'review',
  leave: 'both stay',
  hold: 'not written',
  never: '-',
}

/** The same outcomes said of the event as a whole. */
const OF_EVENT: Readonly<Partial<Record<`${Situation} ${Outcome}`, string>>> = {
  'app_changed write': 'event taken off',
  'google_changed write': 'deleted again',
  'google_changed tell': 'told `restored`',
  'both_changed write': 'made again',
  'both_changed tell': 'told `cancelled`',
  'deleted write': 'made again',
  'deleted tell': 'told `cancelled`',
  'refused write': 'made again',
}

const ABOUT: Readonly<Record<SyncDirection, string>> = {
  bidirectional: 'Both sides are read and written.',
  to_google:
    'Google is looked at only where a push meets a change; `apply` is told nothing. An event that was restored is met by no push, and deleted again once Google is read.',
  from_google:
    'Nothing is written. What is "not written" stays a change of the app\'s: it is written once the direction lets it.',
}

function wordFor(field: AnyField, situation: Situation, outcome: Outcome): string {
  const ofEvent = situation === 'deleted' || field === 'existence'
  if (ofEvent) return OF_EVENT[`${situation} ${outcome}`] ?? WORDS[outcome]
  return situation === 'refused' && outcome === 'write' ? 'put back in Google' : WORDS[outcome]
}

function rowsOf(field: AnyField, direction: SyncDirection): string[][] {
  const rows = CONFLICT_POLICIES.map((policy) => ({
    policy: `\`${policy}\``,
    cells: SITUATIONS.map((situation) =>
      wordFor(field, situation, outcomeUnder(field, direction, policy, situation)),
    ),
  }))
  const same = rows.every(({ cells }) => cells.join() === rows[0]?.cells.join())
  const shown = same ? rows.slice(0, 1).map(({ cells }) => ({ policy: 'every', cells })) : rows
  return shown.map(({ policy, cells }) => [NAMES[field], policy, ...cells])
}

/** A Markdown table as the formatter leaves it. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)))
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const [head, ...body] = rows.map((row) => line(row.map((cell, at) => cell.padEnd(widths[at] ?? 0))))
  return [head ?? '', line(widths.map((width) => '-'.repeat(width))), ...body]
}

/** The text of `docs/fields.md`, from the rules that the engine goes by. */
export function fieldPage(): string {
  const fields = Object.keys(FIELD_GROUPS) as AnyField[]
  const head = ['field', 'policy', ...SITUATIONS.map((situation) => HEADINGS[situation])]
  const sections = SYNC_DIRECTIONS.flatMap((direction) => [
    `## \`${direction}\``,
    '',
    ABOUT[direction],
    '',
    ...table([head, ...fields.flatMap((field) => rowsOf(field, direction))]),
    '',
  ])
  return [
    '# What happens to each field',
    '',
    '<!-- Generated from src/sync/field-rules.ts by `npm run docs:fields`; a test compares. -->',
    '',
    'Every field, in every direction and under every policy: what follows when it was changed since both sides last agreed. The policy is `conflictResolutionByField` of the field where that names one, and else `conflictResolution`; under `bidirectional` your own `resolveConflict` answers before it about what was changed on both sides. What the policies mean, and the review, is told in [conflicts](guide/conflicts.md).',
    '',
    '- **review**: both sides are left alone, a conflict is opened, everything else goes on.',
    "- **the later edit**: the later of the appointment's `updatedAt` and the event's `updated`; it is written, or `apply` is told. The app's on a tie.",
    '- **event deleted in Google**: of a field, that it was changed in the app meanwhile; the policy is then that of `existence`. Changes of the fields that only the app decides keep no event that a person deletes. Of "whether it stands", that nothing else was changed; "changed on both sides" is deleted in Google and changed in the app.',
    '- **refused by `apply`**: of "whether it stands", a cancellation. A restoration that you refuse is deleted again under every policy.',
    '- Guests that somebody else put on the event stay there beside those of the app.',
    '- A cancellation in the app takes the event off under every policy, whatever was edited in Google.',
    '- A field with an open conflict is left alone until that is settled, in every direction.',
    '',
    ...sections,
  ]
    .join('\n')
    .trimEnd()
    .concat('\n')
}
