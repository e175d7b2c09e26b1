import { appointmentSchema, DEFAULT_SETTINGS, type SyncSettings } from 'appointment-sync'
import { renderEvent } from 'appointment-sync/templating'
import { type Bench, compare, type Contestant, perOperation } from './measure.ts'
import { booking } from './salon.ts'

/** What the text of an event costs, beside a template string that escapes nothing and limits nothing. */
export const render: Bench = {
  name: 'render',
  run: async (scale, report) => {
    const count = scale.smoke ? 10 : 5000
    const appointment = appointmentSchema.parse(booking('a1', 0, 0))
    const rendering = (name: string, settings: SyncSettings): Contestant => ({
      name,
      run: () =>
        perOperation(count, () => {
          if (!renderEvent(appointment, settings).title.includes('João')) throw new Error('wrong title')
        }),
    })
    const { service, client, professional, status } = appointment
    const baseline: Contestant = {
      name: 'template strings',
      run: () =>
        perOperation(count, () => {
          const title = `[Agendamento] ${service?.name} - ${client?.name}`
          const description = `Serviço: ${service?.name}\nDuração: ${service?.durationMinutes} min\nCliente: ${client?.name}\nTelefone: ${client?.phone}\nEmail: ${client?.email}\nProfissional: ${professional?.name}\nStatus: ${status}`
          if (!title.includes('João') || description.length < 100) throw new Error('wrong text')
        }),
    }
    const rows = await compare(scale, baseline, [
      rendering('renderEvent, built-in texts', DEFAULT_SETTINGS),
      rendering('renderEvent, templates of a tenant', {
        ...DEFAULT_SETTINGS,
        titleTemplate: '{{ prefix }} {{ service.name }}{% if client.name %} - {{ client.name }}{% endif %}',
        descriptionTemplate:
          '{{ service.name | upcase }}\n{{ client.name }}\n{{ start_time }} - {{ end_time }}',
      }),
      rendering('renderEvent, dates, money and phones by language', {
        ...DEFAULT_SETTINGS,
        titleTemplate: '{{ client.first_name }} João {{ starts_at | date: "%d/%m" }}',
        descriptionTemplate:
          '{{ starts_at | date: "full" }}\n{{ client.phone | phone }}\n{{ service.duration_minutes | times: 2.5 | money }}',
      }),
    ])
    report({ title: 'render: an appointment to its event', rows })
  },
}
