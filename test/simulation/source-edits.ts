/** A text of a source file that is replaced while the file is read; the file itself stays as it is. */
export interface SourceEdit {
  /** From the root of the repository. */
  readonly file: string
  /** Occurs exactly once. */
  readonly find: string
  readonly replace: string
}

/** Reads the edits of a process from its environment variable; absent means none. */
export function readEdits(json: string | undefined): SourceEdit[] {
  return json === undefined || json === '' ? [] : (JSON.parse(json) as SourceEdit[])
}

/** The text with the edits made. Throws for one whose `find` does not occur exactly once. */
export function applyEdits(text: string, edits: readonly SourceEdit[], file: string): string {
  return edits.reduce((edited, { find, replace }) => {
    const found = edited.split(find).length - 1
    if (found === 1) return edited.replace(find, () => replace)
    throw new Error(`${file} holds ${found} times, not once:\n${find}\nAnchor the mutant anew.`)
  }, text)
}
