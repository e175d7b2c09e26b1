export { calendarTexts } from './calendar-texts.ts'
export type { CalendarTexts } from './calendar-texts.ts'
export { clientMask } from './client-mask.ts'
export type { ClientMask } from './client-mask.ts'
export {
  MAX_DESCRIPTION_LENGTH,
  MAX_GUESTS,
  MAX_LOCATION_LENGTH,
  MAX_RENDER_CHARACTERS,
  MAX_RENDER_STEPS,
  MAX_TITLE_LENGTH,
} from './limits.ts'
export { DATE_DIRECTIVES, DATE_STYLES } from './date-filter.ts'
export { TEMPLATE_FILTERS, TEMPLATE_TAGS } from './liquid-engine.ts'
export { MONEY_CURRENCIES } from './money-filter.ts'
export {
  cleanReason,
  MAX_REASON_LENGTH,
  type RefusalKind,
  refusalLine,
  withLastLine,
  withoutLastLine,
} from './refusal-line.ts'
export { renderEvent } from './render-event.ts'
export { requireUsableTemplates } from './template-options.ts'
export { sampleAppointment } from './sample-appointment.ts'
export { createTemplateChoice } from './template-choice.ts'
export type { ChosenTemplates, TemplateChoice, TemplateSource } from './template-choice.ts'
export type { TemplateOrigin } from './template-origin.ts'
export { TEMPLATE_VARIABLES } from './template-variables.ts'
export type { TemplateKind } from './template-kind.ts'
export { templateProblems, validateTemplate, validateTemplates } from './validate-template.ts'
export { VARIABLE_TABLE } from './variable-table.ts'
export type { TemplateVariable } from './variable-table.ts'
