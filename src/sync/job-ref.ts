import type { OutboxJobRef } from '../ports/index.ts'

/** The outbox job of whatever belongs to an appointment of an integration: a link, a conflict, an entry. */
export function jobRefOf({ tenantId, userId, integrationId, appointmentId }: OutboxJobRef): OutboxJobRef {
  return { tenantId, userId, integrationId, appointmentId }
}
