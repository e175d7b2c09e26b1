import { z } from 'zod'

const STATES = ['pending', 'ready', 'failed', 'absent'] as const

/** What became of the conference that an appointment asked for; kept with the link of its event. */
export interface ConferenceState {
  /** Requests made for this event. Part of the request's id: a repeated one makes no second conference. */
  readonly requests: number
  /**
   * `pending`: Google is making it. `ready`: it is there. `failed`: Google could not. `absent`: the calendar takes
   * none, or somebody took it off.
   */
  readonly state: (typeof STATES)[number]
  /** Failures in a row. */
  readonly failures: number
  /** How often it was looked at while pending. */
  readonly looks: number
  /** The address the host was told; `null` before. */
  readonly url: string | null
  /** Whether the conference under `url` came of a request of ours; one that a person made is left alone. */
  readonly ours: boolean
}

export const conferenceStateSchema: z.ZodType<ConferenceState> = z.object({
  requests: z.int().min(0),
  state: z.enum(STATES),
  failures: z.int().min(0),
  looks: z.int().min(0),
  url: z.string().nullable(),
  ours: z.boolean(),
})
