import { sameField } from '../domain/index.ts'
import type { RemoteEvent } from '../google/index.ts'
import { writesInDoubt } from './in-doubt.ts'
import type { InboundFacts } from './inbound-plan.ts'
import { unexplainedFields } from './refusal.ts'

/**
 * Takes back the line that explains a refusal once a person has touched the description in Google: they have seen it.
 * What the app wants, and wanted, is then the description without it, so that a line that was deleted is no change to
 * tell and none to write again, and a text that was edited beside it is the person's.
 */
export function touchedRefusal(
  facts: InboundFacts,
  event: Extract<RemoteEvent, { cancelled: false }>,
): InboundFacts {
  const { link, app } = facts
  const { refusal, ...base } = link.base
  if (refusal === undefined) return facts
  const held = [base.google, ...writesInDoubt(link, event.updatedMs || null)]
  const known = held.some(({ description }) =>
    sameField('description', event.fields.description, description),
  )
  if (known) return facts
  const plain = app.wanted === true ? app.unexplained : undefined
  const wasWanted =
    app.wanted === true && sameField('description', base.app.description, app.fields.description)
  const before = unexplainedFields(base.app, refusal)
  const description = wasWanted && plain !== undefined ? plain.description : before.description
  return {
    ...facts,
    link: {
      ...link,
      base: { ...base, app: description === undefined ? before : { ...before, description } },
    },
    app:
      app.wanted !== true || plain === undefined
        ? app
        : {
            ...app,
            fields: { ...app.fields, description: plain.description },
            fingerprint: plain.fingerprint,
            unexplained: undefined,
          },
  }
}
