import type { Locale } from '../domain/index.ts'

/** The numbering plan of a country: whether digits are a whole national number, and how they are grouped. */
interface Plan {
  readonly callingCode: string
  /** Within the country; `null` when the digits are no number of it. */
  national(digits: string): string | null
  /** After the calling code; `null` when the digits are no number of it. */
  international(digits: string): string | null
}

function grouped(digits: string, pattern: RegExp, as: string): string | null {
  return pattern.test(digits) ? digits.replace(pattern, as) : null
}

/** Anatel: two digits of the area, then nine of a mobile number, the first a 9, or eight of a fixed one. */
const BR_MOBILE = /^([1-9][1-9])(9\d{4})(\d{4})$/
const BR_FIXED = /^([1-9][1-9])([2-8]\d{3})(\d{4})$/
/** ITU E.164, country code 1 (NANP): area and exchange begin with 2 to 9. */
const US_NUMBER = /^([2-9]\d{2})([2-9]\d{2})(\d{4})$/
/** CNMC: nine digits from 6 to 9. */
const ES_NUMBER = /^([6-9]\d{2})(\d{3})(\d{3})$/

const BRAZIL: Plan = {
  callingCode: '55',
  national: (digits) => {
    // A trunk zero, as it is dialled from another area.
    const number = /^0[1-9]/.test(digits) ? digits.slice(1) : digits
    return (
      grouped(number, BR_MOBILE, '($1) $2-$3') ??
      grouped(number, BR_FIXED, '($1) $2-$3') ??
      grouped(number, /^(9\d{4})(\d{4})$/, '$1-$2') ??
      grouped(number, /^([2-8]\d{3})(\d{4})$/, '$1-$2')
    )
  },
  international: (digits) => grouped(digits, BR_MOBILE, '$1 $2-$3') ?? grouped(digits, BR_FIXED, '$1 $2-$3'),
}

const UNITED_STATES: Plan = {
  callingCode: '1',
  national: (digits) => grouped(digits, US_NUMBER, '($1) $2-$3'),
  international: (digits) => grouped(digits, US_NUMBER, '$1-$2-$3'),
}

const SPAIN: Plan = {
  callingCode: '34',
  national: (digits) => grouped(digits, ES_NUMBER, '$1 $2 $3'),
  international: (digits) => grouped(digits, ES_NUMBER, '$1 $2 $3'),
}

const PLANS: readonly Plan[] = [BRAZIL, UNITED_STATES, SPAIN]
const HOME: Readonly<Record<Locale, Plan>> = { 'pt-BR': BRAZIL, en: UNITED_STATES, es: SPAIN }

/** ITU E.164: calling codes of one and two digits; every other one has three. */
const SHORT_CALLING_CODE = /^(?:[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/

/** What people put between digits. */
const WRITTEN = /^\+?[\d\s().\-/]{3,40}$/

function inThrees(digits: string): string {
  const groups = digits.match(/\d{1,3}/g) ?? []
  const last = groups.at(-1) ?? ''
  // No digit stands alone at the end.
  if (groups.length > 1 && last.length === 1) groups.splice(-2, 2, `${groups.at(-2) ?? ''}${last}`)
  return groups.join(' ')
}

/** A number with its calling code: by its plan where that is known, else as E.164 in groups of three. */
function formatInternational(digits: string, home: Plan): string | null {
  if (!/^[1-9]\d{7,14}$/.test(digits)) return null
  for (const plan of PLANS) {
    if (!digits.startsWith(plan.callingCode)) continue
    const rest = digits.slice(plan.callingCode.length)
    const known = plan.international(rest)
    if (known === null) continue
    return plan === home ? (plan.national(rest) ?? known) : `+${plan.callingCode} ${known}`
  }
  const code = SHORT_CALLING_CODE.exec(digits)?.[0] ?? digits.slice(0, 3)
  return `+${code} ${inThrees(digits.slice(code.length))}`
}

/**
 * A phone number as people of the language write it; `null` when it is none. Without a calling code it is taken for
 * one of the language's country (Brazil, the United States, Spain); those of another country keep their code.
 */
export function formatPhone(text: string, locale: Locale): string | null {
  const written = text.trim()
  if (!WRITTEN.test(written)) return null
  const home = HOME[locale]
  const digits = written.replace(/\D/g, '')
  if (written.startsWith('+')) return formatInternational(digits, home)
  if (digits.startsWith('00')) return formatInternational(digits.slice(2), home)
  const national = home.national(digits)
  if (national !== null || !digits.startsWith(home.callingCode)) return national
  const rest = digits.slice(home.callingCode.length)
  return home.international(rest) === null ? null : home.national(rest)
}
