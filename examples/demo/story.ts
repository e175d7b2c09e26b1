import type { GoogleEmulator } from 'appointment-sync/testing/emulator'
import type { Backend } from './backend.ts'
import { allowOnConsentPage } from './consent.ts'
import { ACCOUNT } from './google-side.ts'
import { disagreements } from './agreement.ts'

const API = '/api/v1/google-calendar'
const JSON_TYPE = { 'content-type': 'application/json' }

/** Says what happened, step by step. */
export type Say = (line: string) => void

/** What a booking's routes answer. */
interface BookingAnswer {
  readonly booking: { readonly id: string; readonly start: string; readonly status: string }
  readonly sync: { readonly status: string; readonly action?: string; readonly reason?: string }
}

/**
 * The story of `npm run demo`: connect, book, reschedule and cancel in the app; move and delete in Google; compare.
 * Everything goes over HTTP. Returns what the two sides do not agree on; empty when they do.
 */
export async function tellStory(backend: Backend, emulator: GoogleEmulator, say: Say): Promise<string[]> {
  const calendar = emulator.user(ACCOUNT).calendar()
  const day = nextWeekday(new Date())
  const at = (time: string): string => new Date(`${day}T${time}:00-03:00`).toISOString()
  let step = 0

  const tell = (who: string, what: string, outcome: string): void => {
    step += 1
    const units = emulator.requests.reduce((sum, request) => sum + request.units, 0)
    const calls = emulator.requests.map((request) => request.calendarMethod ?? request.path)
    emulator.requests.length = 0
    const cost = calls.length === 0 ? 'no Google call' : `${calls.join(', ')} (${units} quota units)`
    say(`${step}. ${who}: ${what}\n   → ${outcome}\n   Google calls: ${cost}`)
  }
  const post = async <T>(path: string, body: object): Promise<T> => {
    const response = await fetch(`${backend.url}${path}`, {
      method: 'POST',
      headers: JSON_TYPE,
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`POST ${path} answered ${response.status}: ${await response.text()}`)
    return (await response.json()) as T
  }
  const inGoogle = (id: string): string => {
    const { summary, start } = calendar.get(id) as { summary?: string; start?: { dateTime?: string } }
    return `"${summary}" at ${local(start?.dateTime ?? '')}`
  }

  const { url } = (await (await fetch(`${backend.url}${API}/auth-url?return_to=/`)).json()) as { url: string }
  const landed = await fetch(await allowOnConsentPage(url), { redirect: 'manual' })
  if (landed.status !== 303) throw new Error(`the callback answered ${landed.status}: ${await landed.text()}`)
  tell(
    'App',
    'connects through the consent page',
    `connected as ${ACCOUNT}, back at ${landed.headers.get('location')}`,
  )

  const haircut = await post<BookingAnswer>('/bookings', { id: 'haircut', start: at('09:00') })
  const haircutEvent = eventOf(haircut)
  tell('App', 'books a haircut at 09:00', `event ${haircut.sync.action}: ${inGoogle(haircutEvent)}`)

  const beard = await post<BookingAnswer>('/bookings', {
    id: 'beard',
    start: at('11:00'),
    service: 'Barba',
    client: 'Pedro Costa',
    email: 'pedro@email.com',
    phone: '(11) 98888-7777',
  })
  const beardEvent = eventOf(beard)
  tell('App', 'books a beard trim at 11:00', `event ${beard.sync.action}: ${inGoogle(beardEvent)}`)

  const colour = await post<BookingAnswer>('/bookings', {
    id: 'colour',
    start: at('15:00'),
    service: 'Coloração',
  })
  const colourEvent = eventOf(colour)
  tell('App', 'books a colouring at 15:00', `event ${colour.sync.action}: ${inGoogle(colourEvent)}`)

  const moved = await post<BookingAnswer>('/bookings/haircut/reschedule', { start: at('10:00') })
  tell('App', 'moves the haircut to 10:00', `event ${moved.sync.action}: ${inGoogle(haircutEvent)}`)

  await post('/bookings/beard/cancel', {})
  tell('App', 'cancels the beard trim', `event is ${calendar.get(beardEvent).status} in Google`)

  await post(`${API}/sync/manual`, {})
  tell('App', 'syncs everything', 'nothing had changed, so nothing was written')

  calendar.patch(haircutEvent, {
    start: { dateTime: at('17:00'), timeZone: 'America/Sao_Paulo' },
    end: { dateTime: at('17:30'), timeZone: 'America/Sao_Paulo' },
  })
  await post(`${API}/sync/manual`, {})
  const told = backend.store.find('haircut')
  tell(
    'Google',
    'the professional drags the haircut to 17:00',
    `the app has it at ${local(told?.start ?? '')}`,
  )

  calendar.delete(colourEvent)
  await post(`${API}/sync/manual`, {})
  tell(
    'Google',
    'the professional deletes the colouring',
    `the app has it as ${backend.store.find('colour')?.status}`,
  )

  return disagreements(backend.store.all(), calendar.events())

  function eventOf(answer: BookingAnswer): string {
    const id = 'googleEventId' in answer.sync ? String(answer.sync.googleEventId) : null
    if (id === null) throw new Error(`the booking was not synced: ${JSON.stringify(answer.sync)}`)
    return id
  }
}

/** A day that is in the sync window and no holiday of the reader's: the day after tomorrow in São Paulo. */
function nextWeekday(now: Date): string {
  const later = new Date(now.getTime() + 2 * 86_400_000)
  return later.toLocaleDateString('sv-SE', { timeZone: 'America/Sao_Paulo' })
}

function local(instant: string): string {
  return new Date(instant).toLocaleTimeString('pt-BR', {
    timeZone: 'America/Sao_Paulo',
    hour: '2-digit',
    minute: '2-digit',
  })
}
