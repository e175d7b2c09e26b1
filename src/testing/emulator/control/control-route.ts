import type { z } from 'zod'
import type { Backend } from '../backend.ts'
import type { EmulatorSnapshot, GoogleEmulator } from '../google-emulator.ts'
import type { JsonValue } from '../json.ts'

/** What the control API works on: the emulator as a test holds it, and what must be remembered between calls. */
export interface ControlDesk {
  readonly emulator: GoogleEmulator
  readonly backend: Backend
  /** Waits real milliseconds, for answers that are held for a time. */
  readonly sleep: (ms: number) => Promise<void>
  /** Snapshots taken over HTTP, by id. */
  readonly snapshots: Map<string, EmulatorSnapshot>
  /** Held answers, by id: what lets each go. */
  readonly holds: Map<string, () => void>
  /** The number of the last id given out for a snapshot or a held answer. */
  lastId: number
}

/** The parts of a path that stood in braces, decoded. */
export type PathParameters = Readonly<Record<string, string>>

/** What a route answers; nothing becomes 204. */
export type ControlAnswer = JsonValue | undefined

/** One call of the control API. */
export interface ControlRoute {
  /** What it does, as the list of calls shows it: `faults.failNext`. */
  readonly name: string
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below `/_emulator`; parts in braces are parameters. */
  readonly path: string
  /** Checks the body and does the work. @throws ZodError for a wrong argument. */
  readonly run: (desk: ControlDesk, body: unknown, parameters: PathParameters) => Promise<ControlAnswer>
}

/** Something the caller named that is not there: 404, with the names there are. */
export class UnknownNameError extends Error {
  readonly names: readonly string[]

  constructor(what: string, names: readonly string[]) {
    super(what)
    this.name = 'UnknownNameError'
    this.names = names
  }
}

type Work = ControlAnswer | void

/** A route whose body is checked by a schema before its work starts. */
export function controlRoute<Schema extends z.ZodType>(
  name: string,
  [method, path]: readonly [ControlRoute['method'], string],
  schema: Schema,
  work: (desk: ControlDesk, given: z.output<Schema>, parameters: PathParameters) => Work | Promise<Work>,
): ControlRoute {
  return {
    name,
    method,
    path,
    run: async (desk, body, parameters) => (await work(desk, schema.parse(body), parameters)) ?? undefined,
  }
}

/** A fresh id for something the desk keeps. */
export function nextDeskId(desk: ControlDesk): string {
  desk.lastId += 1
  return String(desk.lastId)
}
