import type { BusyStore } from 'appointment-sync/ports'
import { anyTenant, breaking, type Mutants } from './breaking.ts'

function breakingBusy(spoil: (busy: BusyStore) => Partial<BusyStore>): () => ReturnType<typeof breaking> {
  return () => breaking(({ busy }) => ({ busy: { ...busy, ...spoil(busy) } }))
}

/** Faults in the store of busy times. */
export const busyMutants: Mutants = {
  'a change of busy times empties the calendar first (calcom/cal.diy#22508)': breakingBusy((busy) => ({
    replaceEvents: async (ref, calendarId, change) => {
      await busy.sweep(ref, calendarId, 'none')
      await busy.replaceEvents(ref, calendarId, change)
    },
  })),
  'what is gone stays busy': breakingBusy((busy) => ({
    replaceEvents: (ref, calendarId, change) =>
      busy.replaceEvents(ref, calendarId, { ...change, eventIds: [] }),
  })),
  'a series leaves its instances behind': breakingBusy((busy) => ({
    replaceEvents: (ref, calendarId, change) =>
      busy.replaceEvents(ref, calendarId, {
        ...change,
        blocks: change.blocks.map((block) => ({ ...block, seriesId: null })),
      }),
  })),
  'a sweep does nothing': breakingBusy(() => ({ sweep: async () => undefined })),
  'a sweep goes over all generations': breakingBusy((busy) => ({
    sweep: (ref, calendarId) => busy.sweep(ref, calendarId, 'none'),
  })),
  'titles stay when they are to be forgotten': breakingBusy(() => ({ forgetTitles: async () => undefined })),
  'titles are forgotten for any tenant': breakingBusy((busy) => ({
    forgetTitles: (ref) => busy.forgetTitles(anyTenant(ref)),
  })),
  'a calendar leaves its blocks behind': breakingBusy((busy) => ({
    removeCalendar: async (ref, calendarId) => {
      const { blocks } = (await busy.read({ ...ref, userIds: [ref.userId], fromMs: 0, toMs: 1e14 }))[0] ?? {}
      const left = (blocks ?? []).filter((block) => block.calendarId === calendarId)
      await busy.removeCalendar(ref, calendarId)
      const kept = left.map((block) => ({ ...block, seriesId: null }))
      await busy.replaceEvents(ref, calendarId, { eventIds: [], blocks: kept, generation: 'g' })
    },
  })),
  'a calendar is removed for any tenant': breakingBusy((busy) => ({
    removeCalendar: (ref, calendarId) => busy.removeCalendar(anyTenant(ref), calendarId),
  })),
  'all busy times are removed for any tenant': breakingBusy((busy) => ({
    removeAll: (ref) => busy.removeAll(anyTenant(ref)),
  })),
  'busy times are shown to any tenant': breakingBusy((busy) => ({
    read: (query) => busy.read({ ...query, tenantId: 'tenant-a' }),
  })),
  'a range holds its end': breakingBusy((busy) => ({
    read: (query) => busy.read({ ...query, toMs: query.toMs + 1 }),
  })),
  'a range begins a moment late': breakingBusy((busy) => ({
    read: (query) => busy.read({ ...query, fromMs: query.fromMs + 1 }),
  })),
  'what began before the range is not in it': breakingBusy((busy) => ({
    read: async (query) =>
      (await busy.read(query)).map((reading) => ({
        ...reading,
        blocks: reading.blocks.filter(({ startMs }) => startMs >= query.fromMs),
      })),
  })),
  'users without an integration get an empty answer': breakingBusy((busy) => ({
    read: async (query) => {
      const readings = await busy.read(query)
      const [first] = readings
      return query.userIds.includes('nobody') && first ? [...readings, { ...first, blocks: [] }] : readings
    },
  })),
}
