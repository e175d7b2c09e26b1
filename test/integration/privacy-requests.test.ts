import * as fc from 'fast-check'
import type { Appointment, SyncSettings } from 'appointment-sync'
import { isAppointmentSyncError } from 'appointment-sync'
import { expect, it } from 'vitest'
import { type Clinic, openClinic, owner } from './clinic.ts'

/** What a request carries, decoded: address, headers and body; the calls in a batch are a part of its body. */
type Sent = string

/** A `fetch` that keeps every byte that goes to Google. */
function spying(clinicFetch: typeof fetch, sent: Sent[]): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    const body = Buffer.from(await request.clone().arrayBuffer())
    // Grants are between Google and the owner; base64 of theirs could spell anything.
    const headers = [...request.headers].filter(([name]) => name !== 'authorization')
    sent.push([request.method, request.url, JSON.stringify(headers), body.toString('utf8')].join('\n'))
    return clinicFetch(request)
  }
}

/** A text in the ways it may be spelled on the wire: as it is, in JSON, in HTML, in an address, in base64. */
function spellings(text: string): string[] {
  const html = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return [text, JSON.stringify(text).slice(1, -1), html, JSON.stringify(html).slice(1, -1)].flatMap((one) => [
    one,
    encodeURIComponent(one),
    encodeURIComponent(one).replaceAll('%20', '+'),
    Buffer.from(one).toString('base64').slice(0, -4),
  ])
}

const withoutAccents = (text: string): string =>
  text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase()

/** Says which of the secrets is in what was sent, or nothing. */
function leakIn(sent: readonly Sent[], secrets: { texts: string[]; digits: string }): string | null {
  const wanted = secrets.texts.map((text) => ({
    text,
    spelled: [...new Set(spellings(text).map(withoutAccents))],
  }))
  for (const request of sent) {
    const plain = withoutAccents(request)
    for (const { text, spelled } of wanted) {
      if (spelled.some((spelling) => plain.includes(spelling))) return `${text} in ${request}`
    }
    const digits = request.replaceAll(/(?<=\d)[^\p{L}\p{N}]{1,3}(?=\d)/gu, '')
    if (digits.includes(secrets.digits)) return `${secrets.digits} in ${request}`
  }
  return null
}

const syllable = fc.constantFrom('Zó', 'quî', 'ŵyx', 'Ñjö', 'źul', 'Kãw', 'Юл', '山', 'é́k', 'Ưx')
const part = fc.array(syllable, { minLength: 3, maxLength: 5 }).map((list) => list.join(''))
const name = fc.oneof(
  fc.tuple(part, part).map((two) => two.join(' ')),
  fc
    .tuple(part, fc.constantFrom(' 🌞 ', " d'", '-', ' & ', ' <b>', '  "'), part)
    .map((three) => three.join('')),
)
const client = fc.record({
  name,
  email: fc
    .tuple(fc.stringMatching(/^[wkqz]{7,12}$/), fc.constantFrom('mail.example', 'X.example'))
    .map(([box, host]) => `${box}@${host}`),
  digits: fc.stringMatching(/^[6-9]{2}98[0-9]{7}$/),
})
const note = fc.tuple(part, part, part).map((three) => `nota: ${three.join(' ')}`)

interface Secrets {
  readonly name: string
  readonly email: string
  readonly digits: string
  readonly notes: string
}

/** What a host may put a client's data into, in one way or another. */
const filler = fc.constantFrom('Corte', '', '<i>a</i>', '100%', '💇‍♀️ ', 'sala 2 - ', '&amp;', '\n')
const carried = fc.constantFrom<(of: Secrets) => string>(
  (of) => of.name,
  (of) => of.name.toUpperCase(),
  (of) => withoutAccents(of.name),
  (of) => of.name.normalize('NFD'),
  (of) => of.email,
  (of) => of.email.toUpperCase(),
  (of) => `<a href="mailto:${of.email}">${of.name}</a>`,
  (of) => of.digits,
  (of) => `+55 (${of.digits.slice(0, 2)}) ${of.digits.slice(2, 7)}-${of.digits.slice(7)}`,
  (of) => of.digits.split('').join('.'),
  (of) => `https://x.example/?q=${encodeURIComponent(of.name)}&t=${of.digits}`,
  (of) => of.notes,
  () => '',
)
const text = fc.array(fc.tuple(filler, carried), { maxLength: 3 })
type Text = readonly (readonly [string, (of: Secrets) => string])[]
const written = (given: Text, of: Secrets): string =>
  given.map(([before, carry]) => `${before} ${carry(of)}`).join(' ')

const template = fc.option(
  fc
    .array(
      fc.constantFrom(
        '{{ title }}',
        '{{ client.name }} {{ client.email }}{{ client.phone }}',
        '{{ notes }}',
        '{{ custom.a }}|{{ custom.b | upcase }}',
        '{{ custom.a | url_encode }}',
        '{{ custom.b | split: "" | join: "-" }}',
        '{% for one in custom %}{{ one[1] }}{% endfor %}',
        '<b title="{{ custom.a }}">{{ location }}</b>{{ service.name }}',
        '{{ professional.name }}',
        '{% capture all %}{{ custom.a }}{{ title }}{% endcapture %}{{ all | slice: 0, 200 }}',
      ),
      { minLength: 1, maxLength: 5 },
    )
    .map((pieces) => pieces.join(' ')),
  { nil: null },
)

