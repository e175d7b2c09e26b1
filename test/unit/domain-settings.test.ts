import { describe, expect, test } from 'vitest'
import { DEFAULT_SETTINGS, settingsPatchSchema, settingsSchema } from '../../src/domain/index.ts'
import { isAppointmentSyncError, parseOrThrow } from '../../src/errors/index.ts'

test('the defaults are those of the documentation', () => {
  expect(DEFAULT_SETTINGS).toEqual({
    calendarId: 'primary',
    syncDirection: 'bidirectional',
    syncPastDays: 7,
    syncFutureDays: 30,
    conflictResolution: 'manual',
    eventPrefix: '[Agendamento]',
    includeClientInfo: true,
    includeNotes: true,
    reminderMinutes: [15, 60],
    timeZone: 'America/Sao_Paulo',
    locale: 'pt-BR',
    statuses: ['pending', 'confirmed', 'completed', 'no_show'],
    externalEvents: 'busy',
    busyTitles: false,
    calendarAccess: 'any',
    visibility: 'default',
    freeStatuses: [],
    conflictResolutionByField: {},
    explainRefusals: false,
    busyCalendarIds: [],
    invite: 'none',
    conference: 'none',
    colorByStatus: {},
    titleTemplate: null,
    descriptionTemplate: null,
  })
  expect(settingsSchema.parse(DEFAULT_SETTINGS)).toEqual(DEFAULT_SETTINGS)
})

function messageOf(patch: Record<string, unknown>): string {
  try {
    parseOrThrow(settingsPatchSchema, patch, 'INVALID_CONFIGURATION', 'The settings')
  } catch (error) {
    if (isAppointmentSyncError(error, 'INVALID_CONFIGURATION')) return error.message
    throw error
  }
  throw new Error('expected the patch to be refused')
}

describe('a change of settings', () => {
  test('may be of any part, also of none', () => {
    expect(settingsPatchSchema.parse({})).toEqual({})
    const patch = { colorByStatus: { confirmed: '11' }, eventPrefix: '', syncPastDays: 0 }
    expect(settingsPatchSchema.parse(patch)).toEqual(patch)
  })

  test('does not fill in defaults', () => {
    expect(Object.keys(settingsPatchSchema.parse({ locale: 'en' }))).toEqual(['locale'])
  })

  test('is refused for a name that is no setting', () => {
    expect(messageOf({ includeCleintInfo: false })).toContain('includeCleintInfo')
  })

  test('is refused with every problem at once', () => {
    const message = messageOf({
      calendarId: '',
      syncPastDays: 366,
      syncFutureDays: 0,
      reminderMinutes: [1, 2, 3, 4, 5, 6],
      timeZone: 'Nowhere',
      locale: 'fr',
      colorByStatus: { confirmed: '12' },
      busyCalendarIds: [''],
      titleTemplate: 'x'.repeat(10_001),
    })
    for (const path of [
      'calendarId',
      'syncPastDays',
      'syncFutureDays',
      'reminderMinutes',
      'timeZone',
      'locale',
      'colorByStatus.confirmed',
      'busyCalendarIds.0',
      'titleTemplate',
    ]) {
      expect(message).toContain(`${path}: `)
    }
  })

  test.each([
    [{ conference: 'zoom' }, 'conference: '],
    [{ externalEvents: 'appointments' }, 'externalEvents'],
    [{ statuses: ['cancelled'] }, 'a cancelled appointment never stands on the calendar'],
    [{ reminderMinutes: [40_321] }, 'reminderMinutes.0'],
    [{ reminderMinutes: [1.5] }, 'reminderMinutes.0'],
    [{ syncDirection: 'both' }, 'syncDirection'],
  ])('to %j is refused with a reason', (patch, reason) => {
    expect(messageOf(patch)).toContain(reason)
  })
})
