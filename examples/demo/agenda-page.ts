import type { IntegrationStatusReport } from 'appointment-sync'
import type { Booking } from './booking-store.ts'

const API = '/api/v1/google-calendar'

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

const STATES: Readonly<Record<string, string>> = {
  active: 'conectado',
  paused: 'em pausa',
  needs_reconnect: 'precisa reconectar',
}

/** What the person left unticked on the consent page. */
function missing(status: IntegrationStatusReport): string {
  if (status.missingScopes.length === 0) return ''
  return `; faltam permissões: ${escape(status.missingScopes.map((scope) => scope.split('/').at(-1)).join(', '))}`
}

function row(booking: Booking): string {
  const time = new Date(booking.start).toLocaleString('pt-BR', { timeZone: 'America/Sao_Paulo' })
  const id = encodeURIComponent(booking.id)
  const actions =
    booking.status === 'cancelled'
      ? ''
      : `<form method="post" action="/bookings/${id}/reschedule"><input name="start" type="text" size="26" value="${escape(booking.start)}" aria-label="Novo início"> <button>Remarcar</button></form>
         <form method="post" action="/bookings/${id}/cancel"><button>Cancelar</button></form>`
  return `<tr><td>${escape(time)}</td><td>${escape(booking.service)}</td><td>${escape(booking.client)}</td><td>${escape(booking.status)}</td><td>${actions}</td></tr>`
}

/** The agenda as a page: who is booked, how the sync is doing, and forms to try it. */
export function agendaPage(
  bookings: readonly Booking[],
  status: IntegrationStatusReport,
  googlePage: string,
): string {
  const connection = status.connected
    ? `Google Calendar: <strong>${escape(STATES[status.status] ?? status.status)}</strong> (${escape(status.googleEmail ?? '')})${missing(status)}`
    : 'Google Calendar: não conectado'
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)
  return `<!doctype html><html lang="pt-BR"><head><meta charset="utf-8"><title>Barbearia Central</title>
<style>body{font-family:sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #ccc;padding:.4rem;text-align:left}form{display:inline-block}</style></head><body>
<h1>Barbearia Central: agenda de Maria</h1>
<p id="connection">${connection}</p>
<p><button id="connect">${status.status === 'active' ? 'Conectar outra conta' : 'Conectar Google Calendar'}</button> <button id="pull">Buscar alterações do Google</button>
<a href="${escape(googlePage)}" target="_blank" rel="noopener">Ver o lado do Google</a></p>
<table><thead><tr><th>Quando</th><th>Serviço</th><th>Cliente</th><th>Status</th><th></th></tr></thead><tbody>${bookings.map(row).join('')}</tbody></table>
<h2>Agendar</h2>
<form method="post" action="/bookings"><input name="start" size="26" value="${tomorrow}T10:00:00-03:00" aria-label="Início"> <input name="service" value="Corte de Cabelo" aria-label="Serviço"> <input name="client" value="João Silva" aria-label="Cliente"> <button>Agendar</button></form>
<script>
const go = (path, options) => fetch('${API}/' + path, options).then((response) => response.json())
document.getElementById('connect').onclick = async () => { location.href = (await go('auth-url?return_to=/')).url }
document.getElementById('pull').onclick = async () => {
  const result = await go('sync/manual', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })
  if (result.code) alert('Não foi possível sincronizar: ' + result.code)
  else location.reload()
}
const outcome = new URLSearchParams(location.search).get('google_calendar')
if (outcome === 'error') alert('O Google Calendar não foi conectado: ' + new URLSearchParams(location.search).get('code'))
</script></body></html>`
}
