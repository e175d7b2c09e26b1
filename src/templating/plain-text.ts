const ELLIPSIS = '…'

/** Half a surrogate pair: it cannot be sent as UTF-8, so Google would hold another text than we wrote. */
const LONE_SURROGATE = /\p{Surrogate}/gu
const LINE_BREAK = /\r\n?|[\u2028\u2029\u0085]/g
const CONTROL_BUT_BREAK_AND_TAB = /(?![\n\t])\p{Cc}/gu

/** Text with `\n` as its only line break, without control characters (tabs stay) and halves of characters. */
export function cleanText(text: string): string {
  return text
    .replace(LONE_SURROGATE, '\ufffd')
    .replace(LINE_BREAK, '\n')
    .replace(CONTROL_BUT_BREAK_AND_TAB, ' ')
}

/** Text on one line: line breaks and runs of blanks become one space. */
export function singleLine(text: string): string {
  return cleanText(text).replace(/\s+/g, ' ').trim()
}

/** Where to cut so that at most `length` code units are kept and no character is halved. */
export function characterBoundary(text: string, length: number): number {
  const unit = text.charCodeAt(length - 1)
  const halves = unit >= 0xd800 && unit <= 0xdbff
  return halves ? length - 1 : length
}

/** The text itself, or its beginning with an ellipsis; never longer than `max` code units. */
export function cutText(text: string, max: number): string {
  if (text.length <= max) return text
  const kept = text.slice(0, characterBoundary(text, max - ELLIPSIS.length))
  return kept.trimEnd() + ELLIPSIS
}
