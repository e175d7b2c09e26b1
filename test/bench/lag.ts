import { setTimeout as pause } from 'node:timers/promises'
import { type GoogleProcess, type MadeChange, startGoogle } from './google-process.ts'
import { LATENCY_MS } from './latency.ts'
import { type Office, openOffice, type SeenChange } from './lag-office.ts'
import { type Bench, perOperation, type Row, type Scale, type Table } from './measure.ts'
import { officialClient } from './official-client.ts'

const BARE = 'bare@example.com'
const CHANGES_PER_SECOND = 50
/** How long after the last change one is waited for, in milliseconds, before it counts as lost. */
const PATIENCE_MS = 60_000

/** From a change in Google to the host's `apply`, over watch channels and real webhooks on one machine. */
export const lag: Bench = {
  name: 'lag',
  run: async (scale, report) => {
    const calendars = scale.smoke ? 10 : 1000
    const emails = Array.from({ length: calendars }, (_, index) => `user-${index}@example.com`)
    await using google = await startGoogle([BARE, ...emails])
    await google.fill(BARE, 1)
    await using office = await openOffice(google, emails)
    for (const latencyMs of [0, LATENCY_MS]) {
      await google.latency(latencyMs)
      report(await measureLag(google, office, emails, { scale, latencyMs }))
    }
  },
}

async function measureLag(
  google: GoogleProcess,
  office: Office,
  emails: readonly string[],
  run: { readonly scale: Scale; readonly latencyMs: number },
): Promise<Table> {
  const { scale, latencyMs } = run
  const count = scale.smoke ? 20 : CHANGES_PER_SECOND * 20
  const bareMicros = await listAlone(google, scale.smoke ? 2 : 50)
  office.seen.length = 0
  office.notifications = 0
  await google.traffic()
  const made = await google.stir(emails, CHANGES_PER_SECOND, count)
  const waits = await waitForAll(office, made)
  const { requests } = await google.traffic()
  const sorted = waits.sort((a, b) => a - b)
  const row = (name: string, share: number): Row => {
    const micros = 1000 * (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0)
    return {
      name,
      micros,
      ratio: micros / bareMicros,
      ratioRange: [micros / bareMicros, micros / bareMicros],
    }
  }
  return {
    title: `lag: ${count} changes, ${CHANGES_PER_SECOND} a second over ${emails.length} calendars, ${latencyMs} ms of latency`,
    rows: [
      {
        name: 'one events.list of the official client, alone',
        micros: bareMicros,
        ratio: 1,
        ratioRange: [1, 1],
      },
      row('change to apply, median (goal: 300,000 µs)', 0.5),
      row('change to apply, 99th percentile (goal: 1,000,000 µs)', 0.99),
      row('change to apply, longest', 1),
    ],
    notes: [
      `${waits.length} of ${count} changes reached apply; ${office.notifications} notifications, ${requests} requests to Google`,
      ...(office.watched ? [] : ['this version opens no watch channels: the calendars are polled in turn']),
    ],
  }
}

/** The least that reading one change costs. */
async function listAlone(google: GoogleProcess, count: number): Promise<number> {
  const client = await officialClient({
    endpoints: google.endpoints,
    consent: (authUrl) => google.consent(authUrl, BARE),
  })
  return perOperation(count, () => client.events.list({ calendarId: 'primary', maxResults: 10 }))
}

/** Milliseconds from each change to the moment the host was told of it, or of a later one of the same event. */
async function waitForAll(office: Office, made: readonly MadeChange[]): Promise<number[]> {
  const deadlineMs = performance.now() + PATIENCE_MS
  for (;;) {
    const waits = waitsOf(made, office.seen)
    if (waits.length === made.length || performance.now() > deadlineMs) return waits
    await pause(50)
  }
}

/** A later value of the same event stands for those before it: Google lists only the last one. */
function waitsOf(made: readonly MadeChange[], seen: readonly SeenChange[]): number[] {
  const byEmail = Map.groupBy(seen, ({ email }) => email)
  return made.flatMap(({ email, startMs, atMs }) => {
    const told = byEmail.get(email)?.find((change) => change.startMs >= startMs)
    return told === undefined ? [] : [told.atMs - atMs]
  })
}
