import type { calendar_v3 } from '@googleapis/calendar'
import { conferenceRequestId } from './event-identity.ts'
import type { RemoteConference } from './remote-event.ts'

/** What a write does about the conference: makes one by the n-th request for the event, or takes it off. */
export type ConferenceWrite = { readonly request: number } | 'remove'

/** The part of a request's body; nothing where the conference is left as it is. */
export function toGoogleConference(
  eventId: string,
  write: ConferenceWrite | undefined,
): Pick<calendar_v3.Schema$Event, 'conferenceData'> {
  if (write === undefined) return {}
  // The client's types do not know that a patch clears by `null`.
  if (write === 'remove') return { conferenceData: null as unknown as calendar_v3.Schema$ConferenceData }
  return {
    conferenceData: {
      createRequest: {
        requestId: conferenceRequestId(eventId, write.request),
        conferenceSolutionKey: { type: 'hangoutsMeet' },
      },
    },
  }
}

const STATUSES: readonly (RemoteConference['status'] & string)[] = ['pending', 'success', 'failure']

/** The conference of an event; `null` when it has none. */
export function fromGoogleConference({
  conferenceData,
  hangoutLink,
}: calendar_v3.Schema$Event): RemoteConference | null {
  const video = conferenceData?.entryPoints?.find(({ entryPointType }) => entryPointType === 'video')
  const url = video?.uri ?? hangoutLink ?? null
  if (!conferenceData && url === null) return null
  const request = conferenceData?.createRequest
  return {
    requestId: request?.requestId ?? null,
    status: STATUSES.find((status) => status === request?.status?.statusCode) ?? null,
    url,
  }
}
