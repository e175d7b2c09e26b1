import { z } from 'zod'

/** Longest id taken from a host, in characters: it must fit an indexed column of every supported database. */
export const MAX_ID_LENGTH = 191

/** An id of the host's: opaque text, 1 to {@link MAX_ID_LENGTH} characters, no control characters. */
export const hostIdSchema: z.ZodString = z
  .string()
  .min(1, 'must not be empty')
  .max(MAX_ID_LENGTH, `must be at most ${MAX_ID_LENGTH} characters`)
  // eslint-disable-next-line no-control-regex -- control characters are exactly what is refused
  .regex(/^[^\u0000-\u001f\u007f]*$/u, 'must not contain control characters')

/** The company and the professional whose calendar it is. Every row, lock key and log line carries both. */
export interface Owner {
  readonly tenantId: string
  readonly userId: string
}

export const ownerSchema: z.ZodType<Owner> = z.object({ tenantId: hostIdSchema, userId: hostIdSchema })
