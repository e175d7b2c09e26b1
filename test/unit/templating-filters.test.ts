import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Appointment, LOCALES, type Locale, type SyncSettings } from '../../src/domain/index.ts'
import { MONEY_CURRENCIES, renderEvent, templateProblems } from '../../src/templating/index.ts'
import { formatMoney } from '../../src/templating/money-filter.ts'
import { formatPhone } from '../../src/templating/phone-filter.ts'
import { aCheckedAppointment, settingsWith } from './appointment-builder.ts'

type Value = string | number | boolean | null

/** The value of `custom.x` after a filter, in a language. */
function filtered(x: Value, filter: string, locale: Locale, settings: Partial<SyncSettings> = {}): string {
  const appointment: Partial<Appointment> = { custom: { x }, title: '-' }
  return renderEvent(
    aCheckedAppointment(appointment),
    settingsWith({ locale, titleTemplate: `[{{ custom.x | ${filter} }}]`, ...settings }),
  ).title.slice(1, -1)
}

describe('date', () => {
  const at = '2026-09-06T21:05:09-03:00'

  test.each([
    ['short', '06/09/2026', 'Sep 6, 2026', '06/09/2026'],
    ['long', '6 de setembro de 2026', 'September 6, 2026', '6 de septiembre de 2026'],
    [
      'full',
      'domingo, 6 de setembro de 2026',
      'Sunday, September 6, 2026',
      'domingo, 6 de septiembre de 2026',
    ],
    ['weekday', 'domingo', 'Sunday', 'domingo'],
    ['time', '21:05', '9:05 PM', '21:05'],
    ['datetime', '06/09/2026 21:05', 'Sep 6, 2026, 9:05 PM', '06/09/2026 21:05'],
    [
      '%Y %y %m %-m %d %-d %H %-H %I %-I %M %S %p %%',
      ...Array.from({ length: 3 }, () => '2026 26 09 9 06 6 21 21 09 9 05 09 PM %'),
    ],
    ['%B %b %A %a', 'setembro set domingo dom', 'September Sep Sunday Sun', 'septiembre sep domingo dom'],
  ])('%s is spelt in each language', (format, ...expected) => {
    expect(LOCALES.map((locale) => filtered(at, `date: "${format}"`, locale))).toEqual(expected)
  })

  test('without a style is the short one', () => {
    expect(filtered(at, 'date', 'pt-BR')).toBe('06/09/2026')
  })

  test('shows an instant in the zone of the event, and for whole days in that of the settings', () => {
    expect(filtered('2026-09-06T23:30:00Z', 'date: "%d %H:%M"', 'en')).toBe('06 20:30')
    const days = aCheckedAppointment({
      allDay: true,
      start: '2026-05-01',
      end: '2026-05-02',
      custom: { x: '2026-09-06T23:30:00Z' },
    })
    const titleTemplate = '{{ custom.x | date: "%d %H:%M" }}'
    expect(renderEvent(days, settingsWith({ titleTemplate, timeZone: 'Asia/Tokyo' })).title).toBe('07 08:30')
  })

  test('shows what has no offset as the clock on the wall, and a day as midnight', () => {
    expect(filtered('2026-09-06T08:15', 'date: "datetime"', 'en')).toBe('Sep 6, 2026, 8:15 AM')
    expect(filtered('2026-09-06', 'date: "datetime"', 'en')).toBe('Sep 6, 2026')
    expect(filtered('2026-09-06', 'date: "%H:%M"', 'en')).toBe('00:00')
  })

  test.each([
    'now',
    'today',
    '',
    '06/09/2026',
    '2026-02-30',
    '2026-02-30T10:00',
    '2026-09-06T24:10',
    'x',
    '0',
  ])('leaves %j as it is', (text) => {
    expect(filtered(text, 'date: "%Y"', 'en')).toBe(text)
  })

  test('leaves numbers and truth values as they are, also with an argument that is no text', () => {
    expect(filtered(1_777_636_800, 'date', 'en')).toBe('1777636800')
    expect(filtered(true, 'date', 'en')).toBe('true')
    expect(filtered(at, 'date: 5', 'en')).toBe(at)
  })

  test('leaves a value as it is when only the data knows the style, and there is none of the name', () => {
    for (const name of ['%Q', '__proto__', 'constructor', '%', '%-']) {
      const custom = { x: at, style: name }
      const titleTemplate = '{{ custom.x | date: custom.style }}'
      expect(renderEvent(aCheckedAppointment({ custom }), settingsWith({ titleTemplate })).title).toBe(at)
    }
  })
})

