import type { Conflict } from 'appointment-sync'
import type { Storage, StorageSession } from 'appointment-sync/ports'
import { valueIn } from './calendar-view.ts'
import type { AppointmentRecord } from './ledger.ts'
import { type Field, FIELDS } from './moves.ts'

/** Every conflict that was ever stored: the record that invariant 3 asks for. */
export class ConflictBook {
  readonly #storage: Storage
  readonly #seen = new Set<string>()
  /** Values of the app's about which a person decided. */
  readonly #decided = new Set<string>()
  constructor(storage: Storage) {
    this.#storage = storage
  }

  /** The session of a transaction, listened to; `kept` takes over what it stored once it is committed. */
  listen(session: StorageSession): { readonly session: StorageSession; readonly kept: () => void } {
    const stored: Conflict[] = []
    const { conflicts } = session
    const replace: StorageSession['conflicts']['replace'] = async (conflict, expectedVersion) => {
      const replaced = await conflicts.replace(conflict, expectedVersion)
      if (replaced) stored.push(conflict)
      return replaced
    }
    return {
      session: { ...session, conflicts: { ...conflicts, replace } },
      kept: () => {
        for (const conflict of stored) this.#note(conflict)
      },
    }
  }

  #note({ tenantId, appointmentId, google, app, fields, status, resolution }: Conflict): void {
    const key = `${tenantId}/${appointmentId}`
    const byPerson = status === 'resolved' && resolution !== 'sides_agree'
    for (const field of FIELDS) {
      const value = valueIn(app, field)
      const decided = value !== undefined && (byPerson || !fields.includes(field))
      if (decided) this.#decided.add(`${key} ${field} ${value}`)
    }
    if (!google.exists) this.#seen.add(`${key} existence`)
    for (const field of FIELDS) {
      const value = valueIn(google, field)
      if (value !== undefined) this.#seen.add(`${key} ${field} ${value}`)
    }
  }

  /** Whether a conflict showed this value as Google's. */
  held(record: AppointmentRecord, field: Field, value: string): boolean {
    return this.#seen.has(`${record.key} ${field} ${value}`)
  }

  /** Whether a person decided about this value of the app's. */
  decided(record: AppointmentRecord, field: Field, value: string): boolean {
    return this.#decided.has(`${record.key} ${field} ${value}`)
  }

  /** Whether a conflict asked if the appointment takes place. */
  hadExistence(record: AppointmentRecord): boolean {
    return this.#seen.has(`${record.key} existence`)
  }

  /** The fields of an appointment that wait for a person's decision. */
  async contested({ id, partOf, owner: { tenantId, userId } }: AppointmentRecord): Promise<Set<string>> {
    const { items } = await this.#storage.conflicts.list({ tenantId, userId, status: 'open', limit: 100 })
    return new Set(
      items
        .filter(({ appointmentId }) => appointmentId === id || appointmentId === partOf?.series.id)
        .flatMap(({ fields }) => fields),
    )
  }
}
