import { describe, expect, test } from 'vitest'
import type { Appointment, SyncSettings } from '../../src/domain/index.ts'
import { clientMask, renderEvent } from '../../src/templating/index.ts'
import { aCheckedAppointment, settingsWith } from './appointment-builder.ts'

const JOAO = { name: 'João Silva', email: 'joao.silva@email.com', phone: '+55 (11) 99876-5432' }

function event(
  changes: Partial<Appointment>,
  settings: Partial<SyncSettings> = {},
): ReturnType<typeof renderEvent> {
  return renderEvent(
    aCheckedAppointment({ client: JOAO, ...changes }),
    settingsWith({ includeClientInfo: false, eventPrefix: '', ...settings }),
  )
}

const title = (text: string, client: Appointment['client'] = JOAO): string =>
  event({ title: text, client }).title

describe('the name', () => {
  test.each([
    ['Corte - João Silva', 'Corte - cliente'],
    ['JOAO SILVA: corte', 'cliente: corte'],
    ['joa\u0303o silva', 'cliente'],
    ['Silva, João', 'cliente'],
    ['corte_joao_silva', 'corte_cliente'],
    ['CorteJoaoSilva', 'Cortecliente'],
    ['Ｊｏãｏ Ｓｉｌｖａ', 'cliente'],
    ['Jo\u200bão\u00ad Silva', 'cliente'],
    ['Corte do João', 'Corte do cliente'],
    ['https://x.example/?q=Jo%C3%A3o+Silva', 'https://x.example/?q=cliente'],
  ])('in the title %s is masked', (given, wanted) => {
    expect(title(given)).toBe(wanted)
  })

  test('is named by a word of the language', () => {
    expect(event({ title: 'Cut for João Silva' }, { locale: 'en' }).title).toBe('Cut for client')
    expect(event({ title: 'Corte de João Silva' }, { locale: 'es' }).title).toBe('Corte de cliente')
  })

  test.each([
    ['Ana', 'Pacote semanal', 'Pacote semanal'],
    ['Ana', 'Pacote da ANA.', 'Pacote da cliente.'],
    ['Li', 'Limpeza, Li', 'Limpeza, cliente'],
    ['Jo Ana', 'Joana', 'Joana'],
    ['李明', '李明様の予約', 'cliente様の予約'],
    ['🦊', 'Corte 🦊!', 'Corte cliente!'],
    ['-', 'Corte - barba', 'Corte - barba'],
    ['', 'Corte', 'Corte'],
    ['Łukasz Straße', 'lukasz strasse', 'cliente'],
    ['Maria Souza', 'Com Maria Santos', 'Com Maria Santos'],
    ['Maria dos Anjos', 'Venda dos produtos', 'Venda dos produtos'],
  ])('of a client called %s leaves %s as %s', (name, given, wanted) => {
    expect(title(given, { name })).toBe(wanted)
  })

  test('is not looked for part by part in places, services and names of others', () => {
    const { location, title: shown } = event({
      location: 'Rua Silva Jardim 10',
      service: { name: 'Barba Silva' },
    })
    expect(location).toBe('Rua Silva Jardim 10')
    expect(shown).toBe('Barba Silva')
    expect(event({ location: 'Casa de João Silva' }).location).toBe('Casa de cliente')
  })
})

describe('address and number', () => {
  test.each([
    ['joao.silva@email.com', 'cliente'],
    ['mailto:JOAO.SILVA@EMAIL.COM?x=1', 'mailto:cliente?x=1'],
    ['joao.silva%40email.com', 'cliente'],
    ['5511998765432', 'cliente'],
    ['https://wa.me/5511998765432', 'https://wa.me/cliente'],
    ['Tel. (11) 99876 5432, sala 2', 'Tel. cliente, sala 2'],
    ['9.9876.5432', 'cliente'],
    ['９９８７６５４３２', 'cliente'],
    ['٩٩٨٧٦٥٤٣٢', 'cliente'],
    ['Sala 5432', 'Sala 5432'],
  ])('in the title %s are masked', (given, wanted) => {
    expect(title(given)).toBe(wanted)
  })

  test.each([
    ['2040', 'Ramal 2040', 'Ramal cliente'],
    ['2040', 'Nota 120403', 'Nota 120403'],
    ['12', 'Sala 12', 'Sala 12'],
    ['0800-SALAO', 'Ligue 0800 salao', 'Ligue cliente'],
    ['99876-5432 ramal 77', 'Ligue 99876.5432', 'Ligue cliente'],
  ])('a number such as %s leaves %s as %s', (phone, given, wanted) => {
    expect(title(given, { name: 'Bo', phone })).toBe(wanted)
  })

  test('the end of another address is not the client', () => {
    expect(title('mariana@x.com', { name: 'Bo', email: 'ana@x.com' })).toBe('mariana@x.com')
  })
})

