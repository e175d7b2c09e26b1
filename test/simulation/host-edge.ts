import type { Appointment, AppointmentChange } from 'appointment-sync'
import type { AppointmentSource } from 'appointment-sync/ports'
import type { LastLook, ToldCheck } from './check-told.ts'
import type { Faults } from './faults.ts'
import type { Gates, Life } from './gates.ts'
import { type Host, type Row, toPage } from './host.ts'
import { keyOf } from './series.ts'

/** What the way to the host is made of. */
export interface HostEdgeParts {
  readonly gates: Gates
  readonly faults: Faults
  readonly host: Host
  readonly check: ToldCheck
  readonly note: (line: string) => void
  /** What the host does after it applied a change: its hooks fire on every save. */
  readonly afterApply: (life: Life, appointment: Appointment) => Promise<void>
}

/** The three functions of the host, as one process calls them. */
export function hostEdge(parts: HostEdgeParts, life: Life): AppointmentSource {
  const { gates, faults, host, check, note } = parts
  const looks = new Map<string, LastLook>()
  const seen = (row: Row): void => {
    looks.set(row.record.key, { version: row.version, passage: life.passages })
  }
  const failing = (call: 'get' | 'list'): void => {
    if (faults.takeHost(call) === null) return
    note(`  fault: host, ${call}`)
    throw new Error(`the host's ${call} failed`)
  }
  return {
    get: async (ref) => {
      await gates.pass(life, `host get ${ref.tenantId}/${ref.appointmentId}`)
      failing('get')
      for (const row of host.rowsOf(ref)) seen(row)
      return gates.survived(life, host.get(ref))
    },
    list: async (query) => {
      await gates.pass(life, `host list ${query.owner.tenantId}/${query.owner.userId}`)
      failing('list')
      const page = host.list(query)
      for (const { record } of page.rows) {
        const { id: rowId, partOf, owner } = record
        const appointmentId = partOf?.series.id ?? rowId
        for (const row of host.rowsOf({ tenantId: owner.tenantId, appointmentId })) seen(row)
      }
      return gates.survived(life, toPage(host, page))
    },
    apply: async (change: AppointmentChange) => {
      const key = keyOf(change)
      await gates.pass(life, `host apply ${key} ${change.type}`)
      const fault = faults.takeHost('apply')
      if (fault !== null) note(`  fault: host, apply${fault.applied ? ', applied' : ''}`)
      if (fault !== null && !fault.applied) throw new Error('the host was down')
      const repeated = host.answers.has(`${change.owner.tenantId}/${change.changeId}`)
      if (!repeated) check.before(change, looks.get(key) ?? null, life.passages)
      const answer = host.apply(change)
      if (!repeated) check.after(change, answer)
      note(
        `  host: ${repeated ? 'again ' : ''}${answer.status} ${JSON.stringify(Object.values(change).at(-1))}`,
      )
      const appointment = host.get({ tenantId: change.owner.tenantId, appointmentId: change.appointmentId })
      await gates.survived(life, undefined)
      if (answer.status === 'applied' && appointment !== null) await parts.afterApply(life, appointment)
      if (fault !== null) throw new Error('the host was down after it had applied the change')
      return answer
    },
  }
}
