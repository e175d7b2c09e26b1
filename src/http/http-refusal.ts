import type { z } from 'zod'
import { AppointmentSyncError, type ErrorCode, type Problem } from '../index.ts'

/** A request that this room refuses by itself, before or without a call of the SDK. */
export class HttpRefusal extends AppointmentSyncError {
  /** Overrides the status of the code; `undefined` for the code's own. */
  readonly status: number | undefined
  readonly headers: Readonly<Record<string, string>>

  constructor(refusal: {
    readonly code: ErrorCode
    readonly message: string
    readonly status?: number | undefined
    readonly headers?: Readonly<Record<string, string>> | undefined
    readonly problems?: readonly Problem[] | undefined
    readonly cause?: unknown
  }) {
    super(refusal)
    this.name = 'HttpRefusal'
    this.status = refusal.status
    this.headers = refusal.headers ?? {}
  }
}

function problemsByName(error: z.ZodError): Problem[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map(String)
    if (issue.code !== 'unrecognized_keys') return [{ path: path.join('.'), message: issue.message }]
    return issue.keys.map((key) => ({ path: [...path, key].join('.'), message: 'is not known here' }))
  })
}

/** Parses a part of the request, or refuses it with every problem by its path on the wire. */
export function parsePart<S extends z.ZodType>(schema: S, input: unknown, part: string): z.output<S> {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  throw new HttpRefusal({
    code: 'INVALID_REQUEST',
    message: `The ${part} of the request is not valid; see problems.`,
    problems: problemsByName(result.error),
  })
}
