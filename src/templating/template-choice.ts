import {
  type SyncSettings,
  type TemplateOptions,
  type TemplateTexts,
  templateTextsSchema,
} from '../domain/index.ts'
import { AppointmentSyncError, problemsOf } from '../errors/index.ts'
import type { TemplateKind } from './template-kind.ts'
import { originAtTenant, originInOptions, originInSettings, type TemplateOrigin } from './template-origin.ts'

/** Where a template comes from. */
export type TemplateSource = 'integration' | 'tenant' | 'options' | 'built_in'

/** The templates that hold for an integration. */
export interface ChosenTemplates {
  /** The integration's settings, with the chosen texts in the places of its own. */
  readonly settings: SyncSettings
  readonly sources: Readonly<Record<TemplateKind, TemplateSource>>
  readonly origins: Readonly<Record<TemplateKind, TemplateOrigin>>
}

/** Chooses templates: the integration's own, the tenant's, those of the options, the built-in ones. */
export interface TemplateChoice {
  /** Throws a retryable `INVALID_TEMPLATE` when the host's `forTenant` throws or gives something else. */
  choose(tenantId: string, settings: SyncSettings): ChosenTemplates
}

/** When only the settings are known. */
export const OF_THE_SETTINGS: ChosenTemplates['origins'] = {
  title: originInSettings('title'),
  description: originInSettings('description'),
}

function unusable(
  tenantId: string,
  what: string,
  rest: { problems?: TemplateProblems; cause?: unknown } = {},
) {
  return new AppointmentSyncError({
    code: 'INVALID_TEMPLATE',
    message: `templates.forTenant ${what} for tenant ${tenantId}. Nothing was sent; what waits goes on once it answers { title?, description? } or undefined.`,
    retryable: true,
    problems: rest.problems ?? [{ path: 'templates.forTenant', message: what }],
    cause: rest.cause,
  })
}

type TemplateProblems = readonly { readonly path: string; readonly message: string }[]

function askHost(forTenant: NonNullable<TemplateOptions['forTenant']>, tenantId: string): TemplateTexts {
  let given: unknown
  try {
    given = forTenant(tenantId)
  } catch (error) {
    throw unusable(tenantId, 'threw', { cause: error })
  }
  if (given === undefined || given === null) return {}
  if (given instanceof Promise) {
    // Nobody waits for it, and a rejection that nobody handles would end the host's process.
    given.catch(() => undefined)
    throw unusable(tenantId, 'gave a promise, but has to answer at once')
  }
  const checked = templateTextsSchema.safeParse(given)
  if (checked.success) return checked.data
  const problems = problemsOf(checked.error).map(({ path, message }) => ({
    path: path === '' ? 'templates.forTenant' : `templates.forTenant.${path}`,
    message,
  }))
  throw unusable(tenantId, 'gave something that is no pair of templates', { problems })
}

/** Makes the choice out of the option `templates`. */
export function createTemplateChoice(options: TemplateOptions = {}): TemplateChoice {
  const { forTenant } = options
  // One object for each choice: what is hashed of the settings is remembered by their object.
  const known = new WeakMap<SyncSettings, { tenantId: string; chosen: ChosenTemplates }>()

  const choose = (tenantId: string, settings: SyncSettings): ChosenTemplates => {
    const { titleTemplate, descriptionTemplate } = settings
    const complete = titleTemplate !== null && descriptionTemplate !== null
    const tenant = forTenant === undefined || complete ? {} : askHost(forTenant, tenantId)
    const title = pick('title', titleTemplate, tenant, options, tenantId)
    const description = pick('description', descriptionTemplate, tenant, options, tenantId)
    const before = known.get(settings)
    const same =
      before?.tenantId === tenantId &&
      before.chosen.settings.titleTemplate === title.text &&
      before.chosen.settings.descriptionTemplate === description.text &&
      before.chosen.sources.title === title.source &&
      before.chosen.sources.description === description.source
    if (same) return before.chosen
    const unchanged = title.text === titleTemplate && description.text === descriptionTemplate
    const chosen: ChosenTemplates = {
      settings: unchanged
        ? settings
        : { ...settings, titleTemplate: title.text, descriptionTemplate: description.text },
      sources: { title: title.source, description: description.source },
      origins: { title: title.origin, description: description.origin },
    }
    known.set(settings, { tenantId, chosen })
    return chosen
  }
  return { choose }
}

interface Pick {
  readonly text: string | null
  readonly source: TemplateSource
  readonly origin: TemplateOrigin
}

function pick(
  kind: TemplateKind,
  own: string | null,
  tenant: TemplateTexts,
  options: TemplateTexts,
  tenantId: string,
): Pick {
  if (own !== null) return { text: own, source: 'integration', origin: originInSettings(kind) }
  const ofTenant = tenant[kind] ?? null
  if (ofTenant !== null) return { text: ofTenant, source: 'tenant', origin: originAtTenant(kind, tenantId) }
  const general = options[kind] ?? null
  if (general !== null) return { text: general, source: 'options', origin: originInOptions(kind) }
  return { text: null, source: 'built_in', origin: originInSettings(kind) }
}
