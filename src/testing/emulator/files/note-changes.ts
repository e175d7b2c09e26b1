/** Whether a value is one that things are done with: an object with methods, such as a user's hand. */
function isActor(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).some((member) => typeof member === 'function')
}

/**
 * The same object, whose methods say `changed` after each call; so do the objects it holds and hands out. Used
 * for what a test does in the process, where no request passes by that could be noticed.
 */
export function noteChanges<Actor extends object>(actor: Actor, changed: () => void): Actor {
  const noted = (value: unknown): unknown => (isActor(value) ? noteChanges(value, changed) : value)
  return new Proxy(actor, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return noted(member)
      return (...given: unknown[]): unknown => {
        try {
          return noted(Reflect.apply(member, target, given))
        } finally {
          changed()
        }
      }
    },
  })
}
