import type { CheckedAppointment, Locale, SyncSettings } from '../domain/index.ts'
import { type ClientTraces, clientTraces } from './client-traces.ts'
import type { Finder, Span } from './find-in-text.ts'
import { foldSpelled, type Spelling, spell } from './folded-text.ts'

/** Takes out of texts what tells of the client. Texts without a trace come back as they were given. */
export interface ClientMask {
  /** Text of a catalogue or about somebody else: the whole name, the address, the number, the notes. */
  readonly text: (text: string) => string
  /** Text about this one appointment: single parts of the name too. */
  readonly ownText: (text: string) => string
  /** The same as `text` in HTML, between tags and in the values of attributes; no tag is cut. */
  readonly html: (html: string) => string
  /** Whether the e-mail address is the client's by what it says. */
  readonly isClients: (email: string) => boolean
}

/** What stands where the client was named. */
const NEUTRAL_WORDS: Readonly<Record<Locale, string>> = { 'pt-BR': 'cliente', en: 'client', es: 'cliente' }

const unchanged = (text: string): string => text
const NO_MASK: ClientMask = { text: unchanged, ownText: unchanged, html: unchanged, isClients: () => false }

/** The mask of an appointment under the settings; with `includeClientInfo` it changes nothing. */
export function clientMask(
  appointment: CheckedAppointment,
  { includeClientInfo, locale }: Pick<SyncSettings, 'includeClientInfo' | 'locale'>,
): ClientMask {
  if (includeClientInfo) return NO_MASK
  const { whole, parts, ofAddresses }: ClientTraces = clientTraces(appointment)
  if (whole.length + parts.length === 0) return NO_MASK
  const word = NEUTRAL_WORDS[locale]
  const everything = [...whole, ...parts]
  const plainWith =
    (traces: readonly Finder[]) =>
    (text: string): string =>
      replaced(text, spell(text, 0, text.length, false), traces, word)
  const text = plainWith(whole)
  return {
    text,
    ownText: plainWith(everything),
    html: (html) => maskHtml(html, whole, word),
    isClients: (email) => plainWith(ofAddresses)(email) !== email,
  }
}

/** Which of the spelled characters are to go: `start` where the word takes their place. */
function hiddenIn(spelled: readonly Spelling[], traces: readonly Finder[]): ('start' | 'rest')[] {
  const hidden: ('start' | 'rest')[] = []
  const folded = foldSpelled(spelled)
  const { origins } = folded
  const shown = new Set(origins)
  const spans: Span[] = []
  for (const [begin, end] of traces.flatMap((find) => find(folded))) {
    const from = origins[begin]
    let to = origins[end - 1]
    if (from === undefined || to === undefined) continue
    // The accents of the last letter go with it.
    while (to + 1 < spelled.length && !shown.has(to + 1)) to += 1
    spans.push([from, to])
  }
  let end = -1
  for (const [from, to] of spans.toSorted((a, b) => a[0] - b[0])) {
    for (let at = from; at <= to; at += 1) hidden[at] ??= at === from && from > end ? 'start' : 'rest'
    end = Math.max(end, to)
  }
  return hidden
}

/** The source with the word in place of what was found; what lies between the spelled characters stays. */
function replaced(
  source: string,
  spelled: readonly Spelling[],
  traces: readonly Finder[],
  word: string,
): string {
  const hidden = hiddenIn(spelled, traces)
  if (hidden.length === 0) return source
  let result = ''
  let at = 0
  for (const [index, { from, to }] of spelled.entries()) {
    const place = hidden[index]
    if (place === undefined) continue
    result += source.slice(at, from) + (place === 'start' ? word : '')
    at = to
  }
  return result + source.slice(at)
}

/** A comment, or a tag with what belongs to it. */
const TAG = /<!--[\s\S]*?(?:-->|$)|<[a-z/!?][^>]*(?:>|$)/gi
const ATTRIBUTE_VALUE = /=\s*(?:"[^"]*"?|'[^']*'?|[^\s"'>]+)/g

/** A trace may begin in front of a tag and end behind it: the text is searched as one, the tags stay where they are. */
function maskHtml(html: string, traces: readonly Finder[], word: string): string {
  const spelled: Spelling[] = []
  let at = 0
  for (const { index, 0: tag } of html.matchAll(TAG)) {
    spelled.push(...spell(html, at, index, true))
    at = index + tag.length
  }
  spelled.push(...spell(html, at, html.length, true))
  return replaced(html, spelled, traces, word).replace(TAG, (tag) => maskTag(tag, traces, word))
}

function maskTag(tag: string, traces: readonly Finder[], word: string): string {
  const mask = (part: string): string => replaced(part, spell(part, 0, part.length, true), traces, word)
  return tag.startsWith('<!--') ? mask(tag) : tag.replace(ATTRIBUTE_VALUE, mask)
}
