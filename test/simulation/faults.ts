import type { GoogleEmulator } from 'appointment-sync/testing/emulator'
import type { Life } from './gates.ts'
import type { GoogleFaultAim, GoogleFaultKind } from './moves.ts'

/** A fault that waits for its request. */
export interface ArmedGoogleFault {
  readonly fault: GoogleFaultKind
  readonly aim: GoogleFaultAim
  /** The request takes effect, and only its answer is lost. */
  readonly applied: boolean
  passing: number
  left: number
}

interface ArmedStorageFault {
  readonly life: Life
  readonly atPassage: number
  /** It was stored, and only the answer is lost. */
  readonly committed: boolean
  left: number
}

interface ArmedHostFault {
  readonly call: 'get' | 'list' | 'apply'
  readonly applied: boolean
  left: number
}

/** What goes wrong next, for whoever comes by. */
export class Faults {
  readonly google: ArmedGoogleFault[] = []
  readonly storage: ArmedStorageFault[] = []
  readonly host: ArmedHostFault[] = []

  takeGoogle(method: string, path: string): ArmedGoogleFault | null {
    const found = this.google.find((armed) => {
      if (!isAimedAt(armed.aim, method, path)) return false
      armed.passing -= 1
      return armed.passing < 0
    })
    if (found === undefined) return null
    found.left -= 1
    if (found.left <= 0) this.google.splice(this.google.indexOf(found), 1)
    return found
  }

  takeStorage(life: Life): ArmedStorageFault | null {
    const found = this.storage.find((armed) => armed.life === life && life.passages >= armed.atPassage)
    if (found === undefined) return null
    found.left -= 1
    if (found.left <= 0) this.storage.splice(this.storage.indexOf(found), 1)
    return found
  }

  takeHost(call: ArmedHostFault['call']): ArmedHostFault | null {
    const found = this.host.find((armed) => armed.call === call)
    if (found === undefined) return null
    found.left -= 1
    if (found.left <= 0) this.host.splice(this.host.indexOf(found), 1)
    return found
  }

  /** Nothing goes wrong any more. */
  clear(google: GoogleEmulator): void {
    this.google.length = 0
    this.storage.length = 0
    this.host.length = 0
    google.faults.clear()
  }
}

function isAimedAt(aim: GoogleFaultAim, method: string, path: string): boolean {
  const oauth = !path.startsWith('/calendar/') && !path.startsWith('/batch')
  switch (aim) {
    case 'any':
      return true
    case 'token':
      return oauth
    case 'write':
      return !oauth && method !== 'GET'
    case 'read':
      return !oauth && method === 'GET'
  }
}

/** Arms the emulator so that the very next request meets the fault; not for those that hit the way to Google. */
export function armEmulator(google: GoogleEmulator, armed: ArmedGoogleFault): void {
  const { applied, fault } = armed
  const status = Number.parseInt(fault, 10)
  const reason = /^\d{3} (\w+)$/.exec(fault)?.[1]
  if (fault === 'html') google.faults.failNext({ status: 502, envelope: 'html', applied })
  else if (fault === 'drop') google.faults.dropNext({ applied })
  else if (Number.isFinite(status)) {
    // A refusal that Google means is never one it carried out.
    const carriedOut = applied && status >= 500
    google.faults.failNext({ status, applied: carriedOut, ...(reason === undefined ? {} : { reason }) })
  }
}
