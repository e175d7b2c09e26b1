export type { IoredisLike, NodeRedisLike, RedisClientLike } from './redis-client.ts'
export { redisRateLimiter } from './redis-rate-limiter.ts'
export type { RedisRateLimiterOptions } from './redis-rate-limiter.ts'
