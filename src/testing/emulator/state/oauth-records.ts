/** An OAuth client registered in the emulated Google project. */
export interface ClientRecord {
  clientId: string
  clientSecret: string
  redirectUris: string[]
  /** A Testing app: its refresh tokens die after seven days. */
  testing: boolean
  /** Who may use a Testing app; null: everybody. */
  testers: string[] | null
  deleted: boolean
}

/** What an account once allowed a client to do. */
export interface GrantRecord {
  scopes: string[]
}

/** An authorization code, good once and for ten minutes. */
export interface CodeRecord {
  clientId: string
  email: string
  redirectUri: string
  scopes: string[]
  challenge: { value: string; method: 'S256' | 'plain' } | null
  offline: boolean
  consentShown: boolean
  combined: boolean
  nonce: string | null
  expiresAt: number
  used: boolean
}

/** A live refresh token. */
export interface RefreshTokenRecord {
  clientId: string
  email: string
  scopes: string[]
  combined: boolean
  expiresAt: number | null
  /** When it was issued or last brought an access token. */
  usedAt: number
}

/** A live access token. */
export interface AccessTokenRecord {
  clientId: string
  email: string
  scopes: string[]
  combined: boolean
  offline: boolean
  expiresAt: number
  refreshToken: string | null
}

/** The key of a grant: one account, one client. */
export function grantKey(email: string, clientId: string): string {
  return JSON.stringify([email, clientId])
}
