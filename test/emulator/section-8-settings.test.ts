import { describe, expect, test } from 'vitest'
import { connected } from './connected.ts'
import { refused } from './official-client.ts'

const DEFAULTS = {
  autoAddHangouts: 'false',
  dateFieldOrder: 'MDY',
  defaultEventLength: '60',
  format24HourTime: 'false',
  hideInvitations: 'false',
  hideWeekends: 'false',
  locale: 'en',
  remindOnRespondedEventsOnly: 'false',
  showDeclinedEvents: 'true',
  timezone: 'America/Sao_Paulo',
  useKeyboardShortcuts: 'true',
  weekStart: '0',
}

describe('settings', () => {
  test('list has the twelve documented settings at their defaults, and the zone of the account', async () => {
    await using run = await connected()
    const { data } = await run.api.settings.list()
    expect(data.kind).toBe('calendar#settings')
    expect(Object.fromEntries((data.items ?? []).map(({ id, value }) => [id, value]))).toEqual(DEFAULTS)
    expect(data.nextSyncToken).toBeTruthy()
  })

  test('get answers one, and one that Google does not have is 404', async () => {
    await using run = await connected()
    const { data } = await run.api.settings.get({ setting: 'weekStart' })
    expect(data).toEqual({ kind: 'calendar#setting', etag: expect.any(String), id: 'weekStart', value: '0' })
    expect(await refused(run.api.settings.get({ setting: 'nothing' }))).toMatchObject({
      status: 404,
      reason: 'notFound',
    })
  })

  test('what the user changes shows in get, with another etag, and in a delta that has nothing else', async () => {
    await using run = await connected()
    const syncToken = (await run.api.settings.list()).data.nextSyncToken ?? ''
    const { etag } = (await run.api.settings.get({ setting: 'locale' })).data
    const user = run.google.user('pro@example.com')
    user.setSetting('locale', 'pt_BR')
    user.setSetting('weekStart', '0')
    const get = () =>
      run.api.settings.get({ setting: 'locale' }, { headers: { 'If-None-Match': etag ?? '' } })
    expect((await get()).data.value).toBe('pt_BR')
    const delta = (await run.api.settings.list({ syncToken })).data
    expect(delta.items?.map(({ id, value }) => [id, value])).toEqual([['locale', 'pt_BR']])
    expect((await run.api.settings.list({ syncToken: delta.nextSyncToken ?? '' })).data.items).toEqual([])
  })

  test('pages page, and dead tokens are 410', async () => {
    await using run = await connected()
    const first = (await run.api.settings.list({ maxResults: 10 })).data
    expect(first).not.toHaveProperty('nextSyncToken')
    const pageToken = first.nextPageToken ?? ''
    const second = (await run.api.settings.list({ maxResults: 10, pageToken })).data
    expect(second.items).toHaveLength(2)
    const syncToken = second.nextSyncToken ?? ''
    run.google.faults.expireSyncTokens()
    expect(await refused(run.api.settings.list({ syncToken }))).toMatchObject({
      status: 410,
      reason: 'fullSyncRequired',
    })
  })

  test('settings at their default may be absent, but a delta tells one that went back to it', async () => {
    await using run = await connected({ defaultSettings: 'absent' })
    const user = run.google.user('pro@example.com')
    user.setSetting('hideWeekends', 'true')
    const { data } = await run.api.settings.list()
    expect(data.items?.map(({ id }) => id)).toEqual(['hideWeekends', 'timezone'])
    expect((await refused(run.api.settings.get({ setting: 'locale' }))).status).toBe(404)
    user.setSetting('hideWeekends', 'false')
    const delta = (await run.api.settings.list({ syncToken: data.nextSyncToken ?? '' })).data
    expect(delta.items?.map(({ id, value }) => [id, value])).toEqual([['hideWeekends', 'false']])
    expect((await run.api.settings.list()).data.items?.map(({ id }) => id)).toEqual(['timezone'])
  })

  test('a setting or a value that Google does not have is a mistake of the test, said at once', async () => {
    await using run = await connected()
    const user = run.google.user('pro@example.com')
    expect(() => user.setSetting('timeZone', 'Europe/Lisbon')).toThrow('Google has no setting timeZone')
    for (const [id, value] of [
      ['timezone', 'Mars/Olympus'],
      ['weekStart', '3'],
      ['defaultEventLength', '0'],
      ['hideWeekends', 'yes'],
      ['dateFieldOrder', 'DYM'],
      ['locale', 'x'],
    ] as const) {
      expect(() => user.setSetting(id, value)).toThrow(`the setting ${id} does not take`)
    }
  })
})
