import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { enqueueWith } from '../../adapters/storage-kysely/enqueue-with.ts'
import type { Intent } from '../../adapters/storage-kysely/enqueue-statement.ts'
import { jobRef, NOW, UNICODE } from '../../src/testing/contracts/records.ts'
import { servicesAtHand } from '../services.ts'
import {
  type Host,
  mysqlConnectionHost,
  mysqlKyselyHost,
  pgClientHost,
  pgKyselyHost,
} from './host-databases.ts'

const { postgres, mysql } = await servicesAtHand(['postgres', 'mysql'])

const hosts: [string, string | null, (url: string) => Promise<Host>][] = [
  ['a client of pg', postgres, pgClientHost],
  ['Kysely over pg', postgres, pgKyselyHost],
  ['a connection of mysql2', mysql, mysqlConnectionHost],
  ['Kysely over mysql2', mysql, mysqlKyselyHost],
]

function intent(change: Partial<Intent> = {}): Intent {
  return { ref: jobRef(), action: 'push', dueAtMs: NOW, nowMs: NOW, ...change }
}

/** Numbers come as text from some drivers. */
function plain(row: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const read = (value: unknown): unknown =>
    typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, read(value)]))
}

const fresh = {
  tenant_id: 'tenant-a',
  user_id: 'user-1',
  integration_id: 'integration-a',
  appointment_id: 'appointment-1',
  action: 'push',
  revision: 1,
  attempts: 0,
  due_at_ms: NOW,
  enqueued_at_ms: NOW,
  fence: 0,
  leased_until_ms: null,
  dead: 0,
  last_error_code: null,
}

describe.each(hosts)('an intent through %s', (_name, url, openHost) => {
  let host: Host

  if (url === null) {
    test.skip('is left out without its server')
    return
  }

  beforeAll(async () => {
    host = await openHost(url)
  })
  afterAll(() => host.close())
  beforeEach(async () => {
    await host.run('delete from appointment_sync_outbox')
    await host.run('delete from appointment_sync_outbox_fences')
  })

  const enqueue = (...intents: readonly Intent[]): Promise<void> =>
    host.transaction(async (executor) => {
      for (const each of intents) await enqueueWith(host.dialect, executor, each)
    })
  const jobs = async (): Promise<unknown[]> =>
    (await host.run('select * from appointment_sync_outbox order by appointment_id')).map(plain)

  test('is kept when the transaction is committed', async () => {
    await enqueue(intent())
    expect(await jobs()).toEqual([fresh])
  })

  test('is gone when the transaction is rolled back', async () => {
    await enqueue(intent({ ref: jobRef('standing') }))
    const before = await jobs()
    const failing = host.transaction(async (executor) => {
      await enqueueWith(host.dialect, executor, intent())
      await enqueueWith(host.dialect, executor, intent({ ref: jobRef('standing'), action: 'delete' }))
      throw new Error('the booking failed')
    })
    await expect(failing).rejects.toThrow('the booking failed')
    expect(await jobs()).toEqual(before)
  })

  test('is folded into the standing one, which is alive again; its lease and fence are left alone', async () => {
    await enqueue(intent())
    await host.run(
      `update appointment_sync_outbox set attempts = 4, fence = 7, leased_until_ms = ${NOW + 9}, dead = 1, last_error_code = 'INTERNAL'`,
    )
    await enqueue(intent({ nowMs: NOW + 1 }), intent({ action: 'delete', dueAtMs: NOW + 5, nowMs: NOW + 2 }))
    expect(await jobs()).toEqual([
      {
        ...fresh,
        action: 'delete',
        revision: 3,
        due_at_ms: NOW + 5,
        enqueued_at_ms: NOW + 2,
        fence: 7,
        leased_until_ms: NOW + 9,
      },
    ])
  })

  test('starts its fence where those of removed jobs ended', async () => {
    const { tenantId, integrationId } = jobRef()
    await host.run(
      `insert into appointment_sync_outbox_fences (tenant_id, integration_id, fence) values ('${tenantId}', '${integrationId}', 12), ('${tenantId}', 'other', 99)`,
    )
    await enqueue(intent())
    expect(await jobs()).toEqual([{ ...fresh, fence: 12 }])
  })

  test("does not touch a job of another user's, and says so", async () => {
    await enqueue(intent())
    const foreign = intent({ ref: { ...jobRef(), userId: 'user-2' }, action: 'delete', dueAtMs: NOW + 1 })
    await expect(enqueue(foreign)).rejects.toMatchObject({ code: 'INTERNAL' })
    expect(await jobs()).toEqual([fresh])
    const committed = host.transaction(async (executor) => {
      await enqueueWith(host.dialect, executor, foreign).catch(() => undefined)
    })
    await committed
    expect(await jobs()).toEqual([fresh])
  })

  test('is stored with ids as they are', async () => {
    const id = `${UNICODE} "double" \\ \`back\` $1 ? ; drop table x --`
    await enqueue(intent({ ref: { tenantId: id, userId: id, integrationId: id, appointmentId: id } }))
    const ids = { tenant_id: id, user_id: id, integration_id: id, appointment_id: id }
    expect(await jobs()).toEqual([{ ...fresh, ...ids }])
  })

  test('counts, however many transactions write one at once', async () => {
    await enqueue(intent())
    await Promise.all(Array.from({ length: 10 }, (_, at) => enqueue(intent({ nowMs: NOW + at }))))
    expect(await jobs()).toMatchObject([{ revision: 11, attempts: 0 }])
  })

  test('is one job, when the first transactions that write one meet', async () => {
    await Promise.all(Array.from({ length: 5 }, () => enqueue(intent())))
    expect(await jobs()).toMatchObject([{ revision: 5 }])
  })
})
