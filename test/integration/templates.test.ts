import { isAppointmentSyncError, type TemplateTexts } from 'appointment-sync'
import { describe, expect, test } from 'vitest'
import { createAppointmentSync } from 'appointment-sync'
import { appointment, onlyEvent, openClinic, owner } from './clinic.ts'

const WINDOW = { syncPastDays: 7, syncFutureDays: 30 }

/** A clinic whose tenants' templates are in a map, as a host would keep them. */
async function clinicWith(general: TemplateTexts = {}) {
  const tenants = new Map<string, unknown>()
  const asked: string[] = []
  const clinic = await openClinic({
    settings: WINDOW,
    templates: {
      ...general,
      forTenant: (tenantId) => {
        asked.push(tenantId)
        const given = tenants.get(tenantId)
        if (given instanceof Error) throw given
        return (typeof given === 'function' ? (given as () => unknown)() : given) as TemplateTexts
      },
    },
  })
  return { clinic, tenants, asked }
}

describe('templates are taken', () => {
  test('from the integration, else the tenant, else the options, else the language, each text by itself', async () => {
    const { clinic, tenants } = await clinicWith({ title: 'general {{ title }}', description: 'general' })
    await using _ = clinic
    const texts = () => {
      const { summary, description } = onlyEvent(clinic.hand)
      return [summary, description]
    }
    tenants.set(owner.tenantId, { title: 'tenant {{ title }}', description: null })
    await clinic.push('a1')
    expect(texts()).toEqual(['tenant Corte de Cabelo', 'general'])

    await clinic.sync.integrations.updateSettings(owner, { titleTemplate: 'own {{ title }}' })
    await clinic.push('a1')
    expect(texts()).toEqual(['own Corte de Cabelo', 'general'])

    await clinic.sync.integrations.updateSettings(owner, { titleTemplate: null })
    tenants.clear()
    await clinic.push('a1')
    expect(texts()).toEqual(['general Corte de Cabelo', 'general'])
  })

  test('built-in where no place has one', async () => {
    await using clinic = await openClinic({ templates: {} })
    await clinic.push('a1')
    expect(onlyEvent(clinic.hand).summary).toBe('[Agendamento] Corte de Cabelo - João Silva')
  })

  test("not from another tenant's", async () => {
    const { clinic, tenants, asked } = await clinicWith()
    await using _ = clinic
    tenants.set('clinic-2', { title: 'of the other' })
    await clinic.push('a1')
    expect(onlyEvent(clinic.hand).summary).not.toBe('of the other')
    expect(new Set(asked)).toEqual(new Set([owner.tenantId]))
  })
})

test("a tenant's other template renders its events anew at the next sweep, and the same one costs no call", async () => {
  const { clinic, tenants } = await clinicWith()
  await using _ = clinic
  await clinic.push('a1')
  tenants.set(owner.tenantId, { title: 'first' })
  await clinic.sync.syncAllAppointmentsForUser(owner)
  expect(onlyEvent(clinic.hand).summary).toBe('first')
  clinic.calls()
  await clinic.sync.syncAllAppointmentsForUser(owner)
  expect(clinic.calls()).toEqual([])

  tenants.set(owner.tenantId, { title: 'second' })
  await clinic.sync.syncAllAppointmentsForUser(owner)
  expect(onlyEvent(clinic.hand).summary).toBe('second')
  clinic.calls()
  // Another object that says the same is no change.
  tenants.set(owner.tenantId, { title: 'second' })
  await clinic.sync.syncAllAppointmentsForUser(owner)
  expect(clinic.calls()).toEqual([])
})

test("an integration with templates of its own is not touched by its tenant's", async () => {
  const { clinic, tenants, asked } = await clinicWith()
  await using _ = clinic
  await clinic.sync.integrations.updateSettings(owner, { titleTemplate: 'own', descriptionTemplate: 'own' })
  tenants.set(owner.tenantId, new Error('down'))
  expect(await clinic.push('a1')).toMatchObject({ status: 'success' })
  expect(asked).toEqual([])
})

