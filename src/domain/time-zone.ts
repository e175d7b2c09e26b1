import { z } from 'zod'

/** Whether the runtime knows `zone` as an IANA time zone. Offsets such as `+03:00` are not zones. */
export function isTimeZone(zone: string): boolean {
  if (!/^[A-Za-z]/.test(zone)) return false
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone.length > 0
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

/** An IANA time zone such as `America/Sao_Paulo`. */
export const timeZoneSchema: z.ZodString = z
  .string()
  .refine(isTimeZone, 'must be an IANA time zone such as America/Sao_Paulo')
