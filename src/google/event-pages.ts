import type { calendar_v3 } from '@googleapis/calendar'
import type { CallFacts, GoogleCallOptions } from './carrier.ts'
import { unreadableAnswer } from './classify-error.ts'
import { fromGoogleEvent } from './event-mapping.ts'
import type { GoogleCall, RequestOptions } from './google-call.ts'
import type { RemoteEvent } from './remote-event.ts'

/** Asks for one page; `paging` goes into the parameters as it is. */
type AskForPage = (
  api: calendar_v3.Calendar,
  paging: { readonly pageToken?: string },
  request: RequestOptions,
) => Promise<{ readonly data: calendar_v3.Schema$Events }>

/**
 * The events of all pages of a list, tombstones among them; what has no readable time is passed over. A page may be
 * empty although another one follows. Whoever stops earlier asks for no more pages. The answer must have `required`.
 */
export async function* eventPages(
  call: GoogleCall,
  facts: CallFacts,
  options: GoogleCallOptions | undefined,
  { ask, required }: { readonly ask: AskForPage; readonly required: 'items' | 'kind' },
): AsyncGenerator<RemoteEvent> {
  let pageToken: string | null = null
  do {
    const paging: { readonly pageToken?: string } = pageToken === null ? {} : { pageToken }
    const page: calendar_v3.Schema$Events = await call(facts, options, async (api, request) => {
      const { data } = await ask(api, paging, request)
      const readable = required === 'items' ? Array.isArray(data?.items) : data?.kind !== undefined
      if (!readable) throw unreadableAnswer(facts)
      return data
    })
    for (const item of page.items ?? []) {
      const event = fromGoogleEvent(item, page.timeZone ?? 'UTC')
      if (event !== null) yield event
    }
    pageToken = page.nextPageToken ?? null
  } while (pageToken !== null)
}
