import type { EventFields, EventLink, MergedFields, Refusal } from '../domain/index.ts'
import { withLastLine, withoutLastLine } from '../templating/index.ts'

/** What the app wants but for the line that explains a refusal. */
export interface Unexplained {
  readonly description: string
  readonly fingerprint: string
}

/** What is rendered for an event, and the hash of what it was rendered from. */
interface Rendered {
  readonly fields: EventFields
  readonly fingerprint: string
}

/**
 * What the app wants, with the line while it is due: the owner wants such lines, and the appointment is not newer than
 * the version that was refused. `unexplained` is there exactly with the line.
 */
export function explained(
  rendered: Rendered,
  refusal: Refusal | undefined,
  about: { readonly wantsLines: boolean; readonly updatedAtMs: number },
): Rendered & { readonly unexplained?: Unexplained } {
  if (refusal === undefined || !about.wantsLines || about.updatedAtMs > refusal.updatedAtMs) return rendered
  const { fields, fingerprint } = rendered
  const description = withLastLine(fields.description, refusal.line)
  return {
    fields: { ...fields, description },
    fingerprint: `${fingerprint}+${refusal.updatedAtMs}`,
    unexplained: { description: fields.description, fingerprint },
  }
}

/** Some fields without the line: it is the SDK's own, and no change of the app's. */
export function unexplainedFields<F extends Partial<MergedFields>>(
  fields: F,
  refusal: Refusal | undefined,
): F {
  if (refusal === undefined || fields.description === undefined) return fields
  return { ...fields, description: withoutLastLine(fields.description, refusal.line) }
}

/** What a link's base goes on knowing of a refusal: nothing, once the app wants the event without the line. */
export function refusalShown(
  link: Pick<EventLink, 'base'> | null,
  app: { readonly unexplained?: Unexplained | undefined },
): Pick<EventLink['base'], 'refusal'> {
  const refusal = link?.base.refusal
  return refusal === undefined || app.unexplained === undefined ? {} : { refusal }
}

/** The same while nobody looked at what the app wants. */
export function refusalKept({
  base: { refusal },
}: Pick<EventLink, 'base'>): Pick<EventLink['base'], 'refusal'> {
  return refusal === undefined ? {} : { refusal }
}