describe('money', () => {
  test.each<[Value, string, string, string]>([
    [0, 'R$ 0,00', '$0.00', '0,00 €'],
    [0.5, 'R$ 0,50', '$0.50', '0,50 €'],
    [1234.5, 'R$ 1.234,50', '$1,234.50', '1234,50 €'],
    ['12345.6', 'R$ 12.345,60', '$12,345.60', '12.345,60 €'],
    [-1234567.891, '-R$ 1.234.567,89', '-$1,234,567.89', '-1.234.567,89 €'],
    [1.005, 'R$ 1,01', '$1.01', '1,01 €'],
    [-0.001, 'R$ 0,00', '$0.00', '0,00 €'],
    [1e-9, 'R$ 0,00', '$0.00', '0,00 €'],
    [
      9007199254740991,
      'R$ 9.007.199.254.740.991,00',
      '$9,007,199,254,740,991.00',
      '9.007.199.254.740.991,00 €',
    ],
    [999.995, 'R$ 1.000,00', '$1,000.00', '1000,00 €'],
  ])('%j is spelt in each language', (value, ...expected) => {
    expect(LOCALES.map((locale) => filtered(value, 'money', locale))).toEqual(expected)
  })

  test.each([
    ['USD', 'US$ 1.500,00', '$1,500.00', '1500,00 US$'],
    ['EUR', '€ 1.500,00', '€1,500.00', '1500,00 €'],
    ['BRL', 'R$ 1.500,00', 'R$1,500.00', '1500,00 R$'],
    ['CHF', 'CHF 1.500,00', 'CHF 1,500.00', '1500,00 CHF'],
    ['CLP', 'CLP$ 1.500', 'CLP$1,500', '1500 CLP$'],
  ])('%s is spelt in each language', (code, ...expected) => {
    expect(LOCALES.map((locale) => filtered(1500, `money: "${code}"`, locale))).toEqual(expected)
  })

  test.each<Value>(['free', '', '1,50', '1e5', 1e21, true, '12 apples', '--1', 'NaN'])(
    'leaves %j as it is',
    (value) => {
      expect(filtered(value, 'money', 'en')).toBe(String(value))
    },
  )

  test('puts no sign of a currency that only the data knows and nobody else does', () => {
    for (const code of ['XXX', '__proto__', 'toString', 'brl']) {
      const custom = { x: 1500, code }
      const titleTemplate = '{{ custom.x | money: custom.code }}'
      expect(renderEvent(aCheckedAppointment({ custom }), settingsWith({ titleTemplate })).title).toBe(
        '1.500,00',
      )
    }
  })

  test('says the amount that was given, to half a unit of its last digit', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 }),
        fc.constantFrom(...MONEY_CURRENCIES),
        (amount, code) => {
          const text = formatMoney(amount, code, 'en') ?? ''
          const digits = text.replace(/[^\d.]/g, '').replace(/^\.+/, '')
          const read = Number(digits) * (text.startsWith('-') ? -1 : 1)
          const unit = digits.includes('.') ? 0.01 : 1
          expect(Math.abs(read - amount)).toBeLessThanOrEqual(unit / 2 + Math.abs(amount) * 1e-15)
        },
      ),
    )
  })
})

