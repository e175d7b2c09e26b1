import { isAppointmentSyncError } from '../errors/index.ts'
import type { CallFacts } from './carrier.ts'
import { unreadableAnswer } from './classify-error.ts'
import type { GoogleCall } from './google-call.ts'
import type { WatchCalls } from './google-calendar.ts'

/** The calls about watch channels. */
export function createWatchCalls(call: GoogleCall): WatchCalls {
  return {
    watchEvents: ({ ref, calendarId, channelId, token, address, ttlSeconds }, options) => {
      const requestBody = {
        id: channelId,
        type: 'web_hook',
        address,
        token,
        // Google's own default is a week; its maximum is not published.
        ...(ttlSeconds === undefined ? {} : { params: { ttl: String(ttlSeconds) } }),
      }
      const facts: CallFacts = {
        ref,
        method: 'events.watch',
        subject: `calendar ${calendarId}`,
        kind: 'write',
        addresses: 'calendar',
      }
      return call(facts, options, async (api, request) => {
        const { data } = await api.events.watch({ calendarId, requestBody }, request)
        const expiresAtMs = Number(data?.expiration ?? Number.NaN)
        if (!data?.resourceId || !Number.isFinite(expiresAtMs)) throw unreadableAnswer(facts)
        return { resourceId: data.resourceId, expiresAtMs }
      })
    },
    stopChannel: async ({ ref, channelId, resourceId }, options) => {
      const facts: CallFacts = {
        ref,
        method: 'channels.stop',
        subject: `channel ${channelId}`,
        kind: 'write',
        addresses: 'account',
      }
      const requestBody = { id: channelId, resourceId }
      try {
        await call(facts, options, (api, request) => api.channels.stop({ requestBody }, request))
      } catch (error) {
        if (!isAppointmentSyncError(error, 'GOOGLE_NOT_FOUND')) throw error
      }
    },
  }
}
