import {
  type Appointment,
  appointmentSchema,
  type CheckedAppointment,
  DEFAULT_SETTINGS,
  type SyncSettings,
} from '../../src/domain/index.ts'

/** The appointment of the examples in the docs. */
export function anAppointment(changes: Partial<Appointment> = {}): Appointment {
  return {
    id: 'appointment-1',
    tenantId: 'tenant-1',
    userId: 'user-1',
    status: 'confirmed',
    start: '2026-05-01T09:00:00-03:00',
    end: '2026-05-01T09:30:00-03:00',
    service: { name: 'Corte de Cabelo', durationMinutes: 30 },
    client: { name: 'João Silva', phone: '(11) 99999-9999', email: 'joao@email.com' },
    professional: { name: 'Maria Santos' },
    updatedAt: '2026-04-01T00:00:00Z',
    ...changes,
  }
}

/** The same, checked. */
export function aCheckedAppointment(changes: Partial<Appointment> = {}): CheckedAppointment {
  return appointmentSchema.parse(anAppointment(changes))
}

/** The default settings with changes. */
export function settingsWith(changes: Partial<SyncSettings> = {}): SyncSettings {
  return { ...DEFAULT_SETTINGS, ...changes }
}
