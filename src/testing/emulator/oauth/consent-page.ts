import type { Backend } from '../backend.ts'
import {
  emptyResponse,
  escapeHtml,
  htmlResponse,
  redirectResponse,
  type EmulatedRequest,
  type EmulatedResponse,
} from '../messages.ts'
import { isSignInScope } from '../scopes.ts'
import {
  GoogleErrorPageError,
  completeAuthorization,
  needsConsent,
  readAuthorizationRequest,
  redirectWithError,
  tickedScopes,
  type AuthorizationRequest,
} from './authorization.ts'

const STYLE =
  'body{font-family:sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem}label{display:block;margin:.4rem 0}button{padding:.5rem 1.2rem;margin-right:.6rem}fieldset{margin:1rem 0}'

function page(title: string, content: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body><h1>${escapeHtml(title)}</h1>${content}</body></html>`
}

function accountByHint(backend: Backend, hint: string | null): string | null {
  if (hint === null) return null
  const users = [...backend.state.users.values()]
  return users.find(({ email, subject }) => email === hint.toLowerCase() || subject === hint)?.email ?? null
}

/** The account a browser would be signed in with: the hinted one, else the only one. */
function presumedAccount(backend: Backend, request: AuthorizationRequest): string | null {
  const hinted = accountByHint(backend, request.loginHint)
  if (hinted !== null) return hinted
  const [only, ...others] = backend.state.users.keys()
  return others.length === 0 ? (only ?? null) : null
}

/** What happens without a page: a silent pass, or the refusal of `prompt=none`; null when a page is needed. */
function silentRedirect(backend: Backend, request: AuthorizationRequest): string | null {
  const account = presumedAccount(backend, request)
  const passes = account !== null && !needsConsent(backend, request, account)
  if (request.prompts.has('none')) {
    return passes
      ? completeAuthorization(backend, request, account, 'all')
      : redirectWithError(request, 'interaction_required')
  }
  return passes && request.prompts.size === 0 ? completeAuthorization(backend, request, account, 'all') : null
}

function consentForm(backend: Backend, request: AuthorizationRequest, action: string): string {
  const chosen = presumedAccount(backend, request)
  const accounts = [...backend.state.users.keys()].map(
    (email, index) =>
      `<label><input type="radio" name="email" value="${escapeHtml(email)}" required${
        email === chosen || (chosen === null && index === 0) ? ' checked' : ''
      }> ${escapeHtml(email)}</label>`,
  )
  const data = request.scopes.filter((scope) => !isSignInScope(scope))
  const ticked = new Set(tickedScopes(backend, request))
  const scopes = data.map((scope) =>
    // A single scope has no checkbox: allowing is granting it.
    data.length === 1
      ? `<p>${escapeHtml(scope)}</p><input type="hidden" name="scope" value="${escapeHtml(scope)}">`
      : `<label><input type="checkbox" name="scope" value="${escapeHtml(scope)}"${ticked.has(scope) ? ' checked' : ''}> ${escapeHtml(scope)}</label>`,
  )
  return page(
    'Sign in with (emulated) Google',
    `<p><strong>${escapeHtml(request.client.clientId)}</strong> wants access to your Google Account.</p>
<form method="post" action="${escapeHtml(action)}">
<fieldset><legend>Account</legend>${accounts.join('')}</fieldset>
<fieldset><legend>It will be able to use</legend>${scopes.join('') || '<p>your name and address only</p>'}</fieldset>
<button name="decision" value="allow">Allow</button><button name="decision" value="deny">Deny</button>
</form>`,
  )
}

function decide(backend: Backend, request: AuthorizationRequest, form: URLSearchParams): EmulatedResponse {
  const email = form.get('email') ?? ''
  if (!backend.state.users.has(email))
    throw new GoogleErrorPageError(400, 'invalid_request', 'Unknown account.')
  const allowed = form.get('decision') === 'allow'
  const choice = allowed ? form.getAll('scope') : 'none'
  return redirectResponse(completeAuthorization(backend, request, email, choice))
}

/**
 * The authorization page: a form for a person in a browser, an error page where Google would show one, or a
 * redirect at once where Google asks nothing.
 */
export function authorizationEndpoint(backend: Backend, request: EmulatedRequest): EmulatedResponse {
  if (request.method !== 'GET' && request.method !== 'POST') return emptyResponse(405, { allow: 'GET, POST' })
  try {
    const asked = readAuthorizationRequest(backend, request.url.searchParams)
    if (request.method === 'POST') return decide(backend, asked, new URLSearchParams(request.body))
    const silent = silentRedirect(backend, asked)
    if (silent !== null) return redirectResponse(silent)
    return htmlResponse(200, consentForm(backend, asked, `${request.url.pathname}${request.url.search}`))
  } catch (error) {
    if (!(error instanceof GoogleErrorPageError)) throw error
    const code = `<p>Error ${error.status}: <code>${escapeHtml(error.code)}</code></p>`
    return htmlResponse(error.status, page('Access blocked', `${code}<p>${escapeHtml(error.message)}</p>`))
  }
}
