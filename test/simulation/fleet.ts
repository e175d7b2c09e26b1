import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { RangeReport, RangeRequest } from './run-range.ts'
import type { SourceEdit } from './source-edits.ts'

/** Runs a process is given at a time. */
const CHUNK = 20

/** A job over many seeds. */
export interface FleetJob {
  readonly seed: number
  readonly runs: number
  readonly steps: number | null
  readonly processes: number
  /** What is broken in the engine; none for the engine as it is. */
  readonly edits: readonly SourceEdit[]
  /** Told of each report; `false` hands out no further runs. */
  readonly onReport: (report: RangeReport) => boolean | Promise<boolean>
}

/** Spreads runs over several processes. Rejects when one of them dies. */
export async function runFleet(job: FleetJob): Promise<void> {
  const end = job.seed + job.runs
  let next = job.seed
  const take = (): RangeRequest | null => {
    if (next >= end) return null
    const from = next
    next = Math.min(end, from + CHUNK)
    return { from, to: next, steps: job.steps }
  }
  const stop = (): void => {
    next = end
  }
  const count = Math.max(1, Math.min(job.processes, Math.ceil(job.runs / CHUNK)))
  await Promise.all(Array.from({ length: count }, () => serve(job, take, stop)))
}

function serve(job: FleetJob, take: () => RangeRequest | null, stop: () => void): Promise<void> {
  const child = start(job.edits)
  return new Promise((resolve, reject) => {
    const handOut = (): void => {
      const request = take()
      if (request === null) child.disconnect()
      else child.send(request)
    }
    child.on('message', (message: 'ready' | RangeReport) => {
      const going = message === 'ready' ? true : job.onReport(message)
      void Promise.resolve(going).then((more) => {
        if (!more) stop()
        handOut()
      }, reject)
    })
    child.on('error', reject)
    child.on('exit', (code) => {
      if (code === 0) resolve()
      else
        reject(new Error(`a process of the simulation ended with ${code ?? 'a signal'}; its output is above`))
    })
  })
}

function start(edits: readonly SourceEdit[]): ChildProcess {
  const preload = fileURLToPath(new URL('register-sources.ts', import.meta.url))
  return fork(fileURLToPath(new URL('run-range.ts', import.meta.url)), {
    execArgv: ['--import', preload],
    env: { ...process.env, SIMULATION_EDITS: JSON.stringify(edits) },
  })
}
