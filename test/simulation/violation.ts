/** Something that must never happen, and did. */
export interface Violation {
  /** Which promise was broken; the same for the same kind of break, so that shrinking can hold on to it. */
  readonly kind: string
  readonly detail: string
}

/** Reports a violation; the first one of a run ends it. */
export type Fail = (kind: string, detail: string) => void