const story = fc.record({
  client,
  notes: note,
  texts: fc.record({ title: text, service: text, location: text, professional: text, a: text, b: text }),
  later: text,
  guests: fc.boolean(),
  settings: fc.record({
    titleTemplate: template,
    descriptionTemplate: template,
    includeNotes: fc.boolean(),
    invite: fc.constantFrom('none', 'client'),
    locale: fc.constantFrom('pt-BR', 'en', 'es'),
    conflictResolution: fc.constantFrom('app_wins', 'latest_wins', 'merge', 'manual'),
  }),
})
type Story = typeof story extends fc.Arbitrary<infer T> ? T : never

function appointmentOf(
  given: Story,
  id: string,
  texts: Story['texts'],
): Partial<Appointment> & { id: string } {
  const of = { ...given.client, notes: given.notes }
  const guests = [
    { email: of.email.toUpperCase(), name: of.name },
    { email: 'colleague@example.com', name: of.name },
  ]
  return {
    id,
    client: { name: of.name, email: of.email, phone: of.digits },
    notes: of.notes,
    title: written(texts.title, of).slice(0, 900),
    // Not the notes alone: notes that only repeat the service's name hide nothing.
    service: { name: `Corte ${written(texts.service, of)}`.slice(0, 400) },
    location: written(texts.location, of).slice(0, 900),
    professional: { name: written(texts.professional, of).slice(0, 400) },
    custom: { a: written(texts.a, of), b: written(texts.b, of), n: Number(of.digits) },
    attendees: given.guests ? guests : [],
  }
}

/** Pushed, changed, deleted. */
async function playShort(clinic: Clinic, given: Story, id: string): Promise<void> {
  const { id: _, ...first } = appointmentOf(given, id, given.texts)
  await clinic.push(id, first)
  clinic.clock.advance(1_000)
  await clinic.push(id, { title: `${written(given.later, { ...given.client, notes: given.notes })}!` })
  await clinic.sync.deleteAppointmentFromGoogle({ ...owner, appointmentId: id })
  clinic.book.appointments.delete(id)
}

/** Pushed, changed, edited in Google and put back, swept together with another one, deleted. */
async function play(clinic: Clinic, given: Story, id: string): Promise<void> {
  const { id: _, ...first } = appointmentOf(given, id, given.texts)
  await clinic.push(id, first)
  await clinic.push(`${id}b`, first)
  clinic.clock.advance(1_000)
  const later = appointmentOf(given, id, { ...given.texts, title: given.later, a: given.later })
  clinic.put(`${id}b`, { title: later.title })
  await clinic.push(id, { title: later.title, custom: later.custom })
  for (const event of clinic.hand.events()) {
    clinic.hand.patch(event['id'], { summary: 'edited by hand', location: 'elsewhere' })
  }
  clinic.clock.advance(1_000)
  clinic.put(id, { location: `${first.location ?? ''} 3`, title: first.title })
  await clinic.sync.pullFromGoogle(owner)
  await clinic.sync.syncAllAppointmentsForUser(owner)
  const { items } = await clinic.sync.conflicts.list({ tenantId: owner.tenantId })
  for (const conflict of items) {
    await clinic.sync.conflicts.resolve({ tenantId: owner.tenantId, conflictId: conflict.id }, 'app')
  }
  for (const gone of [id, `${id}b`]) {
    await clinic.sync.deleteAppointmentFromGoogle({ ...owner, appointmentId: gone })
    clinic.book.appointments.delete(gone)
  }
}

async function tellsNothing(runs: number, act: typeof play): Promise<void> {
  await using clinic = await openClinic({ connected: false })
  const sent: Sent[] = []
  const { createAppointmentSync } = await import('appointment-sync')
  const google = { ...clinic.options.google, fetch: spying(clinic.google.fetch, sent) }
  await using sync = createAppointmentSync({ ...clinic.options, google })
  const watched: Clinic = {
    ...clinic,
    sync,
    push: (id, changes) => sync.syncAppointmentToGoogle(clinic.put(id, changes)),
  }
  await clinic.connect()
  let count = 0
  let requests = 0
  await fc.assert(
    fc.asyncProperty(story, async (given) => {
      const settings = { ...given.settings, includeClientInfo: false } as Partial<SyncSettings>
      try {
        await sync.integrations.updateSettings(owner, settings)
      } catch (error) {
        if (!isAppointmentSyncError(error, 'INVALID_TEMPLATE')) throw error
        fc.pre(false)
      }
      sent.length = 0
      count += 1
      await act(watched, given, `a${count}`)
      requests += sent.length
      const { name: who, email, digits } = given.client
      const leak = leakIn(sent, { texts: [who, email, given.notes], digits })
      expect(leak).toBeNull()
      expect(sent.length).toBeGreaterThan(1)
    }),
    { numRuns: runs },
  )
  expect(requests).toBeGreaterThan(runs * 2)
}

it('with client information off, no request to Google holds a name, an address, a number or a note', async () => {
  await tellsNothing(200, playShort)
}, 60_000)

it('nor does one that puts back an edit, goes out in a batch, or settles a conflict', async () => {
  await tellsNothing(25, play)
}, 60_000)

it('with client information on, the same look finds the client', async () => {
  await using clinic = await openClinic({ connected: false })
  const sent: Sent[] = []
  const { createAppointmentSync } = await import('appointment-sync')
  const google = { ...clinic.options.google, fetch: spying(clinic.google.fetch, sent) }
  await using sync = createAppointmentSync({ ...clinic.options, google })
  await clinic.connect()
  await sync.syncAppointmentToGoogle(clinic.put('a1', { notes: 'nota: alérgica' }))
  for (const secret of ['João Silva', 'joao@email.com', 'nota: alérgica']) {
    expect(leakIn(sent, { texts: [secret], digits: 'none' })).toContain(secret)
  }
  expect(leakIn(sent, { texts: [], digits: '11999999999' })).toContain('11999999999')
})
