export { cronScheduler } from './cron-scheduler.ts'
export type { CronSchedulerOptions } from './cron-scheduler.ts'
