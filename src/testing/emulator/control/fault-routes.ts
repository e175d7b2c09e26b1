import { z } from 'zod'
import type { FaultControls } from '../fault-controls.ts'
import type { JsonObject } from '../json.ts'
import {
  UnknownNameError,
  controlRoute,
  nextDeskId,
  type ControlAnswer,
  type ControlDesk,
  type ControlRoute,
} from './control-route.ts'
import {
  count,
  countedFault,
  delayNext,
  failNext,
  milliseconds,
  quotaLimits,
  randomFaults,
  tokenError,
} from './fault-arguments.ts'

const nothing = z.strictObject({})
const times = z.strictObject({ times: count.optional() })
const on = z.strictObject({ on: z.boolean() })
const ms = z.strictObject({ ms: milliseconds })
const msOrNull = z.strictObject({ ms: milliseconds.nullable() })
const email = z.strictObject({ email: z.string().optional() })

type FaultCall = (name: string) => ControlRoute

function fault<Schema extends z.ZodType>(
  schema: Schema,
  arm: (faults: FaultControls, given: z.output<Schema>, desk: ControlDesk) => ControlAnswer | void,
): FaultCall {
  return (name) =>
    controlRoute(`faults.${name}`, ['POST', `/faults/${name}`], schema, (desk, given) =>
      arm(desk.emulator.faults, given, desk),
    )
}

/** Holds an answer and says under which id it can be let go. */
function hold(faults: FaultControls, given: z.output<typeof delayNext>, desk: ControlDesk): JsonObject {
  const id = nextDeskId(desk)
  const { ms, ...fault } = given
  const until = new Promise<void>((resolve, reject) => {
    desk.holds.set(id, resolve)
    if (ms !== undefined) desk.sleep(ms).then(resolve, reject)
  }).finally(() => desk.holds.delete(id))
  faults.delayNext({ ...fault, until })
  return { id }
}

/** Every fault there is, by its name in the process: a new one does not compile until it is reachable here. */
const FAULTS: { readonly [Name in keyof FaultControls]: FaultCall } = {
  failNext: fault(failNext, (faults, given) => faults.failNext(given)),
  dropNext: fault(countedFault, (faults, given) => faults.dropNext(given)),
  hangNext: fault(countedFault, (faults, given) => faults.hangNext(given)),
  delayNext: fault(delayNext, hold),
  latencyMs: fault(ms, (faults, given) => faults.latencyMs(given.ms)),
  tokenError: fault(tokenError, (faults, given) => faults.tokenError(given)),
  batchConflicts: fault(times, (faults, given) => faults.batchConflicts(given.times)),
  disableApi: fault(on, (faults, given) => faults.disableApi(given.on)),
  random: fault(z.strictObject({ faults: randomFaults.nullable() }), (faults, given) =>
    faults.random(given.faults),
  ),
  quota: fault(
    z.strictObject({ limits: z.union([z.literal('google'), quotaLimits]).nullable() }),
    (faults, given) => faults.quota(given.limits),
  ),
  maxPageSize: fault(z.strictObject({ size: z.int().min(1).nullable() }), (faults, given) =>
    faults.maxPageSize(given.size),
  ),
  emptyPages: fault(on, (faults, given) => faults.emptyPages(given.on)),
  expireSyncTokens: fault(nothing, (faults) => faults.expireSyncTokens()),
  purgeTombstones: fault(nothing, (faults) => faults.purgeTombstones()),
  emptyTrash: fault(nothing, (faults) => faults.emptyTrash()),
  readLag: fault(ms, (faults, given) => faults.readLag(given.ms)),
  failConferences: fault(times, (faults, given) => faults.failConferences(given.times)),
  expireAccessTokens: fault(nothing, (faults) => faults.expireAccessTokens()),
  accessTokenTtl: fault(msOrNull, (faults, given) => faults.accessTokenTtl(given.ms)),
  expireGrants: fault(email, (faults, given) => faults.expireGrants(given.email)),
  revokeGrants: fault(email, (faults, given) => faults.revokeGrants(given.email)),
  blockConsent: fault(
    z.strictObject({
      error: z.enum(['admin_policy_enforced', 'org_internal', 'disallowed_useragent']).nullable(),
    }),
    (faults, given) => faults.blockConsent(given.error),
  ),
  untickScopes: fault(z.strictObject({ scopes: z.array(z.string()) }), (faults, given) =>
    faults.untickScopes(given.scopes),
  ),
  dropNotifications: fault(times, (faults, given) => faults.dropNotifications(given.times)),
  duplicateNotifications: fault(times, (faults, given) => faults.duplicateNotifications(given.times)),
  delayNotifications: fault(z.strictObject({ ms: count.nullable() }), (faults, given) =>
    faults.delayNotifications(given.ms),
  ),
  reorderNotifications: fault(on, (faults, given) => faults.reorderNotifications(given.on)),
  syncBeforeResponse: fault(on, (faults, given) => faults.syncBeforeResponse(given.on)),
  clear: fault(nothing, (faults) => faults.clear()),
}

/** `POST /_emulator/faults/<name>` for every fault, and the call that lets a held answer go. */
export const FAULT_ROUTES: readonly ControlRoute[] = [
  ...Object.entries(FAULTS).map(([name, call]) => call(name)),
  controlRoute('holds.release', ['POST', '/holds/{id}/release'], nothing, (desk, _given, { id = '' }) => {
    const release = desk.holds.get(id)
    if (!release) throw new UnknownNameError(`no answer is held under ${id}`, [...desk.holds.keys()])
    release()
    return undefined
  }),
]
