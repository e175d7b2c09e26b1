import { breaking, type Mutants } from './breaking.ts'

/** Storages that keep conflicts wrongly, by what the fault is. */
export const conflictMutants: Mutants = {
  'who decided about a conflict is forgotten': () =>
    breaking(({ conflicts }) => ({
      conflicts: {
        ...conflicts,
        replace: (conflict, expected) =>
          conflicts.replace(
            { ...conflict, decisions: conflict.decisions.map((decision) => ({ ...decision, by: null })) },
            expected,
          ),
      },
    })),
  'only the latest decision about a conflict is kept': () =>
    breaking(({ conflicts }) => ({
      conflicts: {
        ...conflicts,
        replace: (conflict, expected) =>
          conflicts.replace({ ...conflict, decisions: conflict.decisions.slice(-1) }, expected),
      },
    })),
}