describe('while a tenant has no templates that can be used', () => {
  test.each<[string, unknown, RegExp, string]>([
    [
      'throws',
      new Error('secret of the host'),
      /templates\.forTenant threw for tenant clinic-1/,
      'templates.forTenant',
    ],
    ['answers a promise', () => Promise.resolve({ title: 'late' }), /gave a promise/, 'templates.forTenant'],
    ['rejects', () => Promise.reject(new Error('late')), /gave a promise/, 'templates.forTenant'],
    ['answers a text', 'title', /no pair of templates/, 'templates.forTenant'],
    ['misspells a name', { titel: 'x' }, /no pair of templates/, 'templates.forTenant'],
    ['gives a number', { title: 5 }, /no pair of templates/, 'templates.forTenant.title'],
    [
      'gives a faulty template',
      { title: 'a\n{{ nope }}' },
      /gives for tenant clinic-1 cannot be used.*line 2, column 4/,
      'templates.forTenant.title',
    ],
    [
      'gives a template that takes too much',
      { description: '{% for i in (1..9999999) %}{% endfor %}' },
      /description template that templates\.forTenant gives/,
      'templates.forTenant.description',
    ],
  ])(
    'because forTenant %s, its pushes wait and say why, and nothing is lost',
    async (_name, given, said, path) => {
      const { clinic, tenants } = await clinicWith()
      await using _ = clinic
      tenants.set(owner.tenantId, given)
      const result = await clinic.push('a1')
      if (result.status !== 'queued') throw new Error(`it is ${result.status}`)
      expect(result.error).toMatchObject({ code: 'INVALID_TEMPLATE' })
      expect(result.error?.message).toMatch(said)
      expect(result.error?.message).not.toContain('secret')
      expect(clinic.hand.events()).toEqual([])
      const preview = await clinic.sync.templates.preview(owner).catch((error: unknown) => error)
      expect(preview).toMatchObject({ code: 'INVALID_TEMPLATE', retryable: true })
      expect(isAppointmentSyncError(preview) && preview.problems.map((problem) => problem.path)).toContain(
        path,
      )

      tenants.set(owner.tenantId, { title: 'well again' })
      clinic.clock.advance(20 * 60_000)
      await clinic.sync.tasks.run('drain_outbox')
      expect(onlyEvent(clinic.hand).summary).toBe('well again')
    },
  )

  test('a sweep goes on, and events that stand are left as they are', async () => {
    const { clinic, tenants } = await clinicWith()
    await using _ = clinic
    tenants.set(owner.tenantId, { title: 'stands' })
    await clinic.push('a1')
    tenants.set(owner.tenantId, new Error('down'))
    const swept = await clinic.sync.syncAllAppointmentsForUser(owner)
    expect(swept).toMatchObject({ processed: 1, queued: 1 })
    expect(await clinic.sync.pullFromGoogle(owner)).toMatchObject({ status: 'success' })
    expect(onlyEvent(clinic.hand).summary).toBe('stands')
    // What needs no template goes on.
    await clinic.push('a1', { status: 'cancelled' })
    expect(clinic.hand.events()).toEqual([])
  })
})

test('faulty templates of the options are refused when the SDK is made, each with its place', async () => {
  await using clinic = await openClinic({ connected: false })
  const make = (options: object) => () => createAppointmentSync({ ...clinic.options, ...options })
  const thrown = (options: object): unknown => {
    try {
      make(options)()
    } catch (error) {
      return error
    }
    return null
  }
  expect(
    thrown({
      templates: { title: '{{ nope }}', description: 'ok\n{% fi %}' },
      defaults: { titleTemplate: '{{ client.nome }} {{ x }}' },
    }),
  ).toMatchObject({
    code: 'INVALID_CONFIGURATION',
    problems: [
      { path: 'templates.title', line: 1, column: 4 },
      { path: 'templates.description', line: 2, column: 1 },
      { path: 'defaults.titleTemplate', line: 1, column: 4 },
      { path: 'defaults.titleTemplate', line: 1, column: 22 },
    ],
  })
  expect(thrown({ templates: { title: 5, forTenant: 'x', other: 1 } })).toMatchObject({
    code: 'INVALID_CONFIGURATION',
    problems: [{ path: 'templates.title' }, { path: 'templates.forTenant' }, { path: 'templates' }],
  })
})

describe('settings', () => {
  test('with two faulty templates are refused with everything that is wrong, and nothing is stored', async () => {
    await using clinic = await openClinic()
    const patch = {
      titleTemplate: '{{ a }} {{ b }}',
      descriptionTemplate: '{{ 1 | money: "X" }}',
      eventPrefix: 'new',
    }
    await expect(clinic.sync.integrations.updateSettings(owner, patch)).rejects.toMatchObject({
      code: 'INVALID_TEMPLATE',
      problems: [
        { path: 'titleTemplate', line: 1, column: 4 },
        { path: 'titleTemplate', line: 1, column: 12 },
        { path: 'descriptionTemplate', line: 1 },
      ],
    })
    const { settings } = (await clinic.sync.integrations.get(owner)) ?? {}
    expect(settings).toMatchObject({ titleTemplate: null, eventPrefix: '[Agendamento]' })
  })
})

