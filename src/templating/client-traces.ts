import type { CheckedAppointment } from '../domain/index.ts'
import { type Finder, numberFinder, sequenceFinder, textFinder } from './find-in-text.ts'
import { fold } from './folded-text.ts'

/** What tells of the client in a folded text. */
export interface ClientTraces {
  /** The whole name, the address, the phone number and the notes: looked for everywhere. */
  readonly whole: readonly Finder[]
  /** Single parts of the name, as words: looked for in what the host writes about this one appointment. */
  readonly parts: readonly Finder[]
  /** Those of `whole` that make an e-mail address the client's: a short first name is anybody's. */
  readonly ofAddresses: readonly Finder[]
}

/** A name of fewer letters is a word of its own, or it would be found inside of others ("Ana" in "semana"). */
const LETTERS_TO_FIND_ANYWHERE = 6
/** A part of a name needs so many letters to be looked for by itself. */
const LETTERS_OF_A_PART = 3
/** So many digits say whose number it is, however the country and the area are written before them. */
const DIGITS_THAT_TELL = 8
const DIGITS_TO_FIND_ANYWHERE = 6
const FEWEST_DIGITS = 4
/** A line of notes is looked for by itself when it has so many letters, in at least two words. */
const LETTERS_OF_A_NOTE = 12
/** How many signs may stand between two parts of a name. */
const BETWEEN_PARTS = 8

/** Words in names that are words everywhere. */
const PARTICLES: ReadonlySet<string> = new Set(
  'das dos del los las the and von van der den filho neto junior senior dona senhor senhora mrs sra dra'.split(
    ' ',
  ),
)

const WORD = /[\p{L}\p{N}]+/gu
const HAS_LETTER = /\p{L}/u
const SIGNS = /[\p{So}\p{Sk}]+/gu
const NO_LETTERS = /\p{L}+/u
/** Scripts that set no blanks between words. */
const WITHOUT_BLANKS =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]+$/u

function wordsOf(text: string): string[] {
  return fold(text).match(WORD) ?? []
}

function isLong(letters: string): boolean {
  return letters.length >= LETTERS_TO_FIND_ANYWHERE
}

/** The parts in their order and in the opposite one ("Silva, João"), whatever stands between them. */
function namedBy(parts: readonly string[]): Finder[] {
  const letters = parts.join('')
  const anywhere = isLong(letters) || (letters.length > 1 && WITHOUT_BLANKS.test(letters))
  const min = parts.every((part) => part.length >= LETTERS_OF_A_PART) ? 0 : 1
  const rules = { gap: { min, max: BETWEEN_PARTS }, closedBefore: !anywhere, closedBehind: !anywhere }
  const orders = parts.length === 1 ? [parts] : [parts, parts.toReversed()]
  return orders.map((order) => sequenceFinder(order, rules))
}

/** A name of signs alone, such as an emoji, is looked for as it is. Punctuation names nobody. */
function ofName(name: string): Finder[] {
  const words = wordsOf(name)
  if (words.length > 0) return namedBy(words)
  return (fold(name).match(SIGNS) ?? []).map((signs) => textFinder(signs))
}

/** Short ones are the end of other people's: ana@ is in mariana@. */
function ofEmail(email: string): Finder[] {
  const folded = fold(email)
  const isOwn = (before: string): boolean => !WORD_OF_ADDRESS.test(before)
  const anywhere = folded.lastIndexOf('@') >= LETTERS_TO_FIND_ANYWHERE
  const spaced = folded.replace('@', ' @ ')
  return [folded, spaced].map((text) => textFinder(text, anywhere ? undefined : isOwn))
}

const WORD_OF_ADDRESS = /[\p{L}\p{N}._+-]/u

/** The last digits tell; those before them are taken along as far as they are there. */
function ofDigits(digits: string): Finder[] {
  if (digits.length < FEWEST_DIGITS) return []
  const [head, tail] = [digits.slice(0, -DIGITS_THAT_TELL), digits.slice(-DIGITS_THAT_TELL)]
  return [numberFinder(head, tail, digits.length < DIGITS_TO_FIND_ANYWHERE)]
}

/** With letters in it, as in 0800-SALON or an extension, it is a text too. */
function ofPhone(phone: string): Finder[] {
  const folded = fold(phone)
  const numbers = folded.split(NO_LETTERS).flatMap((run) => ofDigits(run.replace(/\D/g, '')))
  const words = wordsOf(phone)
  const isText = HAS_LETTER.test(folded) && words.join('').length >= FEWEST_DIGITS
  return isText ? [...numbers, ...namedBy(words)] : numbers
}

/** The lines of the notes that say enough to be known again, unless they only name the service. */
function ofNotes(notes: string, service: string): Finder[] {
  return notes
    .split(/\r\n?|\n/)
    .map((line) => fold(line).trim())
    .filter((line) => line.includes(' ') && line !== fold(service).trim())
    .filter((line) => wordsOf(line).join('').length >= LETTERS_OF_A_NOTE)
    .map((line) => textFinder(line))
}

const AS_WORD = { gap: { min: 0, max: 0 }, closedBefore: true, closedBehind: true }

function ofParts({ client, service, professional }: CheckedAppointment): Finder[] {
  const others = new Set([...wordsOf(service?.name ?? ''), ...wordsOf(professional?.name ?? '')])
  return [...new Set(wordsOf(client?.name ?? ''))]
    .filter((word) => HAS_LETTER.test(word) && word.length >= LETTERS_OF_A_PART)
    .filter((word) => !PARTICLES.has(word) && !others.has(word))
    .map((word) => sequenceFinder([word], AS_WORD))
}

/** What is to be looked for when nothing about the appointment's client may be told. */
export function clientTraces(appointment: CheckedAppointment): ClientTraces {
  const { client, notes, service } = appointment
  const name = client === null ? [] : ofName(client.name)
  const others = [
    ...(client?.email ? ofEmail(client.email) : []),
    ...(client?.phone ? ofPhone(client.phone) : []),
    ...ofNotes(notes ?? '', service?.name ?? ''),
  ]
  const isAnybodys = !isLong(wordsOf(client?.name ?? '').join(''))
  return {
    whole: [...name, ...others],
    parts: ofParts(appointment),
    ofAddresses: isAnybodys ? others : [...name, ...others],
  }
}
