import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FIXTURES } from '../emulator/discovery/document.ts'
import type { ClientRun } from './client-run.ts'
import { installClients } from './debian-packages.ts'
import { runGcalcli } from './gcalcli.ts'
import { runGoogleApiClient } from './google-api-client.ts'
import { openGoogle, type GoogleForClients } from './google-for-clients.ts'

type Client = (google: GoogleForClients, home: string) => Promise<ClientRun>

const CLIENTS: readonly (readonly [name: string, run: Client])[] = [
  ["Google's client for Python", runGoogleApiClient],
  ['gcalcli', runGcalcli],
]

/** Runs a client against an emulator of its own, in a home of its own; true when all went well. */
async function runClient(name: string, run: Client): Promise<boolean> {
  const home = await mkdtemp(join(tmpdir(), 'client-'))
  const started = Date.now()
  try {
    await using google = await openGoogle()
    const { lines, failed } = await run(google, home)
    const problems = google.problems().map((problem) => `FAILED against the discovery document: ${problem}`)
    process.stdout.write(`\n${name}\n${[...lines, ...problems].map((line) => `  ${line}\n`).join('')}`)
    const seconds = ((Date.now() - started) / 1000).toFixed(1)
    process.stdout.write(`  ${google.google.requests.length} requests, ${seconds} s\n`)
    return !failed && problems.length === 0
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

async function whyNot(): Promise<string | null> {
  return existsSync(`${FIXTURES}calendar.v3.discovery.json`) ? installClients() : 'no ../shared/fixtures'
}

const reason = await whyNot()
if (reason === null) {
  for (const [name, run] of CLIENTS) {
    if (!(await runClient(name, run))) process.exitCode = 1
  }
} else {
  process.stdout.write(`skipped: the clients written by others were not run (${reason})\n`)
}
