/** A source file split into what runs and what is only text, both of the length of the original. */
export interface SourceText {
  /** Comments, and the contents of strings, templates and regular expressions, are blanks. */
  readonly code: string
  /** Comments alone are blanks. */
  readonly withoutComments: string
}

const REGEXP_AFTER_WORD = /(?:^|[^\w$.])(?:return|typeof|case|in|of|do|else|void|delete|throw|await|yield)$/

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ')
}

/** Whether a `/` after `before` begins a regular expression, not a division. */
function beginsRegExp(before: string): boolean {
  const text = before.trimEnd()
  return text === '' || /[(,=:[!&|?{};+\-*%<>~^]$/.test(text) || REGEXP_AFTER_WORD.test(text)
}

function endOfQuoted(source: string, start: number): number {
  const quote = source[start]
  for (let at = start + 1; at < source.length; at++) {
    if (source[at] === '\\') at++
    else if (source[at] === quote || source[at] === '\n') return at + 1
  }
  return source.length
}

function endOfRegExp(source: string, start: number): number {
  let inClass = false
  for (let at = start + 1; at < source.length; at++) {
    const char = source[at]
    if (char === '\\') at++
    else if (char === '[') inClass = true
    else if (char === ']') inClass = false
    else if ((char === '/' && !inClass) || char === '\n') return at + 1
  }
  return source.length
}

/** End of a template's text from `start`: past the closing backtick, or past the `${` that opens code. */
function endOfTemplateText(source: string, start: number): number {
  for (let at = start; at < source.length; at++) {
    if (source[at] === '\\') at++
    else if (source[at] === '`') return at + 1
    else if (source.startsWith('${', at)) return at + 2
  }
  return source.length
}

function endOfComment(source: string, start: number): number {
  const [mark, past] = source[start + 1] === '/' ? ['\n', 0] : ['*/', 2]
  const end = source.indexOf(mark, start + 2)
  return end === -1 ? source.length : end + past
}

/** Separates code from comments and text. Knows enough TypeScript for import and call checks, not a parser. */
export function readSourceText(source: string): SourceText {
  let code = ''
  let withoutComments = ''
  let at = 0
  // One entry per template whose `${` is open: how many braces are open inside it.
  const openTemplates: number[] = []
  const keep = (end: number, kind: 'code' | 'text' | 'comment'): void => {
    const piece = source.slice(at, end)
    code += kind === 'code' ? piece : blank(piece)
    withoutComments += kind === 'comment' ? blank(piece) : piece
    at = end
  }
  const keepTemplate = (start: number): void => {
    const end = endOfTemplateText(source, start)
    if (source.slice(start, end).endsWith('${')) openTemplates.push(0)
    keep(end, 'text')
  }
  while (at < source.length) {
    const char = source[at]
    const depth = openTemplates.at(-1)
    if (char === '/' && (source[at + 1] === '/' || source[at + 1] === '*')) {
      keep(endOfComment(source, at), 'comment')
    } else if (char === "'" || char === '"') {
      keep(endOfQuoted(source, at), 'text')
    } else if (char === '/' && beginsRegExp(code.slice(-40))) {
      keep(endOfRegExp(source, at), 'text')
    } else if (char === '`') {
      keepTemplate(at + 1)
    } else if (char === '}' && depth === 0) {
      openTemplates.pop()
      keepTemplate(at + 1)
    } else {
      if (depth !== undefined && char === '{') openTemplates[openTemplates.length - 1] = depth + 1
      if (depth !== undefined && char === '}') openTemplates[openTemplates.length - 1] = depth - 1
      keep(at + 1, 'code')
    }
  }
  return { code, withoutComments }
}
