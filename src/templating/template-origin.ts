import type { TemplateKind } from './template-kind.ts'

/** Whose a template is: for the error that says so. */
export interface TemplateOrigin {
  /** Where the owner of the template finds it, as `problems` names it. */
  readonly path: string
  /** Begins the message: `The title template`. */
  readonly whose: string
  /** What to do. */
  readonly remedy: string
  /** Whether it may be another one next time, without a call to the SDK. */
  readonly retryable: boolean
}

/** Of the settings of an integration, or of a call that gives it as such. */
export function originInSettings(kind: TemplateKind): TemplateOrigin {
  return {
    path: `${kind}Template`,
    whose: `The ${kind} template`,
    remedy: `Correct it in the settings, or set ${kind}Template to null for the built-in text.`,
    retryable: false,
  }
}

/** Of the option `templates.forTenant`. */
export function originAtTenant(kind: TemplateKind, tenantId: string): TemplateOrigin {
  return {
    path: `templates.forTenant.${kind}`,
    whose: `The ${kind} template that templates.forTenant gives for tenant ${tenantId}`,
    remedy: 'Correct what it gives; it is asked again, and nothing was sent.',
    retryable: true,
  }
}

/** Of the options of `createAppointmentSync`. */
export function originInOptions(kind: TemplateKind): TemplateOrigin {
  const path = `templates.${kind}`
  return {
    path,
    whose: `The ${kind} template of the option ${path}`,
    remedy: 'Correct it in the options of createAppointmentSync.',
    retryable: false,
  }
}
