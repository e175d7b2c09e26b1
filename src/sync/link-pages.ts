import type { EventLink, IntegrationRef } from '../domain/index.ts'
import type { StorageSession } from '../ports/index.ts'

/** The links of an integration in one state, by appointment, page by page; memory holds one page. */
export async function* linkPages(
  { links }: Pick<StorageSession, 'links'>,
  ref: IntegrationRef,
  state: EventLink['state'],
  limit: number = 500,
): AsyncGenerator<EventLink[]> {
  let afterAppointmentId: string | null = null
  for (;;) {
    const page: EventLink[] = await links.listByState(ref, { state, afterAppointmentId, limit })
    if (page.length > 0) yield page
    if (page.length < limit) return
    afterAppointmentId = page.at(-1)?.appointmentId ?? null
  }
}
