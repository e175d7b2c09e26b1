import { createGoogleEmulator, type GoogleEmulator } from 'appointment-sync/testing/emulator'
import type { AppointmentSyncOptions } from 'appointment-sync'

/** Where the demo's Google is. */
export interface GoogleSide {
  readonly options: AppointmentSyncOptions['google']
  /** `null` when the demo talks to the real Google. */
  readonly emulator: GoogleEmulator | null
  /** A page where a person sees the calendar. */
  readonly page: string
}

/** The account of the professional in the emulator. */
export const ACCOUNT = 'maria@example.com'

const CALLBACK = '/api/v1/google-calendar/oauth-callback'

/**
 * The emulator on a local port, or the real Google when the environment holds a client of yours. Its redirect URI,
 * `<appUrl>/api/v1/google-calendar/oauth-callback`, must then be registered in the Google Cloud console.
 */
export async function openGoogleSide(
  appUrl: string,
  environment: Readonly<Record<string, string | undefined>>,
  emulatorPort: number,
): Promise<GoogleSide> {
  const redirectUri = `${appUrl}${CALLBACK}`
  const clientId = environment['GOOGLE_CALENDAR_CLIENT_ID']
  const clientSecret = environment['GOOGLE_CALENDAR_CLIENT_SECRET']
  if (clientId && clientSecret) {
    const page = 'https://calendar.google.com/'
    return { options: { clientId, clientSecret, redirectUri }, emulator: null, page }
  }
  const client = { clientId: 'demo-client', clientSecret: 'demo-secret' }
  const emulator = await createGoogleEmulator({
    port: emulatorPort,
    clients: [{ ...client, redirectUris: [redirectUri] }],
    users: [{ email: ACCOUNT, timeZone: 'America/Sao_Paulo' }],
  })
  return {
    options: { ...client, redirectUri, endpoints: emulator.endpoints },
    emulator,
    page: `${emulator.url}/`,
  }
}
