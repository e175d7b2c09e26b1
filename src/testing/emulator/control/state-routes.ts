import { z } from 'zod'
import { checkedState, decodeData, encodeState } from '../files/state-codec.ts'
import { cloneJson, type JsonObject, type JsonValue } from '../json.ts'
import {
  UnknownNameError,
  controlRoute,
  nextDeskId,
  type ControlDesk,
  type ControlRoute,
} from './control-route.ts'

const nothing = z.strictObject({})

function now({ emulator }: ControlDesk): JsonObject {
  const at = emulator.now()
  return { now: at, iso: new Date(at).toISOString() }
}

/** A snapshot kept here, or written out so that it can be kept elsewhere. */
function snapshot(desk: ControlDesk, as: 'id' | 'json'): JsonObject {
  const taken = desk.emulator.snapshot()
  if (as === 'json') return { snapshot: JSON.parse(encodeState(taken.state)) as JsonValue }
  const id = nextDeskId(desk)
  desk.snapshots.set(id, taken)
  return { id }
}

function restore(desk: ControlDesk, given: { id: string } | { snapshot: JsonValue }): void {
  if ('snapshot' in given) {
    desk.emulator.restore({ state: checkedState(decodeData(JSON.stringify(given.snapshot))) })
    return
  }
  const kept = desk.snapshots.get(given.id)
  if (!kept) throw new UnknownNameError(`there is no snapshot ${given.id}`, [...desk.snapshots.keys()])
  desk.emulator.restore(kept)
}

/** Time, snapshots, and the logs of requests and of notifications. */
export const STATE_ROUTES: readonly ControlRoute[] = [
  controlRoute('now', ['GET', '/now'], nothing, now),
  controlRoute('advance', ['POST', '/advance'], z.strictObject({ ms: z.number().min(0) }), (desk, { ms }) => {
    desk.emulator.advance(ms)
    return now(desk)
  }),
  controlRoute(
    'snapshot',
    ['POST', '/snapshot'],
    z.strictObject({ as: z.enum(['id', 'json']).default('id') }),
    (desk, { as }) => snapshot(desk, as),
  ),
  controlRoute(
    'restore',
    ['POST', '/restore'],
    z.union([z.strictObject({ id: z.string() }), z.strictObject({ snapshot: z.json() })], {
      error: 'takes { "id" } or { "snapshot" }, as the call snapshot returned it',
    }),
    (desk, given) => restore(desk, given),
  ),
  controlRoute('reset', ['POST', '/reset'], nothing, ({ emulator }) => emulator.reset()),
  controlRoute('requests', ['GET', '/requests'], nothing, ({ emulator }) => ({
    requests: emulator.requests.map((request): JsonValue => cloneJson({ ...request })),
  })),
  controlRoute('requests.clear', ['DELETE', '/requests'], nothing, ({ emulator }) => {
    emulator.requests.length = 0
    return undefined
  }),
  controlRoute('deliveries', ['GET', '/deliveries'], nothing, ({ emulator }) => ({
    deliveries: emulator.deliveries.map((delivery): JsonValue => cloneJson({ ...delivery })),
  })),
  controlRoute('deliveries.clear', ['DELETE', '/deliveries'], nothing, ({ emulator }) => {
    emulator.deliveries.length = 0
    return undefined
  }),
  controlRoute('settled', ['POST', '/settled'], nothing, async ({ emulator }) => {
    await emulator.settled()
    return undefined
  }),
]
