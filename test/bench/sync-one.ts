import { startGoogle } from './google-process.ts'
import { LATENCY_MS } from './latency.ts'
import { compare, type Scale, type Table } from './measure.ts'
import { officialClient } from './official-client.ts'
import { bareSteps, salonSteps } from './push.ts'
import { createBook, openSalon } from './salon.ts'
import { openSqlite } from './storages.ts'

/** One `syncAppointmentToGoogle` beside the one call that it cannot do without, at Google's distance. */
export async function oneSync(scale: Scale, report: (table: Table) => void): Promise<void> {
  const count = scale.smoke ? 2 : 25
  await using google = await startGoogle(['bare@example.com', 'salon@example.com'])
  await using sqlite = await openSqlite()
  const reach = (name: string): Parameters<typeof officialClient>[0] => ({
    endpoints: google.endpoints,
    consent: (authUrl) => google.consent(authUrl, `${name}@example.com`),
  })
  const bare = bareSteps(await officialClient(reach('bare')), count)
  await using sync = await openSalon({ ...reach('salon'), book: createBook(), storage: sqlite.storage })
  const salon = salonSteps(sync, count)
  await google.latency(LATENCY_MS)
  for (const step of ['create', 'update'] as const) {
    const rows = await compare(scale, { name: 'official client alone', run: bare[step] }, [
      { name: 'SDK, SQLite, syncAppointmentToGoogle', run: salon[step] },
    ])
    report({
      title: `sync: one ${step}, ${LATENCY_MS} ms of latency`,
      rows,
      notes: ['goal: at most 1.15 times the call alone'],
    })
  }
}
