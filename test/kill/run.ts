import { randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runKills } from './kill-run.ts'

// A booking back end is killed over and over while it works; see README.md.
//   npm run test:kill
//   npm run test:kill -- --kills 25 --seed 7
const { values } = parseArgs({
  options: { kills: { type: 'string', default: '200' }, seed: { type: 'string' } },
})
const kills = wholeNumber('--kills', values.kills, 1)
const seed = values.seed === undefined ? randomInt(2 ** 31) : wholeNumber('--seed', values.seed, 0)

function wholeNumber(name: string, given: string, least: number): number {
  const value = Number(given)
  if (Number.isSafeInteger(value) && value >= least) return value
  throw new Error(`${name} takes a whole number from ${least} on, got ${given}`)
}

function counted(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([name, count]) => `${count} ${name}`).join(', ')
}

function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0)
}

const print = (line: string): void => void process.stdout.write(`${line}\n`)
const replay = `npm run test:kill -- --kills ${kills} --seed ${seed}`
print(`${kills} kills, seed ${seed}`)
const folder = await mkdtemp(join(tmpdir(), 'appointment-sync-kill-'))
const startedMs = performance.now()
try {
  const { deaths, edits, readBack, failures, checks, problems } = await runKills({ kills, seed, folder })
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0)
  print(`${total(deaths)} killed in ${seconds} s, at: ${counted(deaths)}`)
  print(`edits: ${counted(edits)}`)
  print(`read back after a death: ${readBack.committed} had been committed, ${readBack.lost} had not`)
  if (failures.size > 0) print(`tasks that failed and were left to a later one: ${counted(failures)}`)
  if (problems.length === 0) print(`${checks} checks: nothing lost, nothing twice`)
  else {
    print(
      `\n${problems.join('\n')}\n\n${problems.length} problems at check ${checks}. Again, with other timings:\n  ${replay}`,
    )
    process.exitCode = 1
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
