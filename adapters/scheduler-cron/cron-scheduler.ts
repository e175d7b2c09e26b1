import { AppointmentSyncError, isAppointmentSyncError } from 'appointment-sync'
import type { ScheduledTask, Scheduler } from 'appointment-sync/ports'
import { Cron } from 'croner'
import { RunningTasks } from './running-tasks.ts'

/** Options of {@link cronScheduler}. */
export interface CronSchedulerOptions {
  /** 0 up to 1, for the jitter. Default `Math.random`. */
  readonly random?: (() => number) | undefined
  /** Told of every run that failed, by the task's name. Default a process warning with the error's code. */
  readonly onError?: ((task: string, error: unknown) => void) | undefined
  /** How long `stop` waits for runs that it aborted, in milliseconds. Default 1000. */
  readonly abortGraceMs?: number | undefined
}

/** Messages of errors that are not the SDK's own may hold anything; the name has to do. */
function warn(task: string, error: unknown): void {
  const known = isAppointmentSyncError(error) ? `${error.code}: ${error.message}` : null
  const what = known ?? (error instanceof Error ? error.name : typeof error)
  process.emitWarning(`The task ${task} failed: ${what}`, 'AppointmentSyncWarning')
}

/** Built paused and asked for its next run, so that a bad expression or zone is known before anything starts. */
function plan(task: ScheduledTask, run: () => void): Cron {
  let cron: Cron | undefined
  try {
    cron = new Cron(task.cron, { timezone: task.timeZone, mode: '5-part', paused: true }, run)
    cron.nextRun()
    return cron
  } catch (error) {
    cron?.stop()
    throw new AppointmentSyncError({
      code: 'INVALID_CONFIGURATION',
      message: `The task ${task.name} cannot be planned: check its cron expression and its time zone.`,
      cause: error,
    })
  }
}

/**
 * Runs the periodic tasks in this process, on croner. Two processes with it run every task twice; the SDK's own
 * leases make that harmless. A run that is still going, or waiting out its jitter, is not doubled.
 */
export function cronScheduler(options: CronSchedulerOptions = {}): Scheduler {
  const { random = Math.random, onError = warn, abortGraceMs = 1000 } = options
  const running = new RunningTasks({ random, onError })
  let crons: readonly Cron[] = []
  const halt = (): void => {
    for (const cron of crons) cron.stop()
    crons = []
    running.cancelWaiting()
  }
  return {
    start: async (tasks) => {
      const next: Cron[] = []
      try {
        for (const task of tasks) next.push(plan(task, () => running.begin(task)))
      } catch (error) {
        for (const cron of next) cron.stop()
        throw error
      }
      halt()
      crons = next
      for (const cron of crons) cron.resume()
    },
    stop: async ({ timeoutMs }) => {
      halt()
      if (await running.endedWithin(timeoutMs)) return
      running.abort()
      await running.endedWithin(abortGraceMs)
    },
  }
}
