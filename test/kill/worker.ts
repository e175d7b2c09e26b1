import { Kysely } from 'kysely'
import { type AppointmentSync, createAppointmentSync, isAppointmentSyncError } from 'appointment-sync'
import { kyselyStorage, nodeSqliteDialect } from 'appointment-sync/adapters/storage-kysely'
import { type Host, type HostTables, openHost } from './host-database.ts'
import { sdkOptions } from './sdk-options.ts'
import { shiftedClock } from './shifted-clock.ts'
import type { News, Order, WorkerSetting, WorkerTask } from './worker-messages.ts'
import { reportOf } from './worker-report.ts'

/**
 * A booking back end as one would write it: a change is committed to its own table, then the SDK's handler is
 * called. Its parent says over IPC what is to be done, and kills it at any moment.
 */
interface BackEnd {
  readonly host: Host
  readonly sync: AppointmentSync
}

const setting = JSON.parse(process.argv[2] ?? '') as WorkerSetting
const clock = shiftedClock()
let statementsLeft = Number.POSITIVE_INFINITY
let backEnd: BackEnd | null = null

function open(): BackEnd {
  const db = new Kysely<HostTables>({
    dialect: nodeSqliteDialect({ path: setting.databasePath }),
    log: () => {
      statementsLeft -= 1
      if (statementsLeft === 0) process.kill(process.pid, 'SIGKILL')
    },
  })
  const host = openHost(db, clock, {
    applying: () => tell({ type: 'applying' }),
    changed: (appointment) => sync.handlers.appointmentUpdated(appointment),
  })
  const numbered: typeof fetch = (input, init) => {
    const request = new Request(input, init)
    request.headers.set('x-worker', String(setting.number))
    return fetch(request)
  }
  const storage = kyselyStorage({ db, dialect: 'sqlite' })
  const { endpoints } = setting
  const sync = createAppointmentSync(
    sdkOptions({ endpoints, appointments: host, storage, clock, fetch: numbered }),
  )
  return { host, sync }
}

async function carryOut({ host, sync }: BackEnd, id: number, task: WorkerTask): Promise<unknown> {
  switch (task.type) {
    case 'edit': {
      const appointment = await host.edit(task.edit)
      tell({ type: 'committed', id, changed: appointment !== null })
      if (appointment === null) return null
      if (task.edit.kind === 'book') return sync.handlers.appointmentCreated(appointment)
      if (task.edit.kind === 'cancel') return sync.handlers.appointmentCancelled(appointment)
      return sync.handlers.appointmentUpdated(appointment)
    }
    case 'task':
      return sync.tasks.run(task.name)
    case 'pull':
      return sync.pullFromGoogle(task.owner)
    case 'sync_all':
      return sync.syncAllAppointmentsForUser(task.owner)
    case 'resolve': {
      const { tenantId, side, limit } = task
      const { items } = await sync.conflicts.list({ tenantId, status: 'open', limit })
      for (const { id: conflictId } of items) await sync.conflicts.resolve({ tenantId, conflictId }, side)
      return items.length
    }
    case 'report':
      return reportOf(sync, task.tenantIds, task.logsFromMs)
  }
}

function tell(news: News): void {
  process.send?.(news)
}

async function obey(order: Order): Promise<void> {
  if (order.type === 'clock') clock.offsetMs = order.offsetMs
  else if (order.type === 'die') statementsLeft = order.afterStatements
  else if (order.type === 'begin') {
    clock.offsetMs = order.clockOffsetMs
    backEnd = open()
  } else if (backEnd !== null) {
    const { id, task } = order
    try {
      tell({ type: 'done', id, result: await carryOut(backEnd, id, task) })
    } catch (error) {
      const code = isAppointmentSyncError(error) ? error.code : 'no code'
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      tell({ type: 'failed', id, code, text })
    }
  }
}

process.on('message', (order: Order) => void obey(order))
process.once('disconnect', () => process.exit())
tell({ type: 'ready' })
