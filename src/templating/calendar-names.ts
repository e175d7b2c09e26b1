import type { Locale } from '../domain/index.ts'

/** How a language calls months and days of the week. */
export interface CalendarNames {
  /** January first. */
  readonly months: readonly string[]
  readonly shortMonths: readonly string[]
  /** Monday first, as ISO 8601 counts. */
  readonly weekdays: readonly string[]
  readonly shortWeekdays: readonly string[]
}

const words = (text: string): string[] => text.split(' ')

/**
 * Written out here and not by `Intl`: its spelling changes between versions of the runtime, and every such change
 * would rewrite every event.
 */
export const CALENDAR_NAMES: Readonly<Record<Locale, CalendarNames>> = {
  'pt-BR': {
    months: words('janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro'),
    shortMonths: words('jan fev mar abr mai jun jul ago set out nov dez'),
    weekdays: words('segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo'),
    shortWeekdays: words('seg ter qua qui sex sáb dom'),
  },
  en: {
    months: words('January February March April May June July August September October November December'),
    shortMonths: words('Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'),
    weekdays: words('Monday Tuesday Wednesday Thursday Friday Saturday Sunday'),
    shortWeekdays: words('Mon Tue Wed Thu Fri Sat Sun'),
  },
  es: {
    months: words('enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre'),
    shortMonths: words('ene feb mar abr may jun jul ago sep oct nov dic'),
    weekdays: words('lunes martes miércoles jueves viernes sábado domingo'),
    shortWeekdays: words('lun mar mié jue vie sáb dom'),
  },
}
