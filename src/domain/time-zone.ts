import { z } from 'zod'

/** Zones that the runtime knows. Asking it takes 50 µs, and every stored time that is read asks. */
const known = new Set<string>()

/** More names than there are zones: writing one in many ways cannot fill the memory. */
const MAX_KNOWN = 1000

/** Whether the runtime knows `zone` as an IANA time zone. Offsets such as `+03:00` are not zones. */
export function isTimeZone(zone: string): boolean {
  if (known.has(zone)) return true
  if (!/^[A-Za-z]/.test(zone)) return false
  try {
    const isKnown = new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone.length > 0
    if (isKnown && known.size < MAX_KNOWN) known.add(zone)
    return isKnown
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

/** An IANA time zone such as `America/Sao_Paulo`. */
export const timeZoneSchema: z.ZodString = z
  .string()
  .refine(isTimeZone, 'must be an IANA time zone such as America/Sao_Paulo')
