/** `syncPastDays` → `sync_past_days`. */
export type SnakeCase<S extends string> = S extends `${infer Head}${infer Tail}`
  ? `${Head extends Lowercase<Head> ? Head : `_${Lowercase<Head>}`}${SnakeCase<Tail>}`
  : S

/** What a value of the public face looks like in JSON: names in snake_case, instants as ISO 8601 text in UTC. */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { -readonly [K in keyof T as K extends string ? SnakeCase<K> : never]: Wire<T[K]> }
      : T

/** `syncPastDays` → `sync_past_days`; text without capitals is left as it is. */
export function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`)
}

function convert(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.map(convert)
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  return Object.fromEntries(fields.map(([name, field]) => [snakeCase(name), convert(field)]))
}

/** The wire form of plain data. A route's response schema then drops every field that it does not name. */
export function toWire<T>(value: T): Wire<T> {
  return convert(value) as Wire<T>
}
