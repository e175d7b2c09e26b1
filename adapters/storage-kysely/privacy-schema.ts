import type { Db } from './runner.ts'
import { index, type Statement } from './statements.ts'

/** Indexes for what is stored about one appointment, and about one owner, wherever it is, and for what is old. */
export function privacyIndexes(db: Db): Statement[] {
  const conflicts = 'appointment_sync_conflicts'
  return [
    index(db, 'appointment_sync_links', 'appointment', ['tenant_id', 'appointment_id']),
    index(db, 'appointment_sync_outbox', 'appointment', ['tenant_id', 'appointment_id']),
    index(db, 'appointment_sync_inbox', 'person', ['tenant_id', 'appointment_id']),
    index(db, conflicts, 'appointment', ['tenant_id', 'appointment_id']),
    index(db, conflicts, 'age', ['tenant_id', 'status', 'resolved_at_ms']),
    index(db, 'appointment_sync_oauth_states', 'owner', [
      'tenant_id',
      'user_id',
      'created_at_ms',
      'state_hash',
    ]),
  ]
}
