export type { PostgresClientLike } from './postgres-client.ts'
export { postgresRateLimiter } from './postgres-rate-limiter.ts'
export type { PostgresRateLimiterOptions } from './postgres-rate-limiter.ts'
export { ensureRateLimitTable, rateLimitTable } from './rate-limit-table.ts'
