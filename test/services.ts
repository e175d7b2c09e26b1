import { Redis } from 'ioredis'
import { createConnection } from 'mysql2/promise'
import { Client } from 'pg'

/** Servers that some tests need. */
export type ServiceName = 'postgres' | 'mysql' | 'redis'

/** Where a server answers, as a URL; `null` for one that does not. */
export type Services = Readonly<Record<ServiceName, string | null>>

const PROBE_MS = 2000

/** Where they are looked for. */
export const SERVICE_URLS: Readonly<Record<ServiceName, string>> = {
  postgres: process.env['TEST_POSTGRES_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres',
  mysql: process.env['TEST_MYSQL_URL'] ?? 'mysql://root@127.0.0.1:3306',
  redis: process.env['TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379',
}

/** Each rejects when the server does not answer a real client. */
const PROBES: Readonly<Record<ServiceName, (url: string) => Promise<unknown>>> = {
  postgres: async (url) => {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: PROBE_MS })
    try {
      await client.connect()
      await client.query('select 1')
    } finally {
      await client.end().catch(() => undefined)
    }
  },
  mysql: async (url) => {
    const connection = await createConnection({ uri: url, connectTimeout: PROBE_MS })
    await connection.query('select 1').finally(() => connection.destroy())
  },
  redis: async (url) => {
    const options = { lazyConnect: true, connectTimeout: PROBE_MS, maxRetriesPerRequest: 0 }
    const client = new Redis(url, { ...options, retryStrategy: () => null })
    client.on('error', () => undefined)
    await client
      .connect()
      .then(() => client.ping())
      .finally(() => client.disconnect())
  },
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'the address given'
}

/**
 * Which of these servers answer; `TEST_POSTGRES_URL`, `TEST_MYSQL_URL` and `TEST_REDIS_URL` say where others than
 * those of this machine are. One that does not answer is said in one line, and its tests are to be left out; with
 * `REQUIRE_SERVICES=1` it is an error.
 */
export async function servicesAtHand(
  names: readonly ServiceName[] = ['postgres', 'mysql', 'redis'],
): Promise<Services> {
  const services: Record<ServiceName, string | null> = { postgres: null, mysql: null, redis: null }
  await Promise.all(
    names.map(async (name) => {
      try {
        await PROBES[name](SERVICE_URLS[name])
        services[name] = SERVICE_URLS[name]
      } catch (error) {
        const missing = `no ${name} answers at ${hostOf(SERVICE_URLS[name])}`
        if (process.env['REQUIRE_SERVICES'] === '1') throw new Error(missing, { cause: error })
        console.info(`skipped: ${missing}, so the tests that need it are left out`)
      }
    }),
  )
  return services
}
