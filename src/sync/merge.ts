import {
  MERGED_FIELDS,
  type MergedField,
  type MergedFields,
  sameField,
  type SyncBase,
} from '../domain/index.ts'
import { unexplainedFields } from './refusal.ts'

/** What the merge looks at. */
export interface MergeInput {
  /** What the app wanted when the sides were last compared; an absent field is unknown. */
  readonly baseApp: Partial<MergedFields>
  /** What Google held when the sides were last compared; an absent field is unknown. */
  readonly baseGoogle: Partial<MergedFields>
  readonly app: MergedFields
  readonly google: MergedFields
}

/** What a field needs so that the sides are in step. */
export type FieldVerdict =
  /** Neither side changed it since the base; they may differ on purpose. */
  | 'unchanged'
  /** Both sides say the same. */
  | 'agreed'
  /** Only the app changed it. */
  | 'app'
  /** Only Google changed it. */
  | 'google'
  /** Both changed it, differently. */
  | 'contested'

/**
 * Three-way merge, field by field. A field whose base is unknown counts as changed on both sides: unless they
 * agree it is contested.
 */
export function mergeFields(input: MergeInput): Record<MergedField, FieldVerdict> {
  const verdict = (field: MergedField): FieldVerdict => {
    if (sameField(field, input.app[field], input.google[field])) return 'agreed'
    const appChanged = !sameField(field, input.app[field], input.baseApp[field])
    const googleChanged = !sameField(field, input.google[field], input.baseGoogle[field])
    if (appChanged) return googleChanged ? 'contested' : 'app'
    return googleChanged ? 'google' : 'unchanged'
  }
  return Object.fromEntries(MERGED_FIELDS.map((field) => [field, verdict(field)])) as Record<
    MergedField,
    FieldVerdict
  >
}

/**
 * The fields that the app changed since the sides were last compared, or a deletion was judged. One that takes over
 * what a person wrote in Google is none. One that is being written is: whether that arrived is not
 * known.
 */
export function changedByApp(base: SyncBase, wanted: MergedFields): MergedField[] {
  // The line that explains a refusal is the SDK's, not the app's.
  const known = unexplainedFields<Partial<MergedFields>>({ ...base.app, ...base.judged }, base.refusal)
  const own = unexplainedFields(wanted, base.refusal)
  return MERGED_FIELDS.filter(
    (field) => !sameField(field, own[field], known[field]) && !follows(base, field, wanted),
  )
}

/** Whether the app says what Google held, or what the host was told that it held: it took a person's edit over. */
export function follows(
  base: Pick<SyncBase, 'google' | 'told'>,
  field: MergedField,
  wanted: MergedFields,
): boolean {
  return (
    sameField(field, wanted[field], base.google[field]) || sameField(field, wanted[field], base.told?.[field])
  )
}
