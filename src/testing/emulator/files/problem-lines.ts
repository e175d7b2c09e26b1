import type { z } from 'zod'

/** One thing that is wrong with what was given. */
export interface Problem {
  /** Where it is, such as `users.0.email`; empty for the whole. */
  readonly path: string
  readonly message: string
}

function problemsOfIssue(issue: z.core.$ZodIssue, above: readonly string[]): Problem[] {
  const path = [...above, ...issue.path.map(String)]
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key].join('.'), message: 'is not known' }))
  }
  // A union without words of its own says only that nothing fits; what each choice misses says more.
  if (issue.code === 'invalid_union' && issue.errors.length > 0 && issue.message === 'Invalid input') {
    return issue.errors.flat().flatMap((inner) => problemsOfIssue(inner, path))
  }
  return [{ path: path.join('.'), message: issue.message }]
}

/** Every problem that a schema found, one for each place and unknown name. */
export function problemsOf(error: z.core.$ZodError): Problem[] {
  return error.issues.flatMap((issue) => problemsOfIssue(issue, []))
}

/** A problem as one line of text. */
export function problemLine({ path, message }: Problem): string {
  return path === '' ? message : `${path}: ${message}`
}
