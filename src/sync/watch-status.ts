import { type Integration, refOf } from '../domain/index.ts'
import type { Storage, SyncCursor } from '../ports/index.ts'
import { isRefused } from './watch-plan.ts'

/** Whether Google tells of changes on the integration's calendar, or the calendar is only polled. */
export interface WatchReport {
  /** `opening`: asked for. `unsupported`: Google does not watch this calendar. `none`: polled alone. */
  readonly state: 'open' | 'opening' | 'none' | 'unsupported'
  /** When Google stops telling unless the channel is renewed before; `null` unless `open`. */
  readonly expiresAt: Date | null
}

/** The report where nothing is watched. */
export const NOT_WATCHED: WatchReport = { state: 'none', expiresAt: null }

/** How the integration's calendar is watched at `nowMs`. */
export async function watchReportOf(
  storage: Pick<Storage, 'channels'>,
  integration: Integration,
  cursor: SyncCursor | null,
  nowMs: number,
): Promise<WatchReport> {
  const { calendarId } = integration.settings
  const here = (await storage.channels.list(refOf(integration))).filter(
    (channel) => channel.calendarId === calendarId && channel.expiresAtMs > nowMs,
  )
  const open = here.filter((channel) => channel.state === 'open').map((channel) => channel.expiresAtMs)
  if (open.length > 0) return { state: 'open', expiresAt: new Date(Math.max(...open)) }
  if (here.some((channel) => channel.state === 'opening')) return { state: 'opening', expiresAt: null }
  if (isRefused(cursor?.watchRefusedAtMs ?? null, nowMs)) return { state: 'unsupported', expiresAt: null }
  return NOT_WATCHED
}
