/** A character of a text and the stretch of the source that spells it, in code units, half-open. */
export interface Spelling {
  readonly character: string
  readonly from: number
  readonly to: number
}

/** A text as it is compared: without case, accents and marks, with single blanks, digits as 0 to 9. */
export interface FoldedText {
  readonly text: string
  /** For every code unit of `text`, which of the spelled characters it came from. */
  readonly origins: readonly number[]
  /** For every code unit of `text`, whether it is of a letter or a digit. */
  readonly inWord: readonly boolean[]
}

/** Letters that Unicode does not take apart into a plain one and a mark. */
const PLAIN: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ħ: 'h',
  ı: 'i',
  ł: 'l',
  þ: 'th',
}

/** Zeros of digits that Unicode does not take apart either: Arabic, Persian, Devanagari. */
const ZEROS = [0x0660, 0x06f0, 0x0966] as const

const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u
const NEVER_SHOWN = /[\p{M}\p{Default_Ignorable_Code_Point}]/gu

function plainOf(character: string): string {
  const code = character.codePointAt(0) ?? 0
  const zero = ZEROS.find((first) => code >= first && code <= first + 9)
  return zero === undefined ? (PLAIN[character] ?? character) : String(code - zero)
}

/** `Ã` is `a`, a full-width digit is a digit, any blank is a space, a mark is nothing. */
function foldCharacter(character: string): string {
  if (/^[!-~]$/.test(character)) return character.toLowerCase()
  const apart = character.normalize('NFKD').toLowerCase().normalize('NFKD').replace(NEVER_SHOWN, '')
  return Array.from(apart, plainOf).join('').replace(/\s/g, ' ')
}

/** Folds a text that was spelled out; runs of blanks count as one. */
export function foldSpelled(spelled: readonly Spelling[]): FoldedText {
  let text = ''
  const origins: number[] = []
  const inWord: boolean[] = []
  for (const [index, { character }] of spelled.entries()) {
    for (const folded of foldCharacter(character)) {
      if (folded === ' ' && text.endsWith(' ')) continue
      text += folded
      for (let unit = 0; unit < folded.length; unit += 1) {
        origins.push(index)
        inWord.push(LETTER_OR_DIGIT.test(folded))
      }
    }
  }
  return { text, origins, inWord }
}

/** The folded form of a text alone. */
export function fold(text: string): string {
  return foldSpelled(Array.from(text, (character) => ({ character, from: 0, to: 0 }))).text
}

const ESCAPED_BYTES = /(?:%[0-9a-f]{2}){1,4}/iy
const ENTITY = /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(amp|lt|gt|quot|apos|nbsp));/iy
const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
}

function matchAt(pattern: RegExp, source: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(source)
}

/** As many bytes as the first one calls for, when they are one character in UTF-8. */
function percentEncodedAt(source: string, at: number): Spelling | null {
  const bytes = matchAt(ESCAPED_BYTES, source, at)?.[0]
  if (bytes === undefined) return null
  const first = Number.parseInt(bytes.slice(1, 3), 16)
  const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
  try {
    const character = decodeURIComponent(bytes.slice(0, length * 3))
    return { character, from: at, to: at + length * 3 }
  } catch (error) {
    if (error instanceof URIError) return null
    throw error
  }
}

function entityAt(source: string, at: number): Spelling | null {
  const match = matchAt(ENTITY, source, at)
  if (match === null) return null
  const [whole, decimal, hex, name] = match
  const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)
  const character = name === undefined ? fromCode(code) : NAMED[name.toLowerCase()]
  return character === undefined ? null : { character, from: at, to: at + whole.length }
}

function fromCode(code: number): string | undefined {
  return code > 0x10ffff ? undefined : String.fromCodePoint(code)
}

/** The characters of a stretch of `source`; `%C3%A3` is one, and in HTML `&amp;` is one too. */
export function spell(source: string, from: number, to: number, html: boolean): Spelling[] {
  const spelled: Spelling[] = []
  for (let at = from; at < to;) {
    const unit = source[at]
    const encoded =
      unit === '%' ? percentEncodedAt(source, at) : unit === '&' && html ? entityAt(source, at) : null
    const character = String.fromCodePoint(source.codePointAt(at) ?? 0)
    const next = encoded ?? { character, from: at, to: at + character.length }
    spelled.push(next)
    at = next.to
  }
  return spelled
}
