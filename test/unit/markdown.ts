import { globSync, readFileSync } from 'node:fs'

/** A fenced block of code in a Markdown file. */
export interface CodeBlock {
  /** From the repository's root. */
  readonly file: string
  /** Of the first line of code, from 1. */
  readonly line: number
  readonly code: string
}

const FENCE = /^(`{3,})(\w*)[^\n]*\n([\s\S]*?)^\1[ \t]*$/gm

/** The project's Markdown files, from the root. */
export function markdownFiles(root: string): string[] {
  const files = globSync(['*.md', '{docs,src,adapters,examples,test}/**/*.md'], { cwd: root })
  return files.map((file) => file.replaceAll('\\', '/')).sort()
}

/** The blocks that are marked with `language`. */
export function codeBlocks(root: string, file: string, language: string): CodeBlock[] {
  const text = readFileSync(`${root}/${file}`, 'utf8')
  return [...text.matchAll(FENCE)].flatMap((match) => {
    if (match[2] !== language) return []
    const line = text.slice(0, match.index).split('\n').length + 1
    return [{ file, line, code: match[3] ?? '' }]
  })
}

/** Targets of the links of a file that stay inside the repository, as they are written. */
export function relativeLinks(text: string): string[] {
  const prose = text.replace(FENCE, '').replace(/`[^`\n]*`/g, '')
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '')
  return targets.filter((target) => !/^[a-z][a-z+.-]*:/i.test(target))
}

/** The anchors of a file's headings, as GitHub makes them. */
export function headingAnchors(text: string): Set<string> {
  const headings = text.replace(FENCE, '').matchAll(/^#{1,6} +(.+)$/gm)
  return new Set(
    [...headings].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}
