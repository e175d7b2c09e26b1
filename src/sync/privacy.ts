import { z } from 'zod'
import {
  hostIdSchema,
  type IntegrationRef,
  type Owner,
  ownerSchema,
  REMOVE_EVENTS,
  type RemoveEvents,
} from '../domain/index.ts'
import { parseOrThrow } from '../errors/index.ts'
import type { DisconnectDependencies } from './disconnect.ts'
import type { Engine } from './engine.ts'
import { type ClientAppointments, eraseClient, type EraseClientResult, exportClient } from './erase-client.ts'
import { eraseOwner, type EraseOwnerResult, exportOwner } from './erase-owner.ts'
import type { StoredRecord } from './stored-records.ts'

interface Call {
  readonly signal?: AbortSignal | undefined
}

/** What a person may ask for. */
export interface Privacy {
  exportOwner(owner: Owner, call?: Call): AsyncIterable<StoredRecord>
  eraseOwner(
    owner: Owner,
    choice?: { readonly removeEvents?: RemoveEvents | undefined },
    call?: Call,
  ): Promise<EraseOwnerResult>
  exportClient(client: ClientAppointments, call?: Call): AsyncIterable<StoredRecord>
  eraseClient(
    client: ClientAppointments & { readonly removeEvents?: boolean | undefined },
    call?: Call,
  ): Promise<EraseClientResult>
}

/** Most appointments that one call names. */
const MAX_APPOINTMENTS = 10_000

const clientShape = {
  tenantId: hostIdSchema,
  appointmentIds: z
    .array(hostIdSchema)
    .max(
      MAX_APPOINTMENTS,
      `must be at most ${MAX_APPOINTMENTS} appointments; name the others in another call`,
    )
    .transform((ids) => [...new Set(ids)]),
}
const exportSchema = z.strictObject(clientShape)
const eraseSchema = z.strictObject({ ...clientShape, removeEvents: z.boolean().default(true) })
const removalSchema = z.strictObject({
  removeEvents: z.enum(REMOVE_EVENTS, 'must be future, all or none').default('future'),
})

/** The calls behind `sync.privacy`. `integrationOf` names an owner's integration, connected or not. */
export function createPrivacy(
  engine: Engine,
  leaving: DisconnectDependencies,
  integrationOf: (owner: Owner) => IntegrationRef,
): Privacy {
  const refOfOwner = (owner: Owner): IntegrationRef =>
    integrationOf(parseOrThrow(ownerSchema, owner, 'INVALID_ARGUMENT', 'The owner'))
  return {
    exportOwner: (owner, call) => exportOwner(engine, refOfOwner(owner), call?.signal),
    eraseOwner: async (owner, choice, call) => {
      const ref = refOfOwner(owner)
      const { removeEvents } = parseOrThrow(
        removalSchema,
        choice ?? {},
        'INVALID_ARGUMENT',
        'The choice of events',
      )
      return eraseOwner(engine, leaving, ref, removeEvents, call?.signal)
    },
    exportClient: (client, call) =>
      exportClient(
        engine,
        parseOrThrow(exportSchema, client, 'INVALID_ARGUMENT', 'The client'),
        call?.signal,
      ),
    eraseClient: async (client, call) => {
      const request = parseOrThrow(eraseSchema, client, 'INVALID_ARGUMENT', 'The client')
      return eraseClient(engine, { ...request, signal: call?.signal })
    },
  }
}
