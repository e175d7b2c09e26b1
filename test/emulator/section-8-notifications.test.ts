import { expect, test } from 'vitest'
import { ADDRESS, watching } from './watching.ts'

const GUEST = 'guest@example.com'
const users = [{ email: 'pro@example.com' }, { email: GUEST, timeZone: 'UTC' }]
const channel = (id: string): object => ({ id, type: 'web_hook', address: ADDRESS })

test('every change of the rules, the calendar list and the settings is told once, and what changes nothing is not', async () => {
  await using run = await watching({ users })
  const { acl, calendarList, calendars, settings } = run.api
  const at = { calendarId: 'primary' }
  await acl.watch({ ...at, requestBody: channel('acl') })
  await calendarList.watch({ requestBody: channel('list') })
  await settings.watch({ requestBody: channel('settings') })
  await run.told()
  const rule = { role: 'reader', scope: { type: 'user', value: GUEST } }
  const at2 = { ...at, ruleId: `user:${GUEST}` }
  const hand = run.google.user('pro@example.com')
  const made = async (): Promise<string> =>
    (await calendars.insert({ requestBody: { summary: 'x' } })).data.id ?? ''
  const patch = async (selected: boolean) => calendarList.patch({ ...at, requestBody: { selected } })
  let calendarId = ''
  const steps: [string, () => unknown, string[]][] = [
    ['acl.insert', () => acl.insert({ ...at, requestBody: rule }), ['acl exists']],
    ['acl.insert again', () => acl.insert({ ...at, requestBody: rule }), []],
    ['acl.patch', () => acl.patch({ ...at2, requestBody: { role: 'writer' } }), ['acl exists']],
    ['acl.update', () => acl.update({ ...at2, requestBody: rule }), ['acl exists']],
    ['acl.delete', () => acl.delete(at2), ['acl exists']],
    ['share', () => hand.share('primary', { with: GUEST, role: 'writer' }), ['acl exists']],
    ['unshare', () => hand.unshare('primary', GUEST), ['acl exists']],
    ['calendarList.patch', () => patch(false), ['list exists']],
    ['calendarList.patch again', () => patch(false), []],
    ['calendars.patch', () => calendars.patch({ ...at, requestBody: { location: 'y' } }), []],
    ['calendars.insert', async () => (calendarId = await made()), ['list exists']],
    ['calendars.delete', () => calendars.delete({ calendarId }), ['list exists']],
    ['setSetting', () => hand.setSetting('weekStart', '1'), ['settings exists']],
    ['setSetting again', () => hand.setSetting('weekStart', '1'), []],
  ]
  for (const [name, step, told] of steps) {
    await step()
    expect([name, await run.told()]).toEqual([name, told])
  }
})

test('who is shut out of a calendar is told of the calendar list', async () => {
  await using run = await watching({ users })
  const guest = run.google.user(GUEST)
  guest.share('primary', { with: 'pro@example.com', role: 'reader' })
  run.google.user('pro@example.com').subscribe(GUEST)
  await run.api.calendarList.watch({ requestBody: channel('list') })
  await run.told()
  guest.share('primary', { with: 'pro@example.com', role: 'writer' })
  expect(await run.told()).toEqual([])
  guest.unshare('primary', 'pro@example.com')
  expect(await run.told()).toEqual(['list exists'])
})

test('a calendar that cannot be watched refuses a channel on its events and its rules', async () => {
  const calendars = [{ id: 'holidays@group.v.calendar.google.com', summary: 'Holidays', watchable: false }]
  await using run = await watching({ users: [{ email: 'pro@example.com', calendars }] })
  const call = run.watch({ id: 'one' }, { calendarId: 'holidays@group.v.calendar.google.com' })
  await expect(call).rejects.toMatchObject({ response: { status: 400 } })
})
