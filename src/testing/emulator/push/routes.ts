import type { Route } from '../api/routing.ts'

/** The watch methods of every resource, and channels.stop. */
export const PUSH_ROUTES: readonly Route[] = []
