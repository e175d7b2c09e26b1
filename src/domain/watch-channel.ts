import { z } from 'zod'
import { type IntegrationRef, integrationRefShape } from './integration.ts'

/**
 * - `opening`: stored, and Google asked or about to be; its first message may come before Google's answer.
 * - `open`: Google confirmed it.
 * - `stopping`: to be stopped at Google, because a newer one took over or nobody wants it; its messages count no more.
 */
export const WATCH_CHANNEL_STATES = ['opening', 'open', 'stopping'] as const
export type WatchChannelState = (typeof WATCH_CHANNEL_STATES)[number]

/** A watch channel on one calendar (https://developers.google.com/workspace/calendar/api/guides/push). */
export interface WatchChannel extends IntegrationRef {
  /** Random, never used again: Google refuses an id it has seen, stopped or not. */
  readonly id: string
  readonly calendarId: string
  readonly state: WatchChannelState
  /** SHA-256 of the channel's secret token, as lower-case hex: the token itself is never stored. */
  readonly tokenHash: string
  /** Google's name of what is watched, needed to stop it; `null` until Google answered. */
  readonly resourceId: string | null
  /** When Google stops sending, epoch milliseconds; until Google answered, when it was asked to stop at the latest. */
  readonly expiresAtMs: number
  readonly createdAtMs: number
  readonly version: number
}

export const watchChannelSchema: z.ZodType<WatchChannel> = z.object({
  ...integrationRefShape,
  id: z.string(),
  calendarId: z.string(),
  state: z.enum(WATCH_CHANNEL_STATES),
  tokenHash: z.string(),
  resourceId: z.string().nullable(),
  expiresAtMs: z.int(),
  createdAtMs: z.int(),
  version: z.int(),
})
