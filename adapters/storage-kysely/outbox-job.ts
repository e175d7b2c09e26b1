import { AppointmentSyncError, type IntegrationRef } from 'appointment-sync'
import type { OutboxJob, OutboxJobRef } from 'appointment-sync/ports'
import { type Expression, expressionBuilder, type SqlBool } from 'kysely'
import { owned } from './owned.ts'
import { type RecordCodec, recordCodec } from './record-codec.ts'
import type { Database, OutboxRow } from './schema.ts'

/** Jobs as rows. */
export const jobs: RecordCodec<OutboxJob, OutboxRow> = recordCodec<OutboxJob, OutboxRow>({
  table: 'appointment_sync_outbox',
  ids: ['tenantId', 'integrationId', 'appointmentId'],
  fields: {
    tenantId: 'value',
    userId: 'value',
    integrationId: 'value',
    appointmentId: 'value',
    action: 'value',
    revision: 'value',
    attempts: 'value',
    dueAtMs: 'value',
    enqueuedAtMs: 'value',
    fence: 'value',
    leasedUntilMs: 'value',
    dead: 'flag',
    lastErrorCode: 'value',
  },
})

/** The condition that a row is this job. */
export function isJob(ref: OutboxJobRef): () => Expression<SqlBool> {
  const eb = expressionBuilder<Database, 'appointment_sync_outbox'>()
  return () => eb.and([owned(ref)(), eb('appointment_id', '=', ref.appointmentId)])
}

/** A job of the integration is kept under another user's name. */
export function namedWithAnotherUser({ integrationId }: IntegrationRef): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'INTERNAL',
    message: `Integration ${integrationId} was named with another user than its own. Nothing was enqueued.`,
  })
}
