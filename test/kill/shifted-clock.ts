import { type Clock, systemClock } from 'appointment-sync/ports'

/** Real time and real timers, ahead by an offset that can be moved. */
export interface ShiftedClock extends Clock {
  offsetMs: number
}

/** What would be waited out for minutes is over as soon as the offset moves; nothing waits so long in real time. */
export function shiftedClock(): ShiftedClock {
  const clock: ShiftedClock = {
    offsetMs: 0,
    now: () => systemClock.now() + clock.offsetMs,
    sleep: (ms, options) => systemClock.sleep(ms, options),
  }
  return clock
}