describe('a description', () => {
  const description = (template: string, changes: Partial<Appointment> = {}): string =>
    event(changes, { descriptionTemplate: template }).description

  test('is masked across the values that a template puts together, and across tags', () => {
    const custom = { first: 'Joã', second: 'o Sil', third: 'va' }
    expect(description('{{ custom.first }}{{ custom.second }}{{ custom.third }}!', { custom })).toBe(
      'cliente!',
    )
    expect(description('<b>João</b> <i>Silva</i>, olá')).toBe('<b>cliente</b><i></i>, olá')
  })

  test('is masked in attributes and comments, and keeps its tags', () => {
    expect(description('<a href="mailto:joao.silva@email.com">e</a><!-- João Silva -->')).toBe(
      '<a href="mailto:cliente">e</a><!-- cliente -->',
    )
    const named = { client: { name: 'Strong' } }
    expect(description('<strong class="strong">x</strong> strong', named)).toBe(
      '<strong class="cliente">x</strong> cliente',
    )
  })

  test('is masked where the name holds what HTML escapes', () => {
    const named = { client: { name: 'Ana & Bia <Lima>' }, custom: { who: 'Ana & Bia <Lima>' } }
    expect(description('{{ custom.who }}, {{ custom.who | upcase }}', named)).not.toMatch(/bia|lima/i)
    expect(description('Ana &amp; Bia &lt;Lima&gt; &#65;na', named)).toBe('cliente&gt; &#65;na')
  })

  test('is masked before a filter can disguise it', () => {
    const custom = { who: 'João Silva', phone: 11_998_765_432 }
    expect(
      description(
        '{{ custom.who | url_encode }} {{ custom.who | split: "" | join: "." }} {{ custom.phone | plus: 1 }}',
        {
          custom,
        },
      ),
    ).toMatch(/^cliente c\.l\.i\.e\.n\.t\.e/)
  })

  test('is cut only after it was masked', () => {
    const custom = { long: 'x '.repeat(2490), name: 'João Silva', after: 'y '.repeat(2000) }
    const template = '{{ custom.long }}{{ custom.after | slice: 0, 3010 }}João Silva{{ custom.after }}'
    const shown = description(template, { custom })
    expect(shown).toMatch(/^x x .*y…$/)
    expect(shown).not.toMatch(/jo[aã]/i)
  })
})

describe('notes', () => {
  const notes = 'Alérgica a látex, grávida de 5 meses\nok'

  test('reach Google by no field', () => {
    const shown = event(
      {
        notes,
        title: 'Corte (alergica  a latex, gravida de 5 meses)',
        custom: { note: notes },
      },
      { descriptionTemplate: '{{ notes }}{{ custom.note }}' },
    )
    expect(shown.title).toBe('Corte (cliente)')
    expect(JSON.stringify(shown)).not.toMatch(/al[eé]rg|gr[aá]vida/i)
  })

  test('that only name the service take nothing away', () => {
    expect(event({ notes: 'corte de cabelo' }).title).toBe('Corte de Cabelo')
  })
})

describe('guests', () => {
  const guests = (email: string, name?: string): unknown => event({ attendees: [{ email, name }] }).attendees

  test.each(['JOAO.SILVA@email.com', 'joao.silva+salao@email.com', 'joao_silva@other.example'])(
    '%s is the client and left out',
    (email) => {
      expect(guests(email)).toEqual([])
    },
  )

  test('somebody of the same name keeps the address alone', () => {
    expect(guests('home@other.example', 'Joao Silva')).toEqual([{ email: 'home@other.example', name: null }])
  })

  test('a colleague who shares a short first name stays', () => {
    const shown = event({ client: { name: 'Ana' }, attendees: [{ email: 'ana@clinic.example' }] }).attendees
    expect(shown).toEqual([{ email: 'ana@clinic.example', name: null }])
  })
})

test('a text without a trace, and every text with client information on, comes back as it was given', () => {
  const texts = ['Corte & <b>barba</b> 100% %C3 %zz &amp; &nbsp;', '', '\ud83d', 'João Silva']
  const on = clientMask(aCheckedAppointment({ client: JOAO }), { includeClientInfo: true, locale: 'en' })
  const off = clientMask(aCheckedAppointment({ client: JOAO }), { includeClientInfo: false, locale: 'en' })
  for (const text of texts) {
    expect([on.text(text), on.ownText(text), on.html(text)]).toEqual([text, text, text])
  }
  for (const text of texts.slice(0, 3)) {
    expect([off.text(text), off.ownText(text), off.html(text)]).toEqual([text, text, text])
  }
})
