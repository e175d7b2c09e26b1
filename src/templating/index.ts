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
export { TEMPLATE_FILTERS, TEMPLATE_TAGS } from './liquid-engine.ts'
export { renderEvent } from './render-event.ts'
export { TEMPLATE_VARIABLES } from './template-variables.ts'
export type { TemplateKind } from './template.ts'
export { validateTemplate } from './validate-template.ts'
