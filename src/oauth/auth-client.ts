import type { OAuth2Client } from 'google-auth-library'
import type { OAuthClientOptions } from './oauth-options.ts'

/** Google's revocation endpoint (OAuth 2.0 for web server applications, "Revoking a token"). */
export const GOOGLE_REVOKE_URL = 'https://oauth2.googleapis.com/revoke'

/**
 * The official client, told not to do three things of its own: repeat token requests, fetch by its own
 * `node-fetch`, and print what it sends and gets when an environment variable asks for it.
 *
 * The library is loaded on first use: importing the SDK stays light.
 */
export async function createAuthClient(
  client: OAuthClientOptions,
  fetchImplementation?: typeof fetch,
): Promise<OAuth2Client> {
  const { OAuth2Client } = await import('google-auth-library')
  const { clientId, clientSecret, redirectUri, endpoints } = client
  return new OAuth2Client({
    clientId,
    clientSecret,
    redirectUri,
    ...(endpoints === undefined
      ? {}
      : {
          endpoints: {
            oauth2AuthBaseUrl: endpoints.authUrl,
            oauth2TokenUrl: endpoints.tokenUrl,
            oauth2RevokeUrl: endpoints.revokeUrl,
            tokenInfoUrl: endpoints.tokenInfoUrl,
          },
        }),
    // Its interceptors write whole token replies to the debug log.
    useAuthRequestParameters: false,
    transporterOptions: {
      // The library asks for retries on each token request, which wins over a plain `retry: false` here; the count
      // is the one thing it leaves alone. A repeated exchange would spend a code twice, which Google refuses.
      retryConfig: { retry: 0 },
      ...(fetchImplementation === undefined ? {} : { fetchImplementation }),
    },
  })
}
