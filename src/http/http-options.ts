import { z } from 'zod'
import { type AppointmentSyncOptions, type Owner, parseOrThrow } from '../index.ts'
import { isReturnToPrefix, type ReturnToPolicy, returnToPolicy } from './return-to.ts'

/** What {@link createHttpHandler} needs. */
export interface HttpHandlerOptions {
  /**
   * Says who is calling: the company and the professional of the session, token or key that the request carries;
   * `null` for nobody, which is answered 401. The whole tenant isolation rests on it. It must leave the body
   * unread (read a `request.clone()`).
   */
  readonly authenticate: (request: Request) => Promise<Owner | null> | Owner | null
  /** Where the routes hang. Default `/api/v1/google-calendar`; empty or `/` for the root. */
  readonly basePath?: string | undefined
  /**
   * Where a person may be sent after connecting, as prefixes: paths of this site (`/settings`) or addresses of
   * others (`https://app.example.com/settings`). Default every path of this site, and no other site.
   */
  readonly allowedReturnTo?: readonly string[] | undefined
  /**
   * Where a person is sent when connecting failed and their own `return_to` is not known, say because the state
   * expired; on the allow list too. Default nowhere: the browser shows the problem as JSON.
   */
  readonly failureReturnTo?: string | undefined
  /**
   * Origins of other sites whose pages may change things (`https://app.example.com`). CORS headers are the
   * host's to send. Default none.
   */
  readonly allowedOrigins?: readonly string[] | undefined
  /** Largest body read, in bytes, 1–10485760. Default 65536. */
  readonly maxBodyBytes?: number | undefined
  /** Answers `GET health` to anybody, without figures. Default false. */
  readonly publicHealth?: boolean | undefined
  /** Told of answers with 5xx: route, code and, for unforeseen errors, where they were thrown. Default silent. */
  readonly logger?: AppointmentSyncOptions['logger']
}

/** The options, checked and with their defaults. */
export interface HttpSettings {
  readonly authenticate: HttpHandlerOptions['authenticate']
  /** Without a slash at the end; empty for the root. */
  readonly basePath: string
  readonly returnTo: ReturnToPolicy
  readonly failureReturnTo: string | null
  readonly allowedOrigins: readonly string[]
  readonly maxBodyBytes: number
  readonly publicHealth: boolean
  readonly logger: AppointmentSyncOptions['logger']
}

const isOrigin = (text: string): boolean => URL.parse(text)?.origin === text

const optionsSchema = z
  .object({
    authenticate: z.custom<HttpHandlerOptions['authenticate']>(
      (value) => typeof value === 'function',
      'must be a function that says who is calling: (request) => owner or null',
    ),
    basePath: z
      .string()
      .regex(/^(?:\/|(?:\/[\w.~-]+)*\/?)$/, 'must be a path such as /api/v1/google-calendar')
      .default('/api/v1/google-calendar'),
    allowedReturnTo: z
      .array(
        z.string().refine(isReturnToPrefix, 'must be a path such as /settings or an address without a query'),
      )
      .optional(),
    failureReturnTo: z.string().optional(),
    allowedOrigins: z
      .array(z.string().refine(isOrigin, 'must be an origin such as https://app.example.com'))
      .default([]),
    maxBodyBytes: z.int().min(1).max(10_485_760).default(65_536),
    publicHealth: z.boolean().default(false),
    logger: z
      .custom<NonNullable<AppointmentSyncOptions['logger']>>(
        (value) => typeof value === 'object' && value !== null,
        'must be a logger',
      )
      .optional(),
  })
  .refine(
    ({ allowedReturnTo, failureReturnTo }) =>
      failureReturnTo === undefined || returnToPolicy(allowedReturnTo).allows(failureReturnTo),
    { path: ['failureReturnTo'], message: 'must be on the list of allowedReturnTo' },
  )

/** Checks the options, or throws one `INVALID_CONFIGURATION` that names every problem. */
export function readHttpOptions(options: HttpHandlerOptions): HttpSettings {
  const checked = parseOrThrow(
    optionsSchema,
    options,
    'INVALID_CONFIGURATION',
    'The options of createHttpHandler',
  )
  const { allowedReturnTo, failureReturnTo = null, logger, ...rest } = checked
  const basePath = checked.basePath.replace(/\/$/, '')
  return { ...rest, basePath, returnTo: returnToPolicy(allowedReturnTo), failureReturnTo, logger }
}
