import { z } from 'zod'

/** Liquid templates of an event's texts; `null` or absent leaves the choice to what comes next. */
export interface TemplateTexts {
  readonly title?: string | null | undefined
  readonly description?: string | null | undefined
}

/**
 * Templates for integrations whose settings have none. Asked in this order: the integration's own, the tenant's,
 * these for all, the built-in ones of the locale; title and description each by itself.
 */
export interface TemplateOptions extends TemplateTexts {
  /**
   * Templates of a tenant; `undefined` where it has none. Asked before every rendering and every comparison with what
   * was rendered, so it must answer at once and from memory: keep the tenants' templates in a map, and change the map
   * when a tenant changes theirs. Events are rendered anew by the next sweep. While it throws or gives something else,
   * pushes of the tenant wait in the outbox (`INVALID_TEMPLATE`).
   */
  readonly forTenant?: ((tenantId: string) => TemplateTexts | null | undefined) | undefined
}

const text = z.string('must be a Liquid template, or null').nullable().optional()

/** What `forTenant` may give. A misspelt name would be a template that is never used, so it is refused. */
export const templateTextsSchema: z.ZodType<TemplateTexts> = z.strictObject({
  title: text,
  description: text,
})

export const templateOptionsSchema: z.ZodType<TemplateOptions> = z.strictObject({
  title: text,
  description: text,
  forTenant: z
    .custom<TemplateOptions['forTenant']>((value) => typeof value === 'function', 'must be a function')
    .optional(),
})
