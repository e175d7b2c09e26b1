import { z } from 'zod'
import { hostIdSchema, type IntegrationRef, type Owner } from '../domain/index.ts'
import { type ErrorCode, parseOrThrow } from '../errors/index.ts'
import type { OutboxAction, OutboxJob, OutboxJobRef } from '../ports/index.ts'
import type { Engine } from './engine.ts'
import type { OwnedAppointmentRef } from './pusher.ts'

/** An intent that was given up: trying it again would not help before somebody has looked at it. */
export interface DeadLetter extends OwnedAppointmentRef {
  readonly action: OutboxAction
  readonly attempts: number
  /** What it was given up for; the sync log has the message. */
  readonly errorCode: ErrorCode | null
  readonly enqueuedAt: Date
}

/** Which dead letters: of one tenant, or of one of its users; newest pages by cursor. */
export interface DeadLetterFilter {
  readonly tenantId: string
  readonly userId?: string | undefined
  /** 1–500. Default 50. */
  readonly limit?: number | undefined
  readonly cursor?: string | undefined
}

/** What a host can do with the outbox itself. */
export interface Outbox {
  enqueue(executor: unknown, ref: OwnedAppointmentRef): Promise<void>
  readonly deadLetters: {
    list(filter: DeadLetterFilter): Promise<{ items: DeadLetter[]; nextCursor: string | null }>
    redrive(ref: OwnedAppointmentRef): Promise<boolean>
  }
}

const refSchema = z.object({ tenantId: hostIdSchema, userId: hostIdSchema, appointmentId: hostIdSchema })

const filterSchema = z.strictObject({
  tenantId: hostIdSchema,
  userId: hostIdSchema.optional(),
  limit: z.int().min(1).max(500).default(50),
  cursor: z.string().max(1000).optional(),
})

/** The calls behind `sync.outbox`. `integrationOf` names an owner's integration, connected or not. */
export function createOutbox(engine: Engine, integrationOf: (owner: Owner) => IntegrationRef): Outbox {
  const { storage, clock } = engine
  const jobOf = (given: OwnedAppointmentRef): OutboxJobRef => {
    const { appointmentId, ...owner } = parseOrThrow(
      refSchema,
      given,
      'INVALID_ARGUMENT',
      'The appointment reference',
    )
    return { ...integrationOf(owner), appointmentId }
  }
  return {
    enqueue: async (executor, given) => {
      const nowMs = clock.now()
      await storage.enqueueWith(executor, { ref: jobOf(given), action: 'push', dueAtMs: nowMs, nowMs })
    },
    deadLetters: {
      list: async (given) => {
        const filter = parseOrThrow(filterSchema, given, 'INVALID_ARGUMENT', 'The filter of dead letters')
        const { items, nextCursor } = await storage.outbox.listDead(filter)
        return { items: items.map(letterOf), nextCursor }
      },
      redrive: async (given) => storage.outbox.revive(jobOf(given), clock.now()),
    },
  }
}

function letterOf(job: OutboxJob): DeadLetter {
  const { tenantId, userId, appointmentId, action, attempts, lastErrorCode, enqueuedAtMs } = job
  return {
    tenantId,
    userId,
    appointmentId,
    action,
    attempts,
    errorCode: lastErrorCode as ErrorCode | null,
    enqueuedAt: new Date(enqueuedAtMs),
  }
}
