import { escapeHtml, type EmulatedResponse } from '../messages.ts'

/** Where the pages' own style and script are served. */
export const STYLE_PATH = '/ui/page.css'
export const SCRIPT_PATH = '/ui/page.js'

/** What hidden form fields carry. */
export type FormFields = Readonly<Record<string, string>>

/** Hidden inputs. */
export function hidden(fields: FormFields): string {
  return Object.entries(fields)
    .map(([name, value]) => `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`)
    .join('')
}

/** A line of a form: a label and its input. */
export function field(label: string, input: string): string {
  return `<label><span>${escapeHtml(label)}</span>${input}</label>`
}

/** A single-line input. */
export function textInput(name: string, value: string, more = ''): string {
  return `<input name="${name}" value="${escapeHtml(value)}"${more === '' ? '' : ` ${more}`}>`
}

/** A choice from a list. */
export function select(
  name: string,
  options: readonly (readonly [string, string])[],
  chosen: string,
): string {
  const items = options.map(
    ([value, label]) =>
      `<option value="${escapeHtml(value)}"${value === chosen ? ' selected' : ''}>${escapeHtml(label)}</option>`,
  )
  return `<select name="${name}">${items.join('')}</select>`
}

/** A form of one button, for an action that asks nothing more. */
export function buttonForm(action: string, fields: FormFields, label: string, about: string): string {
  const spoken = `${label}: ${about}`
  return `<form method="post" action="${action}">${hidden(fields)}<button aria-label="${escapeHtml(spoken)}">${escapeHtml(label)}</button></form>`
}

/** A whole page. `note` is what went wrong, shown first. */
export function page(title: string, content: string, note: string | null = null): string {
  const alert = note === null ? '' : `<p class="note" role="alert">${escapeHtml(note)}</p>`
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)}</title><link rel="stylesheet" href="${STYLE_PATH}"><script src="${SCRIPT_PATH}" defer></script></head><body><header><nav aria-label="Pages"><a href="/">Calendars</a> <a href="/ui/requests">Requests</a></nav></header><main><h1>${escapeHtml(title)}</h1>${alert}${content}</main></body></html>`
}

/** The answer that carries a page: never cached, never framed, with the emulator's own script and style alone. */
export function pageResponse(status: number, markup: string): EmulatedResponse {
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=UTF-8',
      'cache-control': 'no-store',
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    },
    body: markup,
  }
}
