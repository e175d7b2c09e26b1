/**
 * What a call costs of the quota: patch 3, every other call 1
 * (https://developers.google.com/workspace/calendar/api/guides/performance#patch).
 */
export function unitsOf(calendarMethod: string): number {
  return calendarMethod === 'calendar.events.patch' ? 3 : 1
}
