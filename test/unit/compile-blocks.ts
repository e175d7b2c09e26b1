import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BookingRow, Prelude } from './docs-prelude.ts'
import type { CodeBlock } from './markdown.ts'

const PRELUDE = 'test/unit/docs-prelude.ts'
interface PreludeTypes {
  readonly Prelude: Prelude
  readonly BookingRow: BookingRow
}
/** Every example is a module of its own, and may export as a user's file would. */
const COMPILER_OPTIONS = { declaration: false, isolatedDeclarations: false, noEmit: true }

/** The prelude as globals of the blocks' own compilation, so that its names leak into nothing else. */
function globals(root: string): string {
  const text = readFileSync(join(root, PRELUDE), 'utf8')
  const members = /^export interface Prelude \{$([\s\S]*?)^\}$/m.exec(text)?.[1] ?? ''
  const names = [...members.matchAll(/^ {2}readonly (\w+):/gm)].map((match) => match[1] ?? '')
  const prelude = (name: keyof PreludeTypes): string => `import('../../${PRELUDE}').${name}`
  return [
    'declare global {',
    ...names.map((name) => `  const ${name}: ${prelude('Prelude')}['${name}']`),
    `  type BookingRow = ${prelude('BookingRow')}`,
    '}',
    'export {}',
  ].join('\n')
}

function fileNameOf({ file, line }: CodeBlock): string {
  return `${file.replace(/[^\w]+/g, '-')}-${line}.ts`
}

/**
 * Type-checks the blocks, each as a module of its own, with one run of the compiler. Returns its complaints, which
 * name the Markdown file and the line in it; none when all is well.
 */
export async function complaintsAbout(root: string, blocks: readonly CodeBlock[]): Promise<string[]> {
  const folder = join(root, '.tmp/docs')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const block of blocks) {
    // As many lines down as in the Markdown file, so that line numbers are those of the file.
    const code = `${'\n'.repeat(block.line - 1)}${block.code}\nexport {}\n`
    writeFileSync(join(folder, fileNameOf(block)), code)
  }
  writeFileSync(join(folder, 'globals.ts'), globals(root))
  const config = { extends: '../../tsconfig.json', compilerOptions: COMPILER_OPTIONS, include: ['*.ts'] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))

  const output = await runCompiler(root, join(folder, 'tsconfig.json'))
  const sources = new Map(blocks.map((block) => [fileNameOf(block), block.file]))
  return output
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) =>
      line.replace(/^\S*?([\w-]+\.ts)(?=[(:])/, (text, name: string) => sources.get(name) ?? text),
    )
}

function runCompiler(root: string, project: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const args = ['--noEmit', '--pretty', 'false', '-p', project]
    execFile(join(root, 'node_modules/.bin/tsc'), args, { cwd: root }, (error, stdout, stderr) => {
      // The compiler exits with a number when it has complaints; anything else means that it did not run.
      if (error !== null && typeof error.code !== 'number') reject(error)
      else if (error !== null && stdout.trim() === '') reject(new Error(`tsc failed: ${stderr}`))
      else resolve(stdout)
    })
  })
}
