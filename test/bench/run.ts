import { parseArgs } from 'node:util'
import { availability } from './availability.ts'
import { emulator } from './emulator.ts'
import { lag } from './lag.ts'
import { type Bench, type Scale, tableText } from './measure.ts'
import { pull } from './pull.ts'
import { push } from './push.ts'
import { rates } from './rates.ts'
import { render } from './render.ts'
import { repair } from './repair.ts'
import { seal } from './seal.ts'
import { sync } from './sync.ts'
import { unchanged } from './unchanged.ts'

// The benches import the package by its own name, which means `dist`: `npm run bench` builds first.
//   npm run bench                 all of them
//   npm run bench -- push         one
//   npm run bench -- --smoke      tiny, only to see that they work
const BENCHES: readonly Bench[] = [
  push,
  unchanged,
  pull,
  sync,
  lag,
  rates,
  repair,
  render,
  seal,
  emulator,
  availability,
]

const { values, positionals } = parseArgs({
  options: { smoke: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const scale: Scale = { smoke: values.smoke, rounds: values.smoke ? 1 : 7 }
const strangers = positionals.filter((name) => !BENCHES.some((bench) => bench.name === name))
if (strangers.length > 0) {
  const known = BENCHES.map((bench) => bench.name).join(', ')
  process.stderr.write(`There is no bench ${strangers.join(', ')}. There are ${known}.\n`)
  process.exitCode = 1
} else {
  if (scale.smoke) process.stdout.write('Smoke run: the figures mean nothing.\n\n')
  for (const bench of BENCHES) {
    if (positionals.length > 0 && !positionals.includes(bench.name)) continue
    await bench.run(scale, (table) => process.stdout.write(`${tableText(table)}\n`))
  }
}
