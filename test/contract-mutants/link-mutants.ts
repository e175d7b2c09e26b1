import type { EventLinkStore, LinkStanding } from 'appointment-sync/ports'
import { anyTenant, breaking, type Mutants } from './breaking.ts'

function breakingLinks(
  spoil: (links: EventLinkStore) => Partial<EventLinkStore>,
): () => ReturnType<typeof breaking> {
  return () => breaking(({ links }) => ({ links: { ...links, ...spoil(links) } }))
}

/** Faults in the look-ups of links. */
export const linkMutants: Mutants = {
  'links of several appointments are looked up for any tenant': breakingLinks((links) => ({
    findMany: (ref, ids) => links.findMany(anyTenant(ref), ids),
  })),
  'links of several appointments come as often as they are named': breakingLinks((links) => ({
    findMany: async (ref, ids) => {
      const found = await Promise.all(ids.map((id) => links.find(ref, id)))
      return found.filter((link) => link !== null)
    },
  })),
  'removed links are not found with the others': breakingLinks((links) => ({
    findMany: async (ref, ids) => (await links.findMany(ref, ids)).filter(({ state }) => state !== 'removed'),
  })),
  'standings are listed for any tenant': breakingLinks((links) => ({
    listStanding: (ref, ids) => links.listStanding(anyTenant(ref), ids),
  })),
  'standings are those of the first time they were asked for': () => {
    const seen = new Map<string, LinkStanding>()
    return breakingLinks((links) => ({
      replace: async (link, expectedVersion) => {
        const stored = await links.replace(link, expectedVersion)
        const [standing] = await links.listStanding(link, [link.appointmentId])
        const key = `${link.integrationId} ${link.appointmentId}`
        if (standing !== undefined && !seen.has(key)) seen.set(key, standing)
        return stored
      },
      listStanding: async (ref, ids) =>
        (await links.listStanding(ref, ids)).map(
          (standing) => seen.get(`${ref.integrationId} ${standing.appointmentId}`) ?? standing,
        ),
    }))()
  },
  'standings keep to a hundred appointments': breakingLinks((links) => ({
    listStanding: (ref, ids) => links.listStanding(ref, ids.slice(0, 100)),
  })),
  'calendars of removed links are listed too': breakingLinks((links) => ({
    listCalendars: async (ref) => {
      const calendars = new Set(await links.listCalendars(ref))
      for (const { calendarId } of await links.findMany(ref, ['a', 'b', 'c', 'd', 'e', 'f'])) {
        calendars.add(calendarId)
      }
      return [...calendars].sort()
    },
  })),
  'calendars of unconfirmed links are not listed': breakingLinks((links) => ({
    listCalendars: async (ref) => {
      const live = await links.listByState(ref, { state: 'live', afterAppointmentId: null, limit: 1000 })
      return [...new Set(live.map(({ calendarId }) => calendarId))].sort()
    },
  })),
  'a calendar is listed for every link on it': breakingLinks((links) => ({
    listCalendars: async (ref) => {
      const page = { afterAppointmentId: null, limit: 1000 }
      const live = await links.listByState(ref, { ...page, state: 'live' })
      const unconfirmed = await links.listByState(ref, { ...page, state: 'unconfirmed' })
      return [...live, ...unconfirmed].map(({ calendarId }) => calendarId).sort()
    },
  })),
  'calendars are listed for any tenant': breakingLinks((links) => ({
    listCalendars: (ref) => links.listCalendars(anyTenant(ref)),
  })),
}
