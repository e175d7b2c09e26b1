import { type Expression, expressionBuilder, type SqlBool } from 'kysely'

/** Between the id of an appointment and what names an occurrence of it. */
const SEPARATOR = '~'
/** What follows the separator in the order of code points: ids of occurrences end before it. */
const BEHIND_SEPARATOR = '\u007f'

/** The condition that a row is about the appointment of the tenant or an occurrence of it, as two ranges of an index. */
export function ofAppointment(tenantId: string, appointmentId: string): () => Expression<SqlBool> {
  const eb = expressionBuilder<{ rows: { tenant_id: string; appointment_id: string } }, 'rows'>()
  return () =>
    eb.or([
      eb.and([eb('tenant_id', '=', tenantId), eb('appointment_id', '=', appointmentId)]),
      eb.and([
        eb('tenant_id', '=', tenantId),
        eb('appointment_id', '>=', appointmentId + SEPARATOR),
        eb('appointment_id', '<', appointmentId + BEHIND_SEPARATOR),
      ]),
    ])
}
