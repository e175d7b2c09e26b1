import { isJsonObject, type JsonObject } from '../json.ts'
import { seedRandom } from '../random.ts'
import { emptyState, type GoogleState } from '../state/state.ts'

/** Text that holds no state of this emulator. */
export class StateFormatError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'StateFormatError'
  }
}

/** Members that stand for what JSON has no form for. An object of Google's that has one is written as pairs. */
const MAP = '$map'
const SET = '$set'
const PAIRS = '$object'

function toJson(key: string, value: unknown): unknown {
  if (value === null || value === undefined || typeof value === 'string' || typeof value === 'boolean')
    return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (value instanceof Map) return { [MAP]: [...value] }
  if (value instanceof Set) return { [SET]: [...value] }
  if (Array.isArray(value)) return value
  if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    const reserved = Object.keys(value).some((name) => name === MAP || name === SET || name === PAIRS)
    return reserved ? { [PAIRS]: Object.entries(value) } : value
  }
  throw new TypeError(`the emulator's state is plain data, but ${key} is of type ${typeof value}`)
}

function isPair(value: unknown): value is [unknown, unknown] {
  return Array.isArray(value) && value.length === 2
}

function fromJson(_key: string, value: unknown): unknown {
  if (!isJsonObject(value)) return value
  const members: Record<string, unknown> = value
  const { [MAP]: map, [SET]: set, [PAIRS]: pairs } = members
  if (Array.isArray(map) && map.every(isPair)) return new Map(map)
  if (Array.isArray(set)) return new Set(set)
  if (Array.isArray(pairs) && pairs.every(isPair)) {
    return Object.fromEntries(pairs.map(([name, member]) => [String(name), member]))
  }
  return value
}

function kindOf(value: unknown): string {
  if (value instanceof Map) return 'map'
  if (value instanceof Set) return 'set'
  return Array.isArray(value) ? 'array' : typeof value
}

/** Whether a value has every member of a state, each of the right kind. */
function isState(value: unknown): value is GoogleState {
  if (!isJsonObject(value)) return false
  const members: JsonObject = value
  return Object.entries(emptyState(seedRandom(0))).every(
    ([name, model]) => kindOf(members[name]) === kindOf(model),
  )
}

/** A state (or anything made of plain data, maps and sets) as JSON text. */
export function encodeState(state: unknown): string {
  return JSON.stringify(state, toJson)
}

/** The plain data behind JSON text of `encodeState`. @throws SyntaxError when it is not JSON. */
export function decodeData(text: string): unknown {
  return JSON.parse(text, fromJson)
}

/** Takes data for a state. @throws StateFormatError when a member is missing or of another kind. */
export function checkedState(data: unknown): GoogleState {
  if (isState(data)) return data
  throw new StateFormatError('it does not hold a state of this emulator')
}
