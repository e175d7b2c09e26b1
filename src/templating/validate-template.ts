import { DEFAULT_SETTINGS, type TemplateTexts } from '../domain/index.ts'
import { AppointmentSyncError, type Problem } from '../errors/index.ts'
import { clientMask } from './client-mask.ts'
import { sampleAppointment } from './sample-appointment.ts'
import { findFaults, problemOfFault, renderTemplate, type TemplateData } from './template.ts'
import { TEMPLATE_KINDS, type TemplateKind } from './template-kind.ts'
import { originInSettings } from './template-origin.ts'
import { templateScope } from './template-scope.ts'

function sampleData(): TemplateData {
  const { locale, timeZone } = DEFAULT_SETTINGS
  const sample = sampleAppointment(locale, timeZone)
  const scope = templateScope(sample, DEFAULT_SETTINGS, clientMask(sample, DEFAULT_SETTINGS))
  return { scope, spelling: { locale, timeZone } }
}

/**
 * Checks a template before it is stored: syntax, tags, filters and their written arguments, variables, and the limits
 * on a sample appointment. Throws `INVALID_TEMPLATE` with line and column. `updateSettings` does it by itself.
 */
export function validateTemplate(text: string, kind: TemplateKind): void {
  renderTemplate(text, kind, sampleData())
}

/**
 * Everything that is wrong with a pair of templates, each problem with its line and column; empty when nothing is.
 * `pathOf` names a template's place; default that of the settings.
 */
export function templateProblems(
  texts: TemplateTexts,
  pathOf: (kind: TemplateKind) => string = (kind) => originInSettings(kind).path,
): Problem[] {
  return TEMPLATE_KINDS.flatMap((kind) => {
    const text = texts[kind]
    if (typeof text !== 'string') return []
    return findFaults(text, sampleData()).map((fault) => problemOfFault(pathOf(kind), fault))
  })
}

/** Throws one `INVALID_TEMPLATE` with everything that is wrong with templates that are about to be stored or shown. */
export function validateTemplates(texts: TemplateTexts): void {
  const wrong = TEMPLATE_KINDS.map((kind) => templateProblems({ [kind]: texts[kind] })).filter(
    (problems) => problems.length > 0,
  )
  const [only] = wrong
  if (only === undefined) return
  const kind = TEMPLATE_KINDS.find((one) => only[0]?.path === originInSettings(one).path)
  // One wrong template has the same error as when it is met in a push.
  if (wrong.length === 1 && kind !== undefined) return validateTemplate(texts[kind] ?? '', kind)
  const problems = wrong.flat()
  const said = problems.map(({ path, message }) => `${path}: ${message}`).join('; ')
  throw new AppointmentSyncError({
    code: 'INVALID_TEMPLATE',
    message: `The templates cannot be used: ${said}. Correct them, or set them to null for the built-in texts.`,
    problems,
  })
}
