import { createHash } from 'node:crypto'
import { AppointmentSyncError } from 'appointment-sync'

/** What is needed of a client of the `ioredis` package, its cluster included. */
export interface IoredisLike {
  evalsha(sha1: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>
  eval(script: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>
}

/** What is needed of a client of the `redis` package from 4 on, its cluster included. */
export interface NodeRedisLike {
  evalSha(sha1: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
}

/** A connected client of either package. It stays the caller's: it is never closed here. */
export type RedisClientLike = IoredisLike | NodeRedisLike

/** A script that a server runs in one go. */
export type RedisScript = (keys: string[], args: string[]) => Promise<unknown>

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT')
}

/** Prepares a script: sent once, then called by its hash, and sent again when the server has lost it. */
export function redisScript(client: RedisClientLike, source: string): RedisScript {
  const sha1 = createHash('sha1').update(source).digest('hex')
  const call = (how: 'hash' | 'source', keys: string[], args: string[]): Promise<unknown> => {
    if ('evalSha' in client) {
      const options = { keys, arguments: args }
      return how === 'hash' ? client.evalSha(sha1, options) : client.eval(source, options)
    }
    return how === 'hash'
      ? client.evalsha(sha1, keys.length, ...keys, ...args)
      : client.eval(source, keys.length, ...keys, ...args)
  }
  return async (keys, args) => {
    try {
      return await call('hash', keys, args).catch((error: unknown) => {
        if (isUnknownScript(error)) return call('source', keys, args)
        throw error
      })
    } catch (error) {
      throw new AppointmentSyncError({
        code: 'RATE_LIMITER_FAILED',
        message:
          'Redis did not carry out a call of the rate limiter; the cause is the error of its client. Try again, and look after Redis if it goes on.',
        retryable: true,
        cause: error,
      })
    }
  }
}
