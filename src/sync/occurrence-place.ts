import { type EventLink, parseOccurrenceId } from '../domain/index.ts'
import { contended, type Engine } from './engine.ts'
import { belongsTo } from './series-link.ts'

/** The link of an occurrence where its series is by now; another link as it is. Throws `WRITE_CONTENDED` meanwhile. */
export async function beside(engine: Engine, link: EventLink): Promise<EventLink> {
  const name = parseOccurrenceId(link.appointmentId)
  const series = name === null ? null : await engine.storage.links.find(link, name.seriesId)
  if (series === null || series.state !== 'live' || !belongsTo(link, series)) return link
  requirePlace(series)
  if (link.calendarId === series.calendarId) return link
  const next = { ...link, calendarId: series.calendarId, version: link.version + 1 }
  if (!(await engine.storage.links.replace(next, link.version))) throw contended(link, link.appointmentId)
  return next
}

/** While a series is under way to another calendar, nobody can tell where its occurrences are. Throws to be tried again. */
export function requirePlace(series: EventLink): void {
  if (series.base.moveTo !== undefined) throw contended(series, series.appointmentId)
}
