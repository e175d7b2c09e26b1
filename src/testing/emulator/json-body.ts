import type { JsonValue } from './json.ts'

/** How deep a body may be nested; Google's parser has a limit of the same order, and a stack has one too. */
const MAX_DEPTH = 100

function isDeeper(value: JsonValue | undefined, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  return Object.values(value).some((member) => isDeeper(member, levels - 1))
}

/** The JSON value in a request body; null for text that is no JSON, or nested beyond 100 levels. */
export function readJsonBody(text: string): { readonly value: JsonValue } | null {
  try {
    const value = JSON.parse(text) as JsonValue
    return isDeeper(value, MAX_DEPTH) ? null : { value }
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
