import type { Backend } from '../backend.ts'
import type { GoogleEmulator } from '../google-emulator.ts'
import { jsonResponse, type EmulatedRequest, type EmulatedResponse } from '../messages.ts'
import type { LoggedRequest } from '../request-log.ts'
import type { Service } from '../service.ts'
import { createRequestsFeed } from '../ui/requests-feed.ts'
import { isPagePath, userInterface } from '../ui/user-interface.ts'
import type { ControlDesk } from './control-route.ts'
import { isForeignRequest } from './foreign-request.ts'

/** What the paths that are not Google's work on. */
export interface OwnPathsParts {
  readonly backend: Backend
  readonly requests: LoggedRequest[]
  /** Whether the control API answers; else its paths are Google's 404. */
  readonly control: boolean
  /** The emulator, once it is made. */
  readonly emulator: () => GoogleEmulator
  readonly sleep: (ms: number) => Promise<void>
  /** Told after every request: it may have changed what the emulator holds. */
  readonly changed: () => void
}

const CONTROL_PATH = /^\/_emulator(?:\/|$)/

/**
 * Puts the emulator's own paths before Google's: the pages for people and the control API. They exist at the
 * emulator's address only, not on Google's real hosts, and they are not in the log of requests.
 */
export function withOwnPaths(google: Service, parts: OwnPathsParts): Service {
  const { backend, requests } = parts
  const feed = createRequestsFeed(requests)
  let desk: ControlDesk | null = null

  const control = async (request: EmulatedRequest): Promise<EmulatedResponse> => {
    if (isForeignRequest(request)) {
      return jsonResponse(403, { error: { message: 'the control API does not answer pages of other sites' } })
    }
    desk ??= {
      emulator: parts.emulator(),
      backend,
      sleep: parts.sleep,
      snapshots: new Map(),
      holds: new Map(),
      lastId: 0,
    }
    // Loaded at the first call, so that an emulator starts without the schema library.
    const { controlApi } = await import('./control-api.ts')
    return controlApi(desk, request)
  }

  return {
    async serve(request, signal) {
      const { pathname, origin } = request.url
      try {
        if (origin === backend.origin()) {
          if (isPagePath(pathname)) return await userInterface({ backend, requests, feed }, request, signal)
          if (parts.control && CONTROL_PATH.test(pathname)) return await control(request)
        }
        const answer = google.serve(request, signal)
        feed.changed()
        return await answer
      } finally {
        feed.changed()
        parts.changed()
      }
    },
  }
}
