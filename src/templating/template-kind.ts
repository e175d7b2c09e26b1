/** What a template is for. */
export type TemplateKind = 'title' | 'description'

/** The kinds of templates there are. */
export const TEMPLATE_KINDS: readonly TemplateKind[] = ['title', 'description']
