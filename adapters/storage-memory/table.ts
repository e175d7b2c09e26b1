/** How to take back what a transaction did, step by step; `null` while there is none. */
export interface Journal {
  steps: (() => void)[] | null
}

/** Rows by key. Inside a transaction every change notes how to take it back, so that nothing is copied to begin one. */
export class Table<R> {
  readonly #rows = new Map<string, R>()
  readonly #journal: Journal

  constructor(journal: Journal) {
    this.#journal = journal
  }

  get(key: string): R | undefined {
    return this.#rows.get(key)
  }

  has(key: string): boolean {
    return this.#rows.has(key)
  }

  values(): MapIterator<R> {
    return this.#rows.values()
  }

  entries(): MapIterator<[string, R]> {
    return this.#rows.entries()
  }

  set(key: string, row: R): void {
    this.#note(key)
    this.#rows.set(key, row)
  }

  delete(key: string): void {
    this.#note(key)
    this.#rows.delete(key)
  }

  #note(key: string): void {
    const { steps } = this.#journal
    if (steps === null) return
    const before = this.#rows.get(key)
    steps.push(before === undefined ? () => this.#rows.delete(key) : () => this.#rows.set(key, before))
  }
}
