/** Who may see the event's details on a shared calendar (Calendar v3, `Event.visibility`). */
export const VISIBILITIES = ['default', 'public', 'private'] as const
export type Visibility = (typeof VISIBILITIES)[number]
