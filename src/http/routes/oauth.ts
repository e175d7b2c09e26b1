import { z } from 'zod'
import { isAppointmentSyncError } from '../../index.ts'
import { HttpRefusal } from '../http-refusal.ts'
import { seeOther } from '../respond.ts'
import { type ReturnToPolicy, withOutcome } from '../return-to.ts'
import { ownerRoute, type Route } from '../route.ts'
import { toWire } from '../wire-names.ts'
import { instantSchema, integrationWireSchema } from '../wire-schemas.ts'

/** The query parameter that tells the page returned to how connecting ended. */
const OUTCOME = 'google_calendar'

const callbackShape = {
  code: z.string().min(1).max(2048).optional(),
  error: z.string().min(1).max(500).optional(),
  state: z.string().min(1).max(512),
}

const hasCodeOrError = ({
  code,
  error,
}: {
  code?: string | undefined
  error?: string | undefined
}): boolean => code !== undefined || error !== undefined
const NEEDS_EITHER = { path: ['code'], message: 'is needed, unless Google gave an error' }

const connectResultSchema = z.object({
  status: z.enum(['connected', 'missing_scopes']),
  missing_scopes: z.array(z.string()),
  return_to: z.string().nullable(),
  integration: integrationWireSchema,
})

/** Where an attempt that failed wanted to return to, when the error tells: its state was known by then. */
function returnToOf(error: unknown): string | null {
  if (!isAppointmentSyncError(error) || !('returnTo' in error)) return null
  return typeof error.returnTo === 'string' ? error.returnTo : null
}

function authUrlRoute(policy: ReturnToPolicy): Route {
  return ownerRoute({
    method: 'GET',
    path: 'auth-url',
    summary: 'Begins a connection: the address of the consent page to send the person to.',
    query: z.strictObject({
      return_to: z.string().min(1).max(2000).optional(),
      login_hint: z.string().min(1).max(254).optional(),
    }),
    response: z.object({ url: z.string(), state: z.string(), expires_at: instantSchema }),
    run: async ({ sync, owner, query, options }) => {
      const { return_to: returnTo, login_hint: loginHint } = query
      if (returnTo !== undefined && !policy.allows(returnTo)) {
        throw new HttpRefusal({
          code: 'INVALID_REQUEST',
          message: 'The query of the request is not valid; see problems.',
          problems: [{ path: 'return_to', message: 'is not an address that the host allows to return to' }],
        })
      }
      return toWire(await sync.oauth.getAuthUrl({ owner, returnTo, loginHint }, options))
    },
  })
}

/**
 * Google's redirect, in the browser of the person. The session's owner goes along, so that a code or state that
 * another person slipped in is refused. HEAD is not answered: it would use up the state.
 */
function redirectRoute(policy: ReturnToPolicy, failureReturnTo: string | null): Route {
  return ownerRoute({
    method: 'GET',
    path: 'oauth-callback',
    summary: 'Where Google sends the person back to; answers 303 when the connection has a return_to.',
    answersHead: false,
    // Google adds `scope`, `authuser`, `prompt` and what it likes.
    query: z.object(callbackShape).refine(hasCodeOrError, NEEDS_EITHER),
    response: connectResultSchema,
    run: async ({ sync, owner, query, options }) => {
      const { code, error, state } = query
      try {
        const result = await sync.oauth.handleCallback({ code, error, state, owner }, options)
        if (result.returnTo === null || !policy.allows(result.returnTo)) return toWire(result)
        return seeOther(withOutcome(result.returnTo, { [OUTCOME]: result.status }))
      } catch (failure) {
        const returnTo = returnToOf(failure) ?? failureReturnTo
        if (returnTo === null || !policy.allows(returnTo) || !isAppointmentSyncError(failure)) throw failure
        return seeOther(withOutcome(returnTo, { [OUTCOME]: 'error', code: failure.code }))
      }
    },
  })
}

/** For a page of the host's own that Google sends back to and that hands over what it was given. */
function handOverRoute(): Route {
  return ownerRoute({
    method: 'POST',
    path: 'oauth-callback',
    summary: 'Ends a connection with what Google gave to a page of yours; never redirects.',
    body: z.strictObject(callbackShape).refine(hasCodeOrError, NEEDS_EITHER),
    response: connectResultSchema,
    run: async ({ sync, owner, body, options }) =>
      toWire(await sync.oauth.handleCallback({ ...body, owner }, options)),
  })
}

export function oauthRoutes(policy: ReturnToPolicy, failureReturnTo: string | null): Route[] {
  return [authUrlRoute(policy), redirectRoute(policy, failureReturnTo), handOverRoute()]
}
