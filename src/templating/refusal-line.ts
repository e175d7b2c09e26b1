import type { Locale } from '../domain/index.ts'
import { cutHtml, escapeHtml } from './html-text.ts'
import { MAX_DESCRIPTION_LENGTH } from './limits.ts'
import { cutText, singleLine } from './plain-text.ts'

/** Longest reason of a host's that is kept, in UTF-16 code units. */
export const MAX_REASON_LENGTH = 300

/** What became of a change that the host refused. */
export type RefusalKind =
  /** The event went back to the app's time. */
  | 'rescheduled'
  /** The app's text was put back. */
  | 'edited'
  /** The event was made again. */
  | 'cancelled'
  /** It waits for a person's decision. */
  | 'review'

const TEXTS: Readonly<Record<Locale, Readonly<Record<RefusalKind, string>>>> = {
  'pt-BR': {
    rescheduled: 'O horário voltou ao do sistema',
    edited: 'A alteração foi desfeita',
    cancelled: 'O evento voltou à agenda',
    review: 'A alteração foi recusada e aguarda decisão',
  },
  en: {
    rescheduled: 'The time went back to that of the booking system',
    edited: 'The change was undone',
    cancelled: 'The event was put back on the calendar',
    review: 'The change was refused and waits for a decision',
  },
  es: {
    rescheduled: 'El horario volvió al del sistema',
    edited: 'El cambio se deshizo',
    cancelled: 'El evento volvió a la agenda',
    review: 'El cambio fue rechazado y espera una decisión',
  },
}

/** Marks that turn the direction of writing: in a line of another text they would reorder what follows. */
const DIRECTION_MARKS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** A host's reason on one line, without control characters, at most {@link MAX_REASON_LENGTH} code units. */
export function cleanReason(reason: string): string {
  return cutText(singleLine(reason.replace(DIRECTION_MARKS, '')), MAX_REASON_LENGTH)
}

/** The line that tells a person in Google why a change was refused, as HTML without a line break. */
export function refusalLine(reason: string, kind: RefusalKind, locale: Locale): string {
  const cleaned = cleanReason(reason)
  const text = TEXTS[locale][kind]
  return escapeHtml(cleaned === '' ? `${text}.` : `${text}: ${cleaned}`)
}

/** A description with a line at its end. Where both are too long together, the description is cut. */
export function withLastLine(description: string, line: string): string {
  if (description === '') return line
  return `${cutHtml(description, MAX_DESCRIPTION_LENGTH - line.length - 1)}\n${line}`
}

/** A description without that line at its end; as it is, where the line is not there. */
export function withoutLastLine(description: string, line: string): string {
  if (description === line) return ''
  return description.endsWith(`\n${line}`) ? description.slice(0, -line.length - 1) : description
}
