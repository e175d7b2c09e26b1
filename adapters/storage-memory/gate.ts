/** Runs one store operation alone; what it gives out is a copy. */
export type Gate = <T>(operation: () => T) => Promise<T>
