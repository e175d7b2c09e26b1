import { type ErrorCode, type ErrorSummary, isAppointmentSyncError } from '../errors/index.ts'
import type { Clock, Storage } from '../ports/index.ts'
import { readMetrics } from './metrics.ts'
import { redact } from './redaction.ts'
import type { HealthCheck, HealthReport, MetricsSnapshot } from './reports.ts'

/** How long an answer of Google's about the client is good for, in milliseconds. */
const GOOGLE_CHECK_TTL_MS = 60_000
/** A push that waits longer than this, in milliseconds, makes the outbox degraded. */
const OUTBOX_AGE_LIMIT_MS = 3_600_000

const OK: HealthCheck = { status: 'ok', error: null }
const RANK = { ok: 0, degraded: 1, failed: 2 } as const

/** What the health report is made from. */
export interface HealthDependencies {
  readonly storage: Storage
  readonly clock: Clock
  /** Whether Google answers, and accepts the OAuth client. */
  readonly checkClient: (options: {
    signal?: AbortSignal | undefined
  }) => Promise<{ ok: boolean; code: ErrorCode | null }>
}

/** Makes the report; Google is asked at most once a minute, and by one caller at a time. */
export function createHealth(
  dependencies: HealthDependencies,
): (options?: { signal?: AbortSignal | undefined }) => Promise<HealthReport> {
  const { storage, clock } = dependencies
  let known: { readonly atMs: number; readonly check: Promise<HealthCheck> } | undefined

  const checkGoogle = (): Promise<HealthCheck> => {
    const nowMs = clock.now()
    if (known === undefined || nowMs - known.atMs >= GOOGLE_CHECK_TTL_MS) {
      // Not the caller's signal: the answer is shared with other callers.
      known = { atMs: nowMs, check: googleCheck(dependencies) }
    }
    return known.check
  }

  return async (options) => {
    options?.signal?.throwIfAborted()
    const [google, stored] = await Promise.all([checkGoogle(), checkStorage(storage)])
    const metrics = stored.status === 'failed' ? NO_METRICS : await readMetrics(dependencies)
    options?.signal?.throwIfAborted()
    const checks = { storage: stored, check_google_api_status: google, outbox: outboxCheck(metrics) }
    const worst = Object.values(checks).reduce((a, b) => (RANK[b.status] > RANK[a.status] ? b : a))
    return { status: worst.status, checkedAt: new Date(clock.now()), checks, metrics }
  }
}

async function googleCheck(dependencies: HealthDependencies): Promise<HealthCheck> {
  const { ok, code } = await dependencies.checkClient({})
  if (ok) return OK
  if (code === 'OAUTH_CLIENT_REJECTED') {
    return failed('failed', {
      code,
      message:
        'Google does not accept the OAuth client. Check clientId and clientSecret in the Cloud console.',
    })
  }
  return failed('degraded', {
    code: code ?? 'GOOGLE_UNAVAILABLE',
    message: 'Google did not answer. Pushes wait in the outbox until it does.',
  })
}

async function checkStorage(storage: Storage): Promise<HealthCheck> {
  try {
    await storage.check()
    return OK
  } catch (error) {
    if (isAppointmentSyncError(error))
      return failed('failed', { code: error.code, message: redact(error.message) })
    return failed('failed', { code: 'STORAGE_FAILED', message: 'The storage adapter threw; see the log.' })
  }
}

function outboxCheck(metrics: MetricsSnapshot): HealthCheck {
  if (metrics.outboxDead > 0) {
    return failed('degraded', {
      code: 'GOOGLE_REJECTED',
      message: `${metrics.outboxDead} pushes were given up; read the sync log for their errors and sync these appointments again.`,
    })
  }
  if (metrics.outboxOldestAgeMs <= OUTBOX_AGE_LIMIT_MS) return OK
  return failed('degraded', {
    code: 'GOOGLE_UNAVAILABLE',
    message: 'A push has been due for more than an hour. See that drain_outbox runs.',
  })
}

function failed(status: 'degraded' | 'failed', error: ErrorSummary): HealthCheck {
  return { status, error }
}

/** What is said when the storage cannot be asked. */
const NO_METRICS: MetricsSnapshot = {
  activeIntegrations: 0,
  pausedIntegrations: 0,
  expiredTokens: 0,
  successRate: null,
  succeeded: 0,
  failed: 0,
  lastSyncAt: null,
  outboxPending: 0,
  outboxDead: 0,
  outboxOldestAgeMs: 0,
  inboxPending: 0,
  openConflicts: 0,
  watchChannels: 0,
}
