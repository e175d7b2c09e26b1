/** Refusals of Google's own page that have nothing to do with the request. */
export type BlockedConsent = 'admin_policy_enforced' | 'org_internal' | 'disallowed_useragent'

/** The status of the page, and what it says. */
export const BLOCKED_PAGES: Readonly<Record<BlockedConsent, { status: number; why: string }>> = {
  admin_policy_enforced: {
    status: 400,
    why: 'The administrator of the account has blocked this app or what it asks for.',
  },
  org_internal: { status: 403, why: 'This app is for members of its own organisation.' },
  disallowed_useragent: { status: 403, why: 'Google does not show this page inside another app.' },
}
