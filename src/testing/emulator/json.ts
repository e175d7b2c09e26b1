/** Any JSON value, as it travels on the wire. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject

/** A JSON object of unknown shape. */
export interface JsonObject {
  [key: string]: JsonValue | undefined
}

/** Whether a parsed JSON value is an object (neither null nor an array). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A deep copy that shares nothing with the original; undefined members disappear. */
export function cloneJson<T extends JsonValue>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}

/** Whether two JSON values are equal, regardless of the order of members. */
export function sameJson(left: JsonValue | undefined, right: JsonValue | undefined): boolean {
  if (left === right) return true
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => sameJson(item, right[index]))
  }
  if (!isJsonObject(left) || !isJsonObject(right)) return false
  const keys = new Set([...Object.keys(left), ...Object.keys(right)])
  return [...keys].every((key) => sameJson(left[key], right[key]))
}

/**
 * JSON merge as events.patch does it: objects merge member by member, arrays are replaced whole, null
 * clears a member (https://developers.google.com/workspace/calendar/api/guides/performance#patch).
 */
export function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const merged = new Map<string, JsonValue | undefined>(Object.entries(target))
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined) continue
    if (value === null) {
      merged.delete(key)
      continue
    }
    const current = merged.get(key)
    merged.set(key, isJsonObject(value) ? mergePatch(isJsonObject(current) ? current : {}, value) : value)
  }
  return Object.fromEntries(merged)
}
