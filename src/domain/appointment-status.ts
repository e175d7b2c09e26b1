/** The states of an appointment in the host's book. */
export const APPOINTMENT_STATUSES = ['pending', 'confirmed', 'cancelled', 'completed', 'no_show'] as const

export type AppointmentStatus = (typeof APPOINTMENT_STATUSES)[number]
