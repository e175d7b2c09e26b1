const PACIFIC_DAY = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'America/Los_Angeles',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
})

/** The day of daily quotas, such as `2026-03-01`: they begin anew at midnight Pacific time. */
export function quotaDay(now: number): string {
  return PACIFIC_DAY.format(now)
}
