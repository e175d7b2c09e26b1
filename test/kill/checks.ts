import type { GoogleEmulator, GoogleEvent } from 'appointment-sync/testing/emulator'
import { LENGTH_MS } from './host-database.ts'
import type { HistoryLine, HostRecords } from './host-records.ts'
import { type Account, type Ledger, mayStand, type Standing } from './ledger.ts'
import { bookingOf, type People, PROFESSIONALS, startOf } from './people.ts'
import type { WorkerReport } from './worker-messages.ts'

/** Everything that is looked at once nothing moves any more. */
export interface Evidence {
  readonly ledger: Ledger
  readonly google: GoogleEmulator
  readonly people: People
  readonly host: HostRecords
  readonly report: WorkerReport
  /** Lines of the host's history that were there at the last check. */
  readonly historyBefore: number
}

/** What is wrong, by booking; `general` holds what belongs to none. */
export interface Findings {
  readonly problems: readonly { readonly bookingId: string | null; readonly text: string }[]
  /** What stands: one standing for each booking, or two where a conflict is open. */
  readonly found: ReadonlyMap<string, Found>
}

interface Found {
  readonly standings: readonly Standing[]
  /** Whether a conflict is open. */
  readonly open: boolean
}

function shown(standing: Standing): string {
  return standing === 'off' ? 'off' : new Date(standing).toISOString()
}

/** Compares the host, the calendars and the record; nothing of the SDK's own tables is believed. */
export function check(evidence: Evidence): Findings {
  const { ledger, host, report } = evidence
  const problems: { bookingId: string | null; text: string }[] = []
  const found = new Map<string, Found>()
  for (const text of [...leftovers(report), ...strangers(evidence), ...forgotten(ledger, host)]) {
    problems.push({ bookingId: null, text })
  }
  const events = eventsByBooking(evidence.google)
  const open = new Set(
    report.conflicts.filter(({ status }) => status === 'open').map(({ appointmentId }) => appointmentId),
  )
  for (const account of ledger.accounts.values()) {
    const seen = events.get(account.bookingId) ?? []
    const result = checkBooking(evidence, account, seen, open.has(account.bookingId))
    found.set(account.bookingId, result.found)
    for (const text of result.problems) problems.push({ bookingId: account.bookingId, text })
  }
  return { problems, found }
}

/** The outbox and the inbox have to be empty, and nothing may have been given up. */
function leftovers({ outboxPending, outboxDead, inboxPending }: WorkerReport): string[] {
  const counts = { outboxPending, outboxDead, inboxPending }
  return Object.entries(counts).flatMap(([name, count]) => (count === 0 ? [] : [`${name} is ${count}`]))
}

/** Events of nobody's booking, on the wrong calendar, or of the person's own and written by somebody else. */
function strangers({ google, ledger, people }: Evidence): string[] {
  const problems: string[] = []
  for (const { email, owner } of PROFESSIONALS) {
    const own = new Map(people.own.get(email))
    for (const event of google.user(email).calendar().events()) {
      const account = ledger.accounts.get(bookingOf(event) ?? '')
      const etag = own.get(event.id)
      own.delete(event.id)
      if (etag !== undefined) {
        if (etag !== event.etag)
          problems.push(`${email}'s own event ${event.id} was written by somebody else`)
      } else if (account === undefined) problems.push(`event ${event.id} of ${email} belongs to no booking`)
      else if (account.owner !== owner) problems.push(`event ${event.id} stands on ${email}'s calendar`)
    }
    for (const id of own.keys()) problems.push(`${email}'s own event ${id} is gone`)
  }
  return problems
}

/** The host's database keeps what it acknowledged, and holds no booking that was never made. */
function forgotten(ledger: Ledger, host: HostRecords): string[] {
  const sources = new Set(host.history.map(({ source }) => source))
  const lost = [...ledger.committed].filter((editId) => !sources.has(`edit:${editId}`))
  const extra = [...host.standings.keys()].filter((id) => !ledger.accounts.has(id))
  return [
    ...lost.map((editId) => `edit ${editId} was acknowledged and is not in the host's database`),
    ...extra.map((id) => `booking ${id} was never made`),
  ]
}

function eventsByBooking(google: GoogleEmulator): Map<string, GoogleEvent[]> {
  const all = PROFESSIONALS.flatMap(({ email }) => google.user(email).calendar().events())
  return Map.groupBy(all, (event) => bookingOf(event) ?? '')
}

