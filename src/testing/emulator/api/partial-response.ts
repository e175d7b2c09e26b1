import { invalid } from '../errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts'

/** A parsed field mask: member → what of it is wanted; an empty map means all of it. */
type Mask = Map<string, Mask>

const bad = (mask: string): Error => invalid(`Invalid field selection ${mask}`, 'fields')

/** Reads one level of a mask up to its closing parenthesis, starting at `position`. */
function readLevel(mask: string, start: number, nested: boolean): { level: Mask; position: number } {
  const level: Mask = new Map()
  let position = start
  for (;;) {
    const name = /^[A-Za-z0-9_*-]+/.exec(mask.slice(position))?.[0]
    if (!name) throw bad(mask)
    position += name.length
    let inner: Mask = new Map()
    if (mask[position] === '(') {
      const read = readLevel(mask, position + 1, true)
      inner = read.level
      position = read.position
    } else if (mask[position] === '/') {
      const read = readPath(mask, position + 1)
      inner = read.level
      position = read.position
    }
    level.set(name, inner)
    if (mask[position] === ',') {
      position += 1
      continue
    }
    if (nested && mask[position] === ')') return { level, position: position + 1 }
    if (!nested && position === mask.length) return { level, position }
    throw bad(mask)
  }
}

/** Reads the rest of a path such as `private/key` or `private(a,b)` after a slash. */
function readPath(mask: string, start: number): { level: Mask; position: number } {
  const name = /^[A-Za-z0-9_*-]+/.exec(mask.slice(start))?.[0]
  if (!name) throw bad(mask)
  const position = start + name.length
  if (mask[position] === '/') {
    const read = readPath(mask, position + 1)
    return { level: new Map([[name, read.level]]), position: read.position }
  }
  if (mask[position] === '(') {
    const read = readLevel(mask, position + 1, true)
    return { level: new Map([[name, read.level]]), position: read.position }
  }
  return { level: new Map([[name, new Map()]]), position }
}

function select(value: JsonValue | undefined, mask: Mask): JsonValue | undefined {
  if (mask.size === 0) return value
  if (Array.isArray(value)) return value.map((item) => select(item, mask) ?? {})
  if (!isJsonObject(value)) return value
  const kept = Object.entries(value).flatMap(([name, member]) => {
    const inner = mask.get(name) ?? mask.get('*')
    const selected = inner ? select(member, inner) : undefined
    return selected === undefined ? [] : [[name, selected] as const]
  })
  return Object.fromEntries(kept)
}

/**
 * The `fields` parameter: only the named members of an answer.
 * @throws CalendarApiError 400 for a mask that cannot be read.
 */
export function selectFields(resource: JsonObject, mask: string): JsonObject {
  const { level } = readLevel(mask, 0, false)
  const selected = select(resource, level)
  return isJsonObject(selected) ? selected : {}
}
