import type { FoldedText } from './folded-text.ts'

/** Where something was found in a folded text: code units, half-open. */
export type Span = readonly [from: number, to: number]

/** Finds something wherever it stands. */
export type Finder = (folded: FoldedText) => Span[]

/**
 * How the parts of a sequence follow each other. Searched for by hand: a pattern made for each appointment out of
 * Unicode's classes takes a second to compile for texts with an emoji in them.
 */
export interface SequenceRules {
  /** How many characters that are no letter and no digit may stand between two parts. */
  readonly gap: { readonly min: number; readonly max: number }
  /** No letter or digit may stand right before it, or right behind it. */
  readonly closedBefore: boolean
  readonly closedBehind: boolean
}

/** Where a sequence that begins at `from` ends; `null` when it does not stand there. */
function endOf(
  { text, inWord }: FoldedText,
  from: number,
  parts: readonly string[],
  rules: SequenceRules,
): number | null {
  let at = from
  for (const [index, part] of parts.entries()) {
    const begun = at
    if (index > 0) while (inWord[at] === false && at - begun < rules.gap.max) at += 1
    if (index > 0 && at - begun < rules.gap.min) return null
    if (!text.startsWith(part, at)) return null
    at += part.length
  }
  return at
}

/** Finds the parts one after the other. */
export function sequenceFinder(parts: readonly string[], rules: SequenceRules): Finder {
  const [first = ''] = parts
  return (folded) => {
    const spans: Span[] = []
    if (first === '') return spans
    const { text, inWord } = folded
    for (let from = text.indexOf(first); from !== -1; from = text.indexOf(first, from + 1)) {
      if (rules.closedBefore && inWord[from - 1] === true) continue
      const to = endOf(folded, from, parts, rules)
      if (to === null || (rules.closedBehind && inWord[to] === true)) continue
      spans.push([from, to])
    }
    return spans
  }
}

/** Finds a text as it is; `allowed` may refuse a place by what stands right before it. */
export function textFinder(wanted: string, allowed: (before: string) => boolean = () => true): Finder {
  return ({ text }) => {
    const spans: Span[] = []
    if (wanted === '') return spans
    for (let from = text.indexOf(wanted); from !== -1; from = text.indexOf(wanted, from + 1)) {
      if (allowed(text.slice(Math.max(0, from - 1), from))) spans.push([from, from + wanted.length])
    }
    return spans
  }
}

/** How many signs may stand between two digits of a number. */
const BETWEEN_DIGITS = { min: 0, max: 3 }

/**
 * Finds the digits `tail` of a number whatever stands between them, and takes along those of `head`, from its end, as
 * far as they stand before it.
 */
export function numberFinder(head: string, tail: string, alone: boolean): Finder {
  const rules = { gap: BETWEEN_DIGITS, closedBefore: false, closedBehind: false }
  const find = sequenceFinder(tail.split(''), rules)
  const isDigit = (unit: string | undefined): boolean => unit !== undefined && /^\d$/.test(unit)
  return (folded) => {
    const { text } = folded
    return find(folded)
      .filter(([from, to]) => !alone || (!isDigit(text[from - 1]) && !isDigit(text[to])))
      .map(([from, to]) => [startOfNumber(folded, from, head), to])
  }
}

function startOfNumber({ text, inWord }: FoldedText, tailAt: number, head: string): number {
  let start = tailAt
  for (const digit of head.split('').reverse()) {
    let at = start - 1
    while (inWord[at] === false && start - at <= BETWEEN_DIGITS.max) at -= 1
    if (text[at] !== digit) break
    start = at
  }
  return text[start - 1] === '+' || text[start - 1] === '(' ? start - 1 : start
}