describe('phone', () => {
  test.each([
    ['+5511999990000', '(11) 99999-0000', '+55 11 99999-0000', '+55 11 99999-0000'],
    ['5511999990000', '(11) 99999-0000', '5511999990000', '5511999990000'],
    ['+55 (11) 3333-4444', '(11) 3333-4444', '+55 11 3333-4444', '+55 11 3333-4444'],
    ['11999990000', '(11) 99999-0000', '11999990000', '11999990000'],
    ['(11) 99999-0000', '(11) 99999-0000', '(11) 99999-0000', '(11) 99999-0000'],
    ['011 3333 4444', '(11) 3333-4444', '011 3333 4444', '011 3333 4444'],
    ['999990000', '99999-0000', '999990000', '999 990 000'],
    ['3333-4444', '3333-4444', '3333-4444', '3333-4444'],
    ['+14155550100', '+1 415-555-0100', '(415) 555-0100', '+1 415-555-0100'],
    ['1 415 555 0100', '1 415 555 0100', '(415) 555-0100', '1 415 555 0100'],
    ['+34 612345678', '+34 612 345 678', '+34 612 345 678', '612 345 678'],
    ['0034612345678', '+34 612 345 678', '+34 612 345 678', '612 345 678'],
    ['+351912345678', '+351 912 345 678', '+351 912 345 678', '+351 912 345 678'],
    ['+447911123456', '+44 791 112 3456', '+44 791 112 3456', '+44 791 112 3456'],
    ['+5511', '+5511', '+5511', '+5511'],
  ])('%s is spelt in each language', (number, ...expected) => {
    expect(LOCALES.map((locale) => filtered(number, 'phone', locale))).toEqual(expected)
  })

  test.each([
    'ask at the desk',
    '',
    '+',
    '190',
    '0800 123 4567',
    '11 99999-0000 ramal 3',
    '+0011999990000',
    '١٢٣٤٥٦٧٨',
  ])('leaves %j as it is', (text) => {
    expect(LOCALES.map((locale) => filtered(text, 'phone', locale))).toEqual([text, text, text])
  })

  test('reads a number, and leaves a truth value as it is', () => {
    expect(filtered(11999990000, 'phone', 'pt-BR')).toBe('(11) 99999-0000')
    expect(filtered(false, 'phone', 'pt-BR')).toBe('false')
  })

  test('never loses or changes a digit of a number with its calling code', () => {
    const number = fc.string({
      unit: fc.constantFrom(...'0123456789'.split('')),
      minLength: 7,
      maxLength: 15,
    })
    fc.assert(
      fc.property(number, fc.constantFrom(...LOCALES), (digits, locale) => {
        const shown = formatPhone(`+${digits}`, locale)
        const kept = shown?.replace(/\D/g, '')
        expect(shown === null || digits.endsWith(kept ?? '')).toBe(true)
        if (shown?.startsWith('+')) expect(kept).toBe(digits)
      }),
    )
  })
})

describe('a written argument that a filter does not know', () => {
  test.each([
    ['{{ starts_at | date: "%Q" }}', 'there is no date directive "%Q"', 22],
    ['{{ starts_at | date: "loong" }}', 'there is no date style "loong"', 22],
    ['{{ custom.x | money: "REAL" }}', 'there is no currency "REAL"', 22],
    ['{{ client.phone | phone: "BR" }}', 'takes no argument', 26],
  ])('%s is refused when it is stored', (title, said, column) => {
    expect(templateProblems({ title })).toMatchObject([
      { path: 'titleTemplate', line: 1, column, message: expect.stringContaining(said) as string },
    ])
  })

  test('is found in a branch that the sample does not take, in an assignment and in a loop', () => {
    const description = [
      '{% if custom.vip %}',
      '{{ starts_at | date: "x" }}',
      '{% else %}',
      '{% for i in (1..2) %}{% assign a = 1 | money: "x" %}{% endfor %}',
      '{% case status %}{% when "pending" %}{{ 1 | money: "y" }}{% endcase %}',
      '{% endif %}',
    ].join('\n')
    expect(templateProblems({ description }).map(({ line }) => line)).toEqual([2, 4, 5])
  })
})

test('what a filter gives back is escaped in a description like every value', () => {
  for (const filter of ['date', 'date: "<b>%Y</b>"', 'money', 'phone']) {
    const settings = settingsWith({
      descriptionTemplate: `{{ custom.x | ${filter} }}{{ starts_at | ${filter} }}`,
    })
    const { description } = renderEvent(aCheckedAppointment({ custom: { x: '<i>&' } }), settings)
    expect(description.replace(/&(lt|gt|amp);/g, '')).not.toMatch(/[<>&]/)
  }
})

test('no filter by language gets round what the settings keep from Google', () => {
  const settings = settingsWith({
    includeClientInfo: false,
    titleTemplate: 'x{{ client.phone | phone }}{{ client.name | money }}{{ client.first_name | date }}',
  })
  expect(renderEvent(aCheckedAppointment(), settings).title).toBe('x')
})
