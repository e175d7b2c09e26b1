import { isDeepStrictEqual } from 'node:util'
import type { EventFields, EventLink, SyncBase } from '../domain/index.ts'

type Some = Partial<EventFields>

/** What is left of fields: when it is and how it looks, and no text and no guest. */
function withoutTexts(fields: Some): Some {
  const { time, status, reminderMinutes, colorId, visibility, transparency, conference } = fields
  return {
    ...(time === undefined ? {} : { time }),
    ...(status === undefined ? {} : { status }),
    ...(reminderMinutes === undefined ? {} : { reminderMinutes }),
    ...(colorId === undefined ? {} : { colorId }),
    ...(visibility === undefined ? {} : { visibility }),
    ...(transparency === undefined ? {} : { transparency }),
    ...(conference === undefined ? {} : { conference }),
  }
}

function timeOf({ time }: Some): Pick<Some, 'time'> {
  return time === undefined ? {} : { time }
}

/**
 * The base without what a person wrote. What is not named here is dropped: a field that is added to the base one day may
 * hold texts too.
 */
function blankBase({
  app,
  google,
  writing,
  edited,
  moveTo,
  removing,
  inDoubt,
  told,
  judged,
  conference,
  rendering,
  external,
}: SyncBase): SyncBase {
  return {
    app: withoutTexts(app),
    google: timeOf(google),
    ...(writing === undefined ? {} : { writing: timeOf(writing) }),
    ...(edited === undefined ? {} : { edited }),
    ...(moveTo === undefined ? {} : { moveTo }),
    ...(removing === undefined ? {} : { removing }),
    ...(inDoubt === undefined ? {} : { inDoubt: { ...inDoubt, writing: inDoubt.writing.map(timeOf) } }),
    ...(told === undefined ? {} : { told: timeOf(told) }),
    ...(judged === undefined ? {} : { judged: timeOf(judged) }),
    ...(conference === undefined ? {} : { conference }),
    ...(rendering === undefined ? {} : { rendering }),
    ...(external === undefined ? {} : { external }),
  }
}

/**
 * The link without texts; `null` when it has none already. The row stays: by its generation and event id no id is used
 * twice. The fingerprint, which is a hash of the texts, goes too; a call that comes late with the version that was known
 * by it is stale from now on where the event is gone, and cannot bring it back.
 */
export function blankLink(link: EventLink, nowMs: number): EventLink | null {
  const base = blankBase(link.base)
  if (link.fingerprint === '' && isDeepStrictEqual(base, link.base)) return null
  return {
    ...link,
    base,
    fingerprint: '',
    appointmentUpdatedAtMs: link.appointmentUpdatedAtMs + (link.state === 'removed' ? 1 : 0),
    updatedAtMs: nowMs,
    version: link.version + 1,
  }
}
