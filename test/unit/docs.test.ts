import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { complaintsAbout } from './compile-blocks.ts'
import { codeBlocks, headingAnchors, markdownFiles, relativeLinks } from './markdown.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const files = markdownFiles(root)
const forUsers = files.filter((file) => file === 'README.md' || file.startsWith('docs/'))
const read = (file: string): string => readFileSync(join(root, file), 'utf8')

const blocks = forUsers.flatMap((file) => codeBlocks(root, file, 'ts'))
/** Proves that the compiler looks at the blocks at all. */
const wrong = { file: 'docs/wrong.md', line: 12, code: "const text: number = 'text'\n" }
let complaints: string[] = []

beforeAll(async () => {
  complaints = await complaintsAbout(root, [...blocks, wrong])
}, 60_000)

test('every TypeScript block of the README and the docs compiles', () => {
  expect(blocks.length).toBeGreaterThan(20)
  expect(complaints.filter((complaint) => !complaint.startsWith(wrong.file))).toEqual([])
})

test('a block that does not compile is named by its file and line', () => {
  const found = complaints.filter((complaint) => complaint.startsWith(wrong.file))
  expect(found).toEqual([expect.stringMatching(/^docs\/wrong\.md[(:]12\b.*TS2322/)])
})

test('every relative link in a Markdown file leads to a file, and to a heading that is there', () => {
  const broken = files.flatMap((file) =>
    relativeLinks(read(file)).flatMap((target) => {
      const [path = '', anchor] = target.split('#')
      const found = path === '' ? file : normalize(join(dirname(file), decodeURIComponent(path)))
      if (!existsSync(join(root, found))) return [`${file}: ${target}`]
      if (anchor === undefined || !found.endsWith('.md')) return []
      return headingAnchors(read(found)).has(anchor) ? [] : [`${file}: ${target}`]
    }),
  )
  expect(broken).toEqual([])
})

test('the index of the docs leads to every page', () => {
  const linked = new Set(relativeLinks(read('docs/README.md')).map((target) => `docs/${target}`))
  const decisions = new Set(
    relativeLinks(read('docs/decisions/README.md')).map((target) => `docs/decisions/${target}`),
  )
  const pages = files.filter((file) => file.startsWith('docs/') && file !== 'docs/README.md')
  expect(pages.filter((file) => !linked.has(file) && !decisions.has(file))).toEqual([])
})
