import type { Discovery, GoogleSchema } from './document.ts'

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * The members that the document's annotations ask of a method's body and that are missing. The dialect keeps them
 * apart from the schemas because one schema serves every method.
 */
export function missingMembers(
  discovery: Discovery,
  methodId: string,
  schema: GoogleSchema | undefined,
  body: unknown,
  at: string = '',
): string[] {
  const resolved = schema?.$ref === undefined ? schema : discovery.schemas[schema.$ref]
  if (!resolved?.properties || !isRecord(body)) return []
  return Object.entries(resolved.properties).flatMap(([name, member]) => {
    const value = body[name]
    if (value !== undefined && value !== null) {
      return missingMembers(discovery, methodId, member, value, `${at}/${name}`)
    }
    const isRequired = member.annotations?.required?.includes(methodId) ?? false
    return isRequired ? [`${at}/${name}: required by ${methodId}, but missing`] : []
  })
}
