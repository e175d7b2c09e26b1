import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import pg from 'pg'
import { SERVICE_URLS, servicesAtHand } from '../services.ts'

/** A name that no other run has. */
export function ownName(): string {
  return `appointment_sync_rates_${randomBytes(6).toString('hex')}`
}

/** Whether there is no Redis here; says so in one line. With REQUIRE_SERVICES=1 that is a failure. */
export async function noRedis(): Promise<boolean> {
  return (await servicesAtHand(['redis'])).redis === null
}

/** The same for PostgreSQL. */
export async function noPostgres(): Promise<boolean> {
  return (await servicesAtHand(['postgres'])).postgres === null
}

/** A connection to Redis. */
export function connectRedis(): Redis {
  return new Redis(SERVICE_URLS.redis)
}

/** Deletes every key that begins so. */
export async function deleteKeys(client: Redis, prefix: string): Promise<void> {
  let cursor = '0'
  do {
    const [next, keys] = await client.scan(cursor, 'MATCH', `${prefix}*`, 'COUNT', 1000)
    if (keys.length > 0) await client.del(...keys)
    cursor = next
  } while (cursor !== '0')
}

/** A database of its own on the server, dropped in the end. */
export interface OwnDatabase {
  readonly connectionString: string
  drop(): Promise<void>
}

/** How often a server is asked whether the sessions of a database have ended, before it is told to end them. */
const LOOKS = 1000

/** Makes an empty database under a name of its own. */
export async function ownDatabase(): Promise<OwnDatabase> {
  const name = ownName()
  const withServer = async (work: (server: pg.Client) => Promise<unknown>): Promise<void> => {
    const server = new pg.Client({ connectionString: SERVICE_URLS.postgres })
    await server.connect()
    try {
      await work(server)
    } finally {
      await server.end()
    }
  }
  await withServer((server) => server.query(`CREATE DATABASE ${name}`))
  const url = new URL(SERVICE_URLS.postgres)
  url.pathname = `/${name}`
  const drop = async (server: pg.Client): Promise<void> => {
    // A pool that has ended has only said goodbye. A session that is cut off meanwhile would throw in its process.
    for (let look = 0; look < LOOKS; look += 1) {
      const { rows } = await server.query('SELECT 1 FROM pg_stat_activity WHERE datname = $1', [name])
      if (rows.length === 0) break
    }
    await server.query(`DROP DATABASE ${name} WITH (FORCE)`)
  }
  return { connectionString: url.href, drop: () => withServer(drop) }
}
