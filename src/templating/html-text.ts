import { characterBoundary } from './plain-text.ts'

const ELLIPSIS = '…'
const LONGEST_ENTITY = 12

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Plain text as HTML, safe in text and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
}

/** The start of a tag or entity that `text` leaves unfinished at its end, or its length when there is none. */
function unfinishedFrom(text: string): number {
  const tag = /<([a-z/!][^>]*)?$/i.exec(text)
  if (tag) return tag.index
  const ampersand = text.lastIndexOf('&')
  const open = ampersand >= text.length - LONGEST_ENTITY && ampersand !== -1 && !text.includes(';', ampersand)
  return open ? ampersand : text.length
}

/**
 * The HTML itself, or its beginning with an ellipsis, never longer than `max` code units. No character, entity or
 * tag is halved; an element left open is closed by Google.
 */
export function cutHtml(html: string, max: number): string {
  if (html.length <= max) return html
  const kept = html.slice(0, characterBoundary(html, max - ELLIPSIS.length))
  return kept.slice(0, unfinishedFrom(kept)).trimEnd() + ELLIPSIS
}
