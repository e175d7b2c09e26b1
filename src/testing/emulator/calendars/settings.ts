import { listPage } from '../api/counted-list.ts'
import type { Call } from '../api/routing.ts'
import type { Backend } from '../backend.ts'
import { refusal } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import { announceChange } from '../push/announce.ts'
import type { UserRecord } from '../state/calendar-records.ts'
import { nextTimestampUs } from '../state/timestamps.ts'
import { isTimeZone } from '../zone-time.ts'

interface SettingKind {
  readonly standard: string
  accepts(value: string): boolean
}

function flag(standard: 'true' | 'false'): SettingKind {
  return { standard, accepts: (value) => value === 'true' || value === 'false' }
}

function oneOf(standard: string, ...others: string[]): SettingKind {
  return { standard, accepts: (value) => value === standard || others.includes(value) }
}

/** The settings Google documents (https://developers.google.com/workspace/calendar/api/v3/reference/settings). */
const KINDS: ReadonlyMap<string, SettingKind> = new Map(
  Object.entries({
    autoAddHangouts: flag('false'),
    dateFieldOrder: oneOf('MDY', 'DMY', 'YMD'),
    defaultEventLength: { standard: '60', accepts: (value) => /^[1-9]\d{0,5}$/.test(value) },
    format24HourTime: flag('false'),
    hideInvitations: flag('false'),
    hideWeekends: flag('false'),
    locale: { standard: 'en', accepts: (value) => /^[a-z]{2,3}(?:[_-][A-Za-z0-9]{2,4})?$/.test(value) },
    remindOnRespondedEventsOnly: flag('false'),
    showDeclinedEvents: flag('true'),
    timezone: { standard: 'Etc/GMT', accepts: isTimeZone },
    useKeyboardShortcuts: flag('true'),
    weekStart: oneOf('0', '1', '6'),
  } satisfies Record<string, SettingKind>),
)

/** An account is made in a zone, so that setting is seldom at Google's default. */
function valueOf(user: UserRecord, id: string): string {
  const stored = user.settings.get(id)?.value
  return stored ?? (id === 'timezone' ? user.timeZone : (KINDS.get(id)?.standard ?? ''))
}

function idsOf(user: UserRecord): string[] {
  return [...new Set([...KINDS.keys(), ...user.settings.keys()])]
}

/** Google says that a setting at its default might not be returned. */
function isReturned({ settings }: Backend, user: UserRecord, id: string): boolean {
  return settings.defaultSettings === 'listed' || valueOf(user, id) !== KINDS.get(id)?.standard
}

function renderSetting(user: UserRecord, id: string): JsonObject {
  const etag = `"${user.settings.get(id)?.etagUs ?? 0}"`
  return { kind: 'calendar#setting', etag, id, value: valueOf(user, id) }
}

/** settings.list; a delta tells a setting that went back to its default too. @throws CalendarApiError 400, 410. */
export function listSettings({ backend, caller, query }: Call): JsonObject {
  const { user } = caller
  const { email, settingsCounter, settingsEpoch } = user
  return listPage(backend, query, {
    list: { kind: 'settings', owner: email, counter: settingsCounter, epoch: settingsEpoch },
    items: idsOf(user),
    changeOf: (id) => user.settings.get(id)?.change ?? 0,
    shows: (id) => isReturned(backend, user, id),
    render: (id) => renderSetting(user, id),
  })
}

/** settings.get. @throws CalendarApiError 404 for a setting Google does not have. */
export function getSetting({ backend, caller, parameters }: Call): JsonObject {
  const { setting = '' } = parameters
  const { user } = caller
  if (!idsOf(user).includes(setting) || !isReturned(backend, user, setting)) throw refusal('notFound')
  return renderSetting(user, setting)
}

/**
 * Changes a setting; the value it has already changes nothing.
 * @throws Error for a setting or a value that Google does not have.
 */
export function storeSetting(backend: Backend, user: UserRecord, id: string, value: string): void {
  const kind = KINDS.get(id)
  if (!kind) throw new Error(`Google has no setting ${id}; it has ${[...KINDS.keys()].join(', ')}`)
  if (!kind.accepts(value)) throw new Error(`the setting ${id} does not take ${JSON.stringify(value)}`)
  if (valueOf(user, id) === value) return
  user.settingsCounter += 1
  const etagUs = nextTimestampUs(backend.state, backend.clock.now())
  user.settings.set(id, { value, change: user.settingsCounter, etagUs })
  announceChange(backend, { kind: 'settings', email: user.email })
}
