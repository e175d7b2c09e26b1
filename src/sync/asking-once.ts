import type { Engine } from './engine.ts'

/** An engine that asks the host once for each appointment: the changed occurrences of a series are all of one. */
export function askingOnce(engine: Engine): Engine {
  const asked = new Map<string, ReturnType<Engine['appointments']['get']>>()
  const { appointments } = engine
  return {
    ...engine,
    appointments: {
      list: (query) => appointments.list(query),
      apply: (change) => appointments.apply(change),
      get: (ref) => {
        const known = asked.get(ref.appointmentId)
        if (known !== undefined) return known
        const answer = appointments.get(ref)
        asked.set(ref.appointmentId, answer)
        return answer
      },
    },
  }
}