function checkBooking(
  evidence: Evidence,
  account: Account,
  events: readonly GoogleEvent[],
  open: boolean,
): { problems: string[]; found: Found } {
  const { bookingId } = account
  const inHost = evidence.host.standings.get(bookingId)
  if (inHost === undefined) {
    return { problems: ['it is not in the host’s database'], found: { standings: [], open } }
  }
  const problems: string[] = []
  if (events.length > 1) problems.push(`it has ${events.length} live events`)
  const [event] = events
  const inGoogle: Standing = event === undefined ? 'off' : startOf(event)
  if (event !== undefined && endOf(event) - startOf(event) !== LENGTH_MS) problems.push('its length changed')
  if (inHost !== inGoogle && !open) {
    problems.push(`the host says ${shown(inHost)}, Google says ${shown(inGoogle)}, and no conflict is open`)
  }
  if (open && !mayBeOpen(account)) problems.push('a conflict is open that nobody caused')
  const allowed = mayStand(account)
  for (const [side, standing] of [
    ['host', inHost],
    ['Google', inGoogle],
  ] as const) {
    if (allowed.includes(standing)) continue
    problems.push(`${side} says ${shown(standing)}; it should say ${allowed.map(shown).join(' or ')}`)
  }
  const history = evidence.host.history
    .slice(evidence.historyBefore)
    .filter((line) => line.bookingId === bookingId)
  problems.push(...lostEdits(evidence, account, history, [inHost, inGoogle]))
  problems.push(...toldTwice(account, history))
  return { problems, found: { standings: [inHost, inGoogle], open } }
}

/** A conflict takes two sides, or one from before. */
function mayBeOpen({ openBefore, hostEdits, personEdits, titles }: Account): boolean {
  return openBefore || (hostEdits.length > 0 && personEdits.length + titles.length > 0)
}

function endOf(event: GoogleEvent): number {
  return Date.parse((event as unknown as { end: { dateTime: string } }).end.dateTime)
}

/** A person's last edit stands, or the host was told of it, or there is a record of what became of it. */
function lostEdits(
  { report }: Evidence,
  account: Account,
  history: readonly HistoryLine[],
  standings: readonly Standing[],
): string[] {
  const { bookingId, personEdits, titles, hostEdits, openBefore } = account
  const recorded = (sinceMs: number): boolean =>
    report.conflicts.some((line) => line.appointmentId === bookingId && line.openedAtMs >= sinceMs) ||
    report.logs.some(
      (line) =>
        line.appointmentId === bookingId &&
        line.atMs >= sinceMs &&
        (line.direction === 'from_google' || ['update', 'delete', 'create'].includes(line.action)),
    )
  const problems: string[] = []
  const edit = personEdits.at(-1)
  if (edit !== undefined && !standings.includes(edit.standing)) {
    const told = history.some((line) =>
      edit.standing === 'off' ? line.kind === 'cancelled' : line.startMs === edit.standing,
    )
    if (!told && !recorded(edit.atMs)) problems.push(`the edit to ${shown(edit.standing)} left no trace`)
  }
  const retitled = titles.at(-1)
  if (retitled !== undefined && !history.some(({ title }) => title === retitled.title)) {
    const { title, atMs } = retitled
    // An edit of an event that then went, or whose first write was still unknown, may have been overruled.
    const overruled =
      standings.includes('off') ||
      openBefore ||
      hostEdits.some(({ kind }) => kind !== 'reschedule') ||
      personEdits.some(({ standing }) => standing === 'off')
    // Whoever deletes an event takes its title away with it.
    const deleted = personEdits.some(({ standing, atMs: laterMs }) => standing === 'off' && laterMs >= atMs)
    if (!overruled) problems.push(`the host was never told of the title “${title}”`)
    else if (!deleted && !recorded(atMs)) problems.push(`the title “${title}” left no trace`)
  }
  return problems
}

/** One change of a person's is one change for the host, however often it had to be told. */
function toldTwice(account: Account, history: readonly HistoryLine[]): string[] {
  // With edits on both sides, or a conflict that was settled, the same value can rightly come again.
  if (account.hostEdits.length > 0 || account.openBefore || account.resolved) return []
  const told = history.filter(({ source }) => source.startsWith('change:'))
  const again = Map.groupBy(told, ({ kind, startMs, title }) => `${kind} ${title ?? startMs}`)
  return [...again].flatMap(([what, lines]) =>
    lines.length > 1 ? [`the host was told ${lines.length} times: ${what}`] : [],
  )
}
