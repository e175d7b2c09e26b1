/** How long a request to Google takes at least, in milliseconds: what a server in São Paulo or Frankfurt sees. */
export const LATENCY_MS = 40
