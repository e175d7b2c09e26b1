import { z } from 'zod'
import {
  type Appointment,
  type CheckedAppointment,
  type EventFields,
  MAX_TEMPLATE_LENGTH,
  type Owner,
  ownerSchema,
  settingsPatchSchema,
  type SyncSettings,
  type TemplateTexts,
} from '../domain/index.ts'
import { AppointmentSyncError, parseOrThrow, type Problem } from '../errors/index.ts'
import {
  renderEvent,
  sampleAppointment,
  templateProblems,
  type TemplateSource,
  type TemplateVariable,
  validateTemplates,
  VARIABLE_TABLE,
} from '../templating/index.ts'
import { checkAppointment } from './app-side.ts'
import type { Engine } from './engine.ts'

/** What is to be previewed; everything that is absent is as it stands. */
export interface PreviewRequest {
  /** Not saved yet; `null` for what holds when the integration has none. */
  readonly titleTemplate?: string | null | undefined
  /** Not saved yet; `null` for what holds when the integration has none. */
  readonly descriptionTemplate?: string | null | undefined
  /** Settings that are not saved yet, over the integration's. */
  readonly settings?: Partial<SyncSettings> | undefined
  /** One of the owner's own. Default a sample in the language of the settings. */
  readonly appointment?: Appointment | undefined
}

/** An event as it would be written. */
export interface EventPreview {
  readonly event: EventFields
  /** Whether an appointment of this status stands on the calendar at all. */
  readonly onCalendar: boolean
  /** Where each template comes from. */
  readonly templates: {
    readonly title: TemplateSource | 'request'
    readonly description: TemplateSource | 'request'
  }
}

/** The calls behind `sync.templates`. */
export interface Templates {
  preview(owner: Owner, request?: PreviewRequest): Promise<EventPreview>
  validate(texts: TemplateTexts): Problem[]
  variables(): readonly TemplateVariable[]
}

const template = z.string().max(MAX_TEMPLATE_LENGTH).nullable().optional()

const requestSchema = z.strictObject({
  titleTemplate: template,
  descriptionTemplate: template,
  settings: settingsPatchSchema.optional(),
  // Checked by itself, so that its problems are those of every appointment.
  appointment: z.unknown().optional(),
})

// Its length is a fault of the template, with a place, like every other one.
const textsSchema = z.strictObject({
  title: z.string().nullable().optional(),
  description: z.string().nullable().optional(),
})

/** Makes the calls. `defaults` are the settings of an owner who never connected. */
export function createTemplates(
  engine: Pick<Engine, 'storage' | 'templates'>,
  defaults: SyncSettings,
): Templates {
  return {
    preview: async (owner, request = {}) => {
      const whose = parseOrThrow(ownerSchema, owner, 'INVALID_ARGUMENT', 'The owner')
      const asked = parseOrThrow(requestSchema, request, 'INVALID_ARGUMENT', 'The preview')
      const unsaved = unsavedTexts(asked)
      validateTemplates({ title: unsaved.titleTemplate, description: unsaved.descriptionTemplate })
      const integration = await engine.storage.integrations.find(whose)
      const settings: SyncSettings = {
        ...(integration?.settings ?? defaults),
        ...present(asked.settings ?? {}),
        ...unsaved,
      }
      const appointment =
        request.appointment === undefined
          ? sampleAppointment(settings.locale, settings.timeZone, whose)
          : ownAppointment(request.appointment, whose)
      const chosen = engine.templates.choose(whose.tenantId, settings)
      const sourceOf = (kind: 'title' | 'description') =>
        typeof unsaved[`${kind}Template`] === 'string' ? 'request' : chosen.sources[kind]
      return {
        event: renderEvent(appointment, chosen.settings, chosen.origins),
        onCalendar: settings.statuses.includes(appointment.status),
        templates: { title: sourceOf('title'), description: sourceOf('description') },
      }
    },
    validate: (texts) =>
      templateProblems(parseOrThrow(textsSchema, texts, 'INVALID_ARGUMENT', 'The templates'), (kind) => kind),
    variables: () => VARIABLE_TABLE,
  }
}

type Unsaved = Partial<Pick<SyncSettings, 'titleTemplate' | 'descriptionTemplate'>>

/** The templates of the call itself stand over those among its settings. */
function unsavedTexts({
  titleTemplate,
  descriptionTemplate,
  settings,
}: z.output<typeof requestSchema>): Unsaved {
  return {
    ...present({
      titleTemplate: settings?.titleTemplate,
      descriptionTemplate: settings?.descriptionTemplate,
    }),
    ...present({ titleTemplate, descriptionTemplate }),
  }
}

function present<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const given = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given) as { [K in keyof T]?: Exclude<T[K], undefined> }
}

/** A preview must not show one owner what belongs to another. */
function ownAppointment(given: Appointment, owner: Owner): CheckedAppointment {
  const appointment = checkAppointment(given)
  if (appointment.tenantId === owner.tenantId && appointment.userId === owner.userId) return appointment
  throw new AppointmentSyncError({
    code: 'INVALID_ARGUMENT',
    message: `Appointment ${appointment.id} is not one of user ${owner.userId} of tenant ${owner.tenantId}. Nothing was rendered; give one of theirs.`,
    problems: [{ path: 'appointment', message: 'must be of the same tenantId and userId as the owner' }],
  })
}
