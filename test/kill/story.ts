import type { Evidence } from './checks.ts'
import { bookingOf, PROFESSIONALS } from './people.ts'

/** A problem with everything that is known of its booking, for whoever has to find the cause. */
export function storyOf(
  problem: { readonly bookingId: string | null; readonly text: string },
  { ledger, google, host, report }: Evidence,
): string {
  const { bookingId, text } = problem
  const account = bookingId === null ? undefined : ledger.accounts.get(bookingId)
  if (account === undefined) return text
  const professional = PROFESSIONALS.find(({ owner }) => owner === account.owner)
  const events = PROFESSIONALS.flatMap(({ email }) => google.user(email).calendar().events())
  const time = (ms: number): string => new Date(ms).toISOString()
  const lines = [
    `policy ${professional?.policy}; before ${JSON.stringify(account.before.map(String))}`,
    ...account.hostEdits.map(({ kind, standing }) => `host: ${kind} ${standing}`),
    ...account.personEdits.map(({ atMs, standing }) => `person at ${time(atMs)}: ${standing}`),
    ...account.titles.map(({ atMs, title }) => `person at ${time(atMs)}: ${title}`),
    ...host.history
      .filter((line) => line.bookingId === bookingId)
      .map(({ source, kind, startMs, title }) => `history: ${source} ${kind} ${startMs} ${title ?? ''}`),
    ...report.logs
      .filter((line) => line.appointmentId === bookingId)
      .map(({ atMs, direction, action, status, errorCode }) =>
        ['log at', time(atMs), direction, action, status, errorCode ?? ''].join(' '),
      ),
    ...report.conflicts
      .filter((line) => line.appointmentId === bookingId)
      .map(({ status, openedAtMs }) => `conflict of ${time(openedAtMs)}: ${status}`),
    ...events
      .filter((event) => bookingOf(event) === bookingId)
      .map(
        (event) => `event ${event.id} ${JSON.stringify(event['start'])} ${JSON.stringify(event['summary'])}`,
      ),
  ]
  return [`booking ${bookingId}: ${text}`, ...lines.map((line) => `    ${line}`)].join('\n')
}
