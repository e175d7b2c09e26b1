import { z } from 'zod'
import { ERROR_CODES, type ErrorCode, isAppointmentSyncError, type Problem } from '../index.ts'
import { HttpRefusal } from './http-refusal.ts'
import { STATUS_OF_CODE } from './status-of-code.ts'
import { snakeCase } from './wire-names.ts'
import { errorCodeSchema } from './wire-schemas.ts'

/** The body of every answer that is not a success (RFC 9457). Tell errors apart by `code`. */
export interface ProblemBody {
  /** `urn:appointment-sync:error:<code>`. */
  type: string
  /** What the code means. */
  title: string
  status: number
  code: ErrorCode
  /** What happened this time, where that is safe to tell. */
  detail: string
  /** Every problem of the input, by snake_case path; of a template with its place. */
  problems?: Problem[] | undefined
}

export const problemSchema: z.ZodType<ProblemBody> = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: errorCodeSchema,
  detail: z.string(),
  problems: z
    .array(
      z.object({
        path: z.string(),
        message: z.string(),
        line: z.int().optional(),
        column: z.int().optional(),
      }),
    )
    .optional(),
})

/**
 * What the caller may read. Messages of 4xx are written for callers. A 5xx tells the operator's affairs, and a
 * message with problems repeats their names as the SDK spells them, so both get the registry's line instead.
 */
function detailOf(code: ErrorCode, status: number, message: string, refusedHere: boolean, problems: number) {
  if (refusedHere) return message
  return status >= 500 || problems > 0 ? ERROR_CODES[code] : message
}

/** The status that an error is answered with. */
export function statusOf(error: unknown): number {
  if (!isAppointmentSyncError(error)) return STATUS_OF_CODE.INTERNAL
  const overridden = error instanceof HttpRefusal ? error.status : undefined
  return overridden ?? STATUS_OF_CODE[error.code] ?? STATUS_OF_CODE.INTERNAL
}

/** The answer to a request that failed. Nothing of an error that is not the SDK's own gets into it. */
export function problemResponse(error: unknown): Response {
  const known = isAppointmentSyncError(error) && error.code in STATUS_OF_CODE ? error : null
  const code = known?.code ?? 'INTERNAL'
  const status = statusOf(known)
  const problems = known?.problems ?? []
  const refusal = known instanceof HttpRefusal ? known : null
  const body: ProblemBody = {
    type: `urn:appointment-sync:error:${code}`,
    title: ERROR_CODES[code],
    status,
    code,
    detail: detailOf(code, status, known?.message ?? ERROR_CODES[code], refusal !== null, problems.length),
  }
  if (problems.length > 0) {
    // Paths of this room's own refusals are the wire's already, also where the caller misspelt them.
    const wireName = refusal === null ? snakeCase : String
    body.problems = problems.map(({ path, message, line, column }) => ({
      path: wireName(path),
      message,
      ...(line !== undefined && { line }),
      ...(column !== undefined && { column }),
    }))
  }
  const headers = new Headers({ ...refusal?.headers, 'content-type': 'application/problem+json' })
  if (known?.retryAfterMs !== undefined) {
    headers.set('retry-after', String(Math.max(0, Math.ceil(known.retryAfterMs / 1000))))
  }
  return new Response(JSON.stringify(body), { status, headers })
}
