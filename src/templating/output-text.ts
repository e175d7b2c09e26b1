import { escapeHtml } from './html-text.ts'
import type { Piece } from './liquid-engine.ts'
import { singleLine } from './plain-text.ts'

interface Line {
  text: string
  printsValues: boolean
  filled: boolean
}

const newLine = (): Line => ({ text: '', printsValues: false, filled: false })

function appendLiteral(lines: Line[], text: string): void {
  for (const [index, part] of text.split('\n').entries()) {
    if (index > 0) lines.push(newLine())
    const line = lines.at(-1)
    if (line) line.text += part
  }
}

/** Without the blank lines at its ends. By hand: the pattern for it looks at a long run of breaks again and again. */
function withoutBlankEnds(text: string): string {
  const blanks = text.length - text.trimStart().length
  const rest = text.slice(text.lastIndexOf('\n', blanks - 1) + 1)
  const end = rest.indexOf('\n', rest.trimEnd().length)
  return end === -1 ? rest : rest.slice(0, end)
}

/** A value of several lines fills all of them: a blank line inside of notes is the writer's own. */
function appendValue(lines: Line[], text: string): void {
  const value = withoutBlankEnds(text)
  const filled = value.trim() !== ''
  for (const [index, part] of escapeHtml(value).split('\n').entries()) {
    if (index > 0) lines.push(newLine())
    const line = lines.at(-1)
    if (!line) continue
    line.text += part
    line.printsValues = true
    line.filled ||= filled
  }
}

/**
 * The description: values escaped, lines whose values are all empty left out, no trailing blanks, at most one
 * blank line in a row and none at the ends.
 */
export function toHtmlLines(pieces: readonly Piece[]): string {
  const lines: Line[] = [newLine()]
  for (const { kind, text } of pieces) {
    if (kind === 'literal') appendLiteral(lines, text)
    else appendValue(lines, text)
  }
  return lines
    .filter((line) => line.filled || !line.printsValues)
    .map((line) => line.text.trimEnd())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+|\n+$/g, '')
}

/** The title: plain text on one line. */
export function toSingleLine(pieces: readonly Piece[]): string {
  return singleLine(pieces.map(({ text }) => text).join(''))
}
