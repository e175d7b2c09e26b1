import type { Locale } from '../domain/index.ts'

/** How a rendering spells dates, money and phone numbers. */
export interface Spelling {
  readonly locale: Locale
  /** IANA zone in which instants are shown. */
  readonly timeZone: string
}
