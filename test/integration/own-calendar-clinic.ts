import type { SyncSettings } from 'appointment-sync'
import type { CalendarHand, UserHand } from 'appointment-sync/testing/emulator'
import { ACCOUNT, type Clinic, openClinic, owner } from './clinic.ts'

/** The narrowest there is: no busy times, so that `calendar.app.created` stands alone. */
export const ALONE: Partial<SyncSettings> = { calendarAccess: 'dedicated', externalEvents: 'ignore' }

/** Google's long form of a calendar scope. */
export const scope = (name: string): string => `https://www.googleapis.com/auth/${name}`

/** A clinic whose appointments go to a calendar that the SDK makes. */
export function openOwnCalendarClinic(overrides: Parameters<typeof openClinic>[0] = {}): Promise<Clinic> {
  return openClinic({ ...overrides, settings: { ...ALONE, ...overrides.settings } })
}

/** The id that the settings say, which has to be known by then. */
export async function calendarIdOf(clinic: Clinic): Promise<string> {
  const integration = await clinic.sync.integrations.get(owner)
  return integration?.settings.calendarId ?? '(not connected)'
}

/** The calendar that appointments go to, in the hands of its owner. */
export async function ownHand(clinic: Clinic): Promise<CalendarHand> {
  return clinic.google.user(ACCOUNT).calendar(await calendarIdOf(clinic))
}

export function user(clinic: Clinic): UserHand {
  return clinic.google.user(ACCOUNT)
}

/** How many calendars with this title the account has, as Google holds them. */
export function calendarsTitled(clinic: Clinic, title: string): number {
  const text = JSON.stringify(clinic.google.snapshot().state, (_, value: unknown) =>
    value instanceof Map ? [...value.values()] : value,
  )
  const { calendars } = JSON.parse(text) as { calendars: { summary: string; deleted: boolean }[] }
  return calendars.filter(({ summary, deleted }) => summary === title && !deleted).length
}

/** Connects with the one scope that stands in for all others, or with those given. */
export async function grantAll(clinic: Clinic, scopes: readonly string[] = ['calendar']): Promise<void> {
  const { url } = await clinic.sync.oauth.getAuthUrl({ owner })
  const address = new URL(url)
  address.searchParams.set('scope', ['openid', 'email', ...scopes.map(scope)].join(' '))
  const back = new URL(clinic.google.authorize(address.href, { email: ACCOUNT, grant: 'all' })).searchParams
  await clinic.sync.oauth.handleCallback({ code: back.get('code') ?? '', state: back.get('state') ?? '' })
  clinic.calls()
}
