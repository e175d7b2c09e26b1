import type { z } from 'zod'
import type { AppointmentSync, Owner } from '../index.ts'
import { parsePart } from './http-refusal.ts'
import { json } from './respond.ts'

export type RouteMethod = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** What the handler gives a route: the request, whose it is, and the parts not yet checked. */
export interface RouteRequest {
  readonly sync: AppointmentSync
  readonly request: Request
  /** `null` on a public route. */
  readonly owner: Owner | null
  readonly params: Readonly<Record<string, string>>
  /** The JSON body; `undefined` when there is none. */
  readJson(): Promise<unknown>
}

/** One route, ready to be matched, answered and described. */
export interface Route {
  readonly method: RouteMethod
  /** Below the base path, without a slash in front; `{id}` stands for one segment. */
  readonly path: string
  readonly access: 'owner' | 'public'
  /** One sentence for the OpenAPI document. */
  readonly summary: string
  /** Whether HEAD is answered as GET without the body; false where a GET uses something up. */
  readonly answersHead: boolean
  /** Whether other sites' pages may call it although it changes something. */
  readonly crossSite: boolean
  readonly params?: z.ZodType | undefined
  readonly query?: z.ZodType | undefined
  readonly body?: z.ZodType | undefined
  /** Of a 2xx answer; absent when that has no body. */
  readonly response?: z.ZodType | undefined
  answer(request: RouteRequest): Promise<Response>
}

/** What a route works with, once everything is checked. */
export interface RouteCall<Params, Query, Body> {
  readonly sync: AppointmentSync
  readonly request: Request
  /** Aborts when the caller is gone; goes with every call of the SDK. */
  readonly options: { readonly signal: AbortSignal }
  readonly params: Params
  readonly query: Query
  readonly body: Body
}

interface RouteParts<
  Params extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Reply extends z.ZodType,
> {
  readonly method: RouteMethod
  readonly path: string
  readonly summary: string
  readonly answersHead?: boolean
  readonly crossSite?: boolean
  readonly params?: Params
  readonly query?: Query
  readonly body?: Body
  readonly response?: Reply
}

/** A query as an object. A name given twice becomes an array, which no schema here takes. */
function queryOf(request: Request): Record<string, string | string[]> {
  const { searchParams } = new URL(request.url)
  const entries = [...new Set(searchParams.keys())].map((name): [string, string | string[]] => {
    const values = searchParams.getAll(name)
    return [name, values.length === 1 ? (values[0] ?? '') : values]
  })
  return Object.fromEntries(entries)
}

/** An answer as its schema says: fields that the schema does not name never leave the process. */
export function reply<S extends z.ZodType>(schema: S, value: z.input<S>, status = 200): Response {
  return json(schema.parse(value), status)
}

/** A route without a caller: Google's, or what anybody may read. */
export function publicRoute<
  Params extends z.ZodType = z.ZodUndefined,
  Query extends z.ZodType = z.ZodUndefined,
  Body extends z.ZodType = z.ZodUndefined,
  Reply extends z.ZodType = z.ZodUndefined,
>(
  parts: RouteParts<Params, Query, Body, Reply> & {
    run(
      call: RouteCall<z.output<Params>, z.output<Query>, z.output<Body>>,
    ): Promise<z.input<Reply> | Response>
  },
): Route {
  return buildRoute('public', parts, (call) => parts.run(call))
}

/** A route of the owner that the host's `authenticate` recognised. */
export function ownerRoute<
  Params extends z.ZodType = z.ZodUndefined,
  Query extends z.ZodType = z.ZodUndefined,
  Body extends z.ZodType = z.ZodUndefined,
  Reply extends z.ZodType = z.ZodUndefined,
>(
  parts: RouteParts<Params, Query, Body, Reply> & {
    run(
      call: RouteCall<z.output<Params>, z.output<Query>, z.output<Body>> & { readonly owner: Owner },
    ): Promise<z.input<Reply> | Response>
  },
): Route {
  return buildRoute('owner', parts, (call, owner) => {
    if (owner === null) throw new TypeError('A route of an owner was called without one.')
    return parts.run({ ...call, owner })
  })
}

function buildRoute<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, R extends z.ZodType>(
  access: Route['access'],
  parts: RouteParts<P, Q, B, R>,
  run: (
    call: RouteCall<z.output<P>, z.output<Q>, z.output<B>>,
    owner: Owner | null,
  ) => Promise<z.input<R> | Response>,
): Route {
  const { method, path, summary, params, query, body, response } = parts
  const answer = async (raw: RouteRequest): Promise<Response> => {
    const { sync, request, owner } = raw
    const call = {
      sync,
      request,
      options: { signal: request.signal },
      params: (params && parsePart(params, raw.params, 'path')) as z.output<P>,
      query: (query && parsePart(query, queryOf(request), 'query')) as z.output<Q>,
      body: (body && parsePart(body, (await raw.readJson()) ?? {}, 'body')) as z.output<B>,
    }
    const result = await run(call, owner)
    if (result instanceof Response) return result
    return response ? reply(response, result as z.input<R>) : new Response(null, { status: 204 })
  }
  const answersHead = parts.answersHead ?? true
  const crossSite = parts.crossSite ?? false
  return { method, path, access, summary, answersHead, crossSite, params, query, body, response, answer }
}
