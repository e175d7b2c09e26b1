import { describe, expect, it } from 'vitest'
import type { ConferenceState, EventLink } from '../../src/domain/index.ts'
import { conferenceRequestId, conferenceRequestOf } from '../../src/google/event-identity.ts'
import { fromGoogleConference, toGoogleConference } from '../../src/google/conference-mapping.ts'
import type { RemoteConference } from '../../src/google/remote-event.ts'
import { conferenceWrite, nextLookAtMs, seeConference } from '../../src/sync/conference.ts'

const EVENT = 'e'.repeat(52)
const URL = 'https://meet.google.com/abc-defg-hij'

function linkWith(conference?: ConferenceState, wanted: 'none' | 'meet' = 'meet'): EventLink {
  const base = { app: { conference: wanted }, google: {}, ...(conference && { conference }) }
  return { eventId: EVENT, base } as unknown as EventLink
}

const state = (changes: Partial<ConferenceState>): ConferenceState => ({
  requests: 1,
  state: 'pending',
  failures: 0,
  looks: 0,
  url: null,
  ours: false,
  ...changes,
})
const seen = (request: number, rest: Partial<RemoteConference>): RemoteConference => ({
  requestId: conferenceRequestId(EVENT, request),
  status: 'pending',
  url: null,
  ...rest,
})
const LOOK = { asked: null, looked: true }

describe('the id of a request for a conference', () => {
  it('is the same for the same event and number, and says whose it is and which', () => {
    const id = conferenceRequestId(EVENT, 3)
    expect(id).toBe(conferenceRequestId(EVENT, 3))
    expect(id).toMatch(/^[a-v0-9]{24}-3$/)
    expect(conferenceRequestOf(EVENT, id)).toBe(3)
    expect(new Set([1, 2, 3].map((n) => conferenceRequestId(EVENT, n))).size).toBe(3)
  })

  it.each(['', 'x-1', `${conferenceRequestId(EVENT, 3)}-1`, conferenceRequestId('other', 1), '-1'])(
    'is not %j, which somebody else made',
    (id) => expect(conferenceRequestOf(EVENT, id)).toBeNull(),
  )

  it.each(['0', '-1', '1.5', 'x', ''])('has no number %j', (number) => {
    expect(conferenceRequestOf(EVENT, conferenceRequestId(EVENT, 3).replace(/3$/, number))).toBeNull()
  })
})

describe('conferences in Google’s words', () => {
  it('are asked for, taken off, or left out of the body', () => {
    expect(toGoogleConference(EVENT, { request: 2 })).toEqual({
      conferenceData: {
        createRequest: {
          requestId: conferenceRequestId(EVENT, 2),
          conferenceSolutionKey: { type: 'hangoutsMeet' },
        },
      },
    })
    expect(toGoogleConference(EVENT, 'remove')).toEqual({ conferenceData: null })
    expect(toGoogleConference(EVENT, undefined)).toEqual({})
  })

  it('are read from what is there: a request, a video address, or a link alone', () => {
    expect(fromGoogleConference({})).toBeNull()
    expect(fromGoogleConference({ hangoutLink: URL })).toEqual({ requestId: null, status: null, url: URL })
    const phone = { entryPointType: 'phone', uri: 'tel:+1' }
    const video = { entryPointType: 'video', uri: URL }
    const createRequest = { requestId: 'r', status: { statusCode: 'success' } }
    expect(fromGoogleConference({ conferenceData: { createRequest, entryPoints: [phone, video] } })).toEqual({
      requestId: 'r',
      status: 'success',
      url: URL,
    })
    expect(
      fromGoogleConference({ conferenceData: { createRequest: { status: { statusCode: 'new' } } } }),
    ).toEqual({ requestId: null, status: null, url: null })
  })
})

describe('what is seen of a conference', () => {
  it('is told when there is an address, and once', () => {
    const first = seeConference(linkWith(state({})), seen(1, { status: 'success', url: URL }), LOOK)
    expect(first).toEqual({
      state: state({ state: 'ready', url: URL, ours: true }),
      ready: URL,
      failed: false,
    })
    const again = seeConference(linkWith(first.state), seen(1, { status: 'success', url: URL }), LOOK)
    expect(again).toEqual({ ...first, ready: null })
  })

  it('of a write whose answer was lost goes on by the number in Google', () => {
    const { state: found } = seeConference(linkWith(), seen(4, {}), { asked: null, looked: false })
    expect(found).toMatchObject({ requests: 4, state: 'pending' })
    expect(conferenceWrite(linkWith(found), 'meet', seen(4, {}))).toBeUndefined()
    expect(conferenceWrite(linkWith(found), 'meet', null)).toEqual({ request: 5 })
  })

  it('a failure counts once for each request, and a success forgets it', () => {
    const failed = seeConference(linkWith(state({})), seen(1, { status: 'failure' }), LOOK)
    expect(failed).toMatchObject({ state: { state: 'failed', failures: 1 }, failed: true })
    const same = seeConference(linkWith(failed.state), seen(1, { status: 'failure' }), LOOK)
    expect(same).toMatchObject({ state: { failures: 1 }, failed: false })
    expect(conferenceWrite(linkWith(failed.state), 'meet', seen(1, { status: 'failure' }))).toEqual({
      request: 2,
    })
    const made = seeConference(linkWith(failed.state), seen(2, { status: 'success', url: URL }), LOOK)
    expect(made).toMatchObject({ state: { state: 'ready', failures: 0, requests: 2 }, ready: URL })
  })

  it('while pending is looked at ever more rarely, and in the end no more', () => {
    let conference: ConferenceState | undefined = state({})
    const waits: number[] = []
    for (;;) {
      const at: number | null = nextLookAtMs(conference, 0)
      if (at === null) break
      waits.push(at / 1000)
      conference = seeConference(linkWith(conference), seen(1, {}), LOOK).state
    }
    expect(waits).toEqual([10, 20, 40, 80, 160, 320, 640, 1280])
    expect(conference?.state).toBe('pending')
  })

  it('that is not ours is never taken off, and never replaced', () => {
    const zoom = { requestId: null, status: null, url: 'https://zoom.example.com/j/1' }
    expect(conferenceWrite(linkWith(), 'none', zoom)).toBeUndefined()
    expect(conferenceWrite(linkWith(), 'meet', zoom)).toBeUndefined()
    const told = seeConference(linkWith(), zoom, LOOK).state
    expect(told).toMatchObject({ url: zoom.url, ours: false })
    expect(conferenceWrite(linkWith(told), 'none', zoom)).toBeUndefined()
    expect(conferenceWrite(linkWith(), 'none', seen(1, {}))).toBe('remove')
  })

  it('of an appointment that wants none is told to nobody', () => {
    const zoom = { requestId: null, status: null, url: 'https://zoom.example.com/j/1' }
    expect(seeConference(linkWith(undefined, 'none'), zoom, LOOK)).toEqual({
      state: undefined,
      ready: null,
      failed: false,
    })
  })
})
