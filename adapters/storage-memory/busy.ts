import type { IntegrationRef } from 'appointment-sync'
import type { BusyReading, BusyStore, StoredBusyBlock } from 'appointment-sync/ports'
import type { Gate } from './gate.ts'
import { belongs, byText, type CalendarBlocks, keyOf, refKey, removeOwned, type Tables } from './tables.ts'

type Range = Pick<Parameters<BusyStore['read']>[0], 'fromMs' | 'toMs'>

function overlapping(
  { calendarId, blocks }: CalendarBlocks,
  { fromMs, toMs }: Range,
): readonly StoredBusyBlock[] {
  return blocks
    .filter(({ startMs, endMs }) => startMs < toMs && (endMs > fromMs || startMs >= fromMs))
    .map(({ eventId, startMs, endMs, title }) => ({ calendarId, eventId, startMs, endMs, title }))
}

/** Busy times, by integration and calendar. */
export function busyStore(tables: Tables, gate: Gate): BusyStore {
  const { busyCalendars, busyBlocks } = tables
  const edit = (
    ref: IntegrationRef,
    calendarId: string,
    change: (blocks: CalendarBlocks['blocks']) => CalendarBlocks['blocks'],
  ): void => {
    const key = refKey(ref, calendarId)
    const { tenantId, userId, integrationId } = ref
    const blocks = change(busyBlocks.get(key)?.blocks ?? [])
    busyBlocks.set(key, { tenantId, userId, integrationId, calendarId, blocks })
  }
  return {
    findCalendar: (ref, calendarId) => gate(() => busyCalendars.get(refKey(ref, calendarId)) ?? null),
    saveCalendar: (calendar) =>
      gate(() => busyCalendars.set(refKey(calendar, calendar.calendarId), calendar)),
    replaceEvents: (ref, calendarId, { eventIds, blocks, generation }) =>
      gate(() => {
        const gone = new Set([...eventIds, ...blocks.map(({ eventId }) => eventId)])
        const added = new Map(
          blocks.map((block) => [keyOf(block.eventId, String(block.startMs)), { ...block, generation }]),
        )
        edit(ref, calendarId, (before) => [
          ...before.filter(({ eventId, seriesId }) => !gone.has(eventId) && !gone.has(seriesId ?? '')),
          ...added.values(),
        ])
      }),
    sweep: (ref, calendarId, generation) =>
      gate(() =>
        edit(ref, calendarId, (before) => before.filter((block) => block.generation === generation)),
      ),
    forgetTitles: (ref) =>
      gate(() => {
        for (const row of [...busyBlocks.values()].filter((one) => belongs(one, ref))) {
          edit(ref, row.calendarId, (before) => before.map((block) => ({ ...block, title: null })))
        }
        for (const [key, row] of busyCalendars.entries()) {
          if (belongs(row, ref)) busyCalendars.set(key, { ...row, withTitles: false })
        }
      }),
    removeCalendar: (ref, calendarId) =>
      gate(() => {
        busyCalendars.delete(refKey(ref, calendarId))
        busyBlocks.delete(refKey(ref, calendarId))
      }),
    read: ({ tenantId, userIds, ...range }) =>
      gate(() => {
        const keyed = (row: IntegrationRef): string => refKey(row)
        const calendars = Map.groupBy(busyCalendars.values(), keyed)
        const blocks = Map.groupBy(busyBlocks.values(), keyed)
        return [...new Set(userIds)].flatMap((userId): BusyReading[] => {
          const integrationId = tables.integrationIds.get(keyOf(tenantId, userId))
          const integration = tables.integrations.get(integrationId ?? '')
          if (integration === undefined) return []
          const key = refKey({ tenantId, userId, integrationId: integration.id })
          const found = (blocks.get(key) ?? []).flatMap((row) => overlapping(row, range))
          return [
            {
              integration,
              calendars: (calendars.get(key) ?? []).toSorted((a, b) => byText(a.calendarId, b.calendarId)),
              blocks: found.sort((a, b) => a.startMs - b.startMs),
            },
          ]
        })
      }),
    removeAll: (ref) =>
      gate(() => {
        removeOwned(busyCalendars, ref)
        removeOwned(busyBlocks, ref)
      }),
  }
}
