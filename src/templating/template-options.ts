import type { SyncSettings, TemplateOptions } from '../domain/index.ts'
import { AppointmentSyncError } from '../errors/index.ts'
import { templateProblems } from './validate-template.ts'

/**
 * Checks the templates that are known when the SDK is made: those of `templates`, and of `defaults`. Throws one
 * `INVALID_CONFIGURATION` naming every problem by its path, line and column.
 */
export function requireUsableTemplates(options: {
  readonly templates?: TemplateOptions | undefined
  readonly defaults?: Partial<SyncSettings> | undefined
}): void {
  const { titleTemplate, descriptionTemplate } = options.defaults ?? {}
  const defaults = { title: titleTemplate, description: descriptionTemplate }
  const problems = [
    ...templateProblems(options.templates ?? {}, (kind) => `templates.${kind}`),
    ...templateProblems(defaults, (kind) => `defaults.${kind}Template`),
  ]
  if (problems.length === 0) return
  const listed = problems.map(({ path, message }) => `${path}: ${message}`).join('; ')
  throw new AppointmentSyncError({
    code: 'INVALID_CONFIGURATION',
    message: `The configuration cannot be used: ${listed}. Nothing was started; correct these and call again.`,
    problems,
  })
}
