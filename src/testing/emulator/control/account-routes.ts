import { z } from 'zod'
import { clientSchema, seedSchema, userSchema } from '../files/seed-schema.ts'
import { applySeed } from '../files/seed-file.ts'
import type { JsonObject } from '../json.ts'
import { controlRoute, type ControlDesk, type ControlRoute } from './control-route.ts'
import { accountOf, calendarIdsOf } from './named.ts'

const nothing = z.strictObject({})

const consent = z.strictObject({
  authUrl: z.url(),
  email: z.string(),
  grant: z.union([z.enum(['all', 'none']), z.array(z.string())], {
    error: 'takes "all", "none" or a list of scopes',
  }),
})

function describeAccount(desk: ControlDesk, email: string): JsonObject {
  const calendars = calendarIdsOf(desk, email).map((id): JsonObject => {
    const { summary = '', timeZone = '' } = desk.backend.state.calendars.get(id) ?? {}
    return { id, summary, timeZone }
  })
  return { email, timeZone: desk.backend.state.users.get(email)?.timeZone ?? '', calendars }
}

/** OAuth clients, accounts, the consent page, and a whole seed at once. */
export const ACCOUNT_ROUTES: readonly ControlRoute[] = [
  controlRoute('authorize', ['POST', '/authorize'], consent, (desk, { authUrl, email, grant }) => {
    accountOf(desk, email)
    return { redirectUrl: desk.emulator.authorize(authUrl, { email, grant }) }
  }),
  controlRoute('seed', ['POST', '/seed'], seedSchema, ({ emulator }, seed) => applySeed(emulator, seed)),
  controlRoute('clients', ['GET', '/clients'], nothing, ({ emulator }) => ({
    clients: emulator.clients().map(({ redirectUris, testers, ...client }): JsonObject => ({
      ...client,
      redirectUris: [...redirectUris],
      ...(testers ? { testers: [...testers] } : {}),
    })),
  })),
  controlRoute('registerClient', ['POST', '/clients'], clientSchema, ({ emulator }, client) =>
    emulator.registerClient(client),
  ),
  controlRoute('users', ['GET', '/users'], nothing, (desk) => ({
    users: desk.emulator.users().map((email) => describeAccount(desk, email)),
  })),
  controlRoute('addUsers', ['POST', '/users'], userSchema, (desk, user) => {
    desk.emulator.addUsers([user])
    return describeAccount(desk, user.email.toLowerCase())
  }),
]