describe('a preview', () => {
  test('shows the event as a push would write it, without a call to Google or a trace in the storage', async () => {
    await using clinic = await openClinic({
      settings: { colorByStatus: { confirmed: '5' }, invite: 'client' },
    })
    clinic.calls()
    const unsaved = {
      titleTemplate: '{{ weekday }} {{ client.first_name }}',
      settings: { locale: 'en' as const },
    }
    const { event, ...rest } = await clinic.sync.templates.preview(owner, {
      ...unsaved,
      appointment: appointment('a1', { location: 'Room 2' }),
    })
    expect(rest).toEqual({ onCalendar: true, templates: { title: 'request', description: 'built_in' } })
    expect(clinic.calls()).toEqual([])
    expect((await clinic.sync.integrations.get(owner))?.settings).toMatchObject({
      titleTemplate: null,
      locale: 'pt-BR',
    })
    expect((await clinic.sync.integrations.status(owner)).pendingPushes).toBe(0)

    await clinic.sync.integrations.updateSettings(owner, {
      ...unsaved.settings,
      titleTemplate: unsaved.titleTemplate,
    })
    await clinic.push('a1', { location: 'Room 2' })
    const written = onlyEvent(clinic.hand)
    expect(event).toMatchObject({
      title: 'Tuesday João',
      description: written.description,
      location: 'Room 2',
      colorId: '5',
      reminderMinutes: [15, 60],
      status: 'confirmed',
      attendees: [{ email: 'joao@email.com', name: 'João Silva' }],
    })
    expect(written.summary).toBe(event.title)
  })

  test.each([
    ['pt-BR', '[Agendamento] Corte de Cabelo - João Silva'],
    ['en', '[Agendamento] Haircut - Emily Carter'],
    ['es', '[Agendamento] Corte de pelo - Lucía García'],
  ] as const)('of a sample is in the language of the owner: %s', async (locale, title) => {
    await using clinic = await openClinic({ connected: false, settings: { locale } })
    const { event } = await clinic.sync.templates.preview(owner)
    expect(event.title).toBe(title)
    expect(event.time).toMatchObject({ allDay: false, timeZone: 'America/Sao_Paulo' })
  })

  test('keeps from the sample what the settings keep from Google', async () => {
    await using clinic = await openClinic({ connected: false })
    const { event } = await clinic.sync.templates.preview(owner, {
      settings: { includeClientInfo: false, includeNotes: false, invite: 'client' },
    })
    expect(JSON.stringify(event)).not.toMatch(/João|joao|9999|Chegar/)
  })

  test('says when an appointment of that status stands on no calendar', async () => {
    await using clinic = await openClinic({ connected: false })
    const cancelled = { appointment: appointment('a1', { status: 'cancelled' as const }) }
    expect(await clinic.sync.templates.preview(owner, cancelled)).toMatchObject({ onCalendar: false })
  })

  test('says where its templates come from, and null looks past those of the integration', async () => {
    const { clinic, tenants } = await clinicWith({ description: 'general' })
    await using _ = clinic
    tenants.set(owner.tenantId, { title: 'tenant' })
    await clinic.sync.integrations.updateSettings(owner, { titleTemplate: 'own' })
    expect(await clinic.sync.templates.preview(owner)).toMatchObject({
      event: { title: 'own', description: 'general' },
      templates: { title: 'integration', description: 'options' },
    })
    expect(
      await clinic.sync.templates.preview(owner, {
        titleTemplate: null,
        settings: { descriptionTemplate: 'new' },
      }),
    ).toMatchObject({
      event: { title: 'tenant', description: 'new' },
      templates: { title: 'tenant', description: 'request' },
    })
  })

  test.each<[string, object, object]>([
    [
      'both templates are faulty',
      { titleTemplate: '{{ x }}', descriptionTemplate: '\n{{ y | z }}' },
      {
        code: 'INVALID_TEMPLATE',
        problems: [
          { path: 'titleTemplate', line: 1 },
          { path: 'descriptionTemplate', line: 2 },
        ],
      },
    ],
    [
      'settings are wrong',
      { settings: { reminderMinutes: [-1], timeZone: 'Mars' }, titel: 'x' },
      { code: 'INVALID_ARGUMENT' },
    ],
    ['an appointment is wrong', { appointment: { id: 'a1' } }, { code: 'INVALID_APPOINTMENT' }],
    [
      "an appointment is somebody else's",
      { appointment: appointment('a1', { tenantId: 'clinic-2' }) },
      { code: 'INVALID_ARGUMENT', problems: [{ path: 'appointment' }] },
    ],
  ])('is refused when %s', async (_name, request, problem) => {
    await using clinic = await openClinic({ connected: false })
    await expect(clinic.sync.templates.preview(owner, request)).rejects.toMatchObject(problem)
  })

  test('is taken no more once the SDK is closed', async () => {
    await using clinic = await openClinic({ connected: false })
    await clinic.sync.close()
    await expect(clinic.sync.templates.preview(owner)).rejects.toMatchObject({ code: 'CLOSED' })
  })
})

test('templates can be checked without an owner: an empty list is a good answer', async () => {
  await using clinic = await openClinic({ connected: false })
  const { templates } = clinic.sync
  expect(templates.validate({ title: '{{ title }}', description: null })).toEqual([])
  expect(templates.validate({ title: '{{ client.nome }}', description: 'x'.repeat(10_001) })).toMatchObject([
    { path: 'title', line: 1, column: 4 },
    { path: 'description', line: 1, column: 1 },
  ])
  expect(() => templates.validate({ title: 5 } as never)).toThrow(/INVALID_ARGUMENT|cannot be used/)
  expect(templates.variables().map(({ name }) => name)).toContain('starts_at')
})
