import type { z } from 'zod'
import { AppointmentSyncError, type Problem } from './appointment-sync-error.ts'
import type { ErrorCode } from './codes.ts'

/** The problems of a failed zod parse, by path. Values are left out: they may be personal data. */
export function problemsOf(error: z.ZodError): Problem[] {
  return error.issues.map((issue) => ({
    path: issue.path.map(String).join('.'),
    message: issue.message,
  }))
}

/** Parses `input`, or throws one error of `code` that names every problem by its path. */
export function parseOrThrow<S extends z.ZodType>(
  schema: S,
  input: unknown,
  code: ErrorCode,
  subject: string,
): z.output<S> {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  const problems = problemsOf(result.error)
  const listed = problems
    .map(({ path, message }) => `${path === '' ? '(root)' : path}: ${message}`)
    .join('; ')
  throw new AppointmentSyncError({
    code,
    message: `${subject} cannot be used: ${listed}. Nothing was stored or sent; correct these and call again.`,
    problems,
  })
}
