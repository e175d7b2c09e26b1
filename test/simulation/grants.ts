/** Which grants Google ended, told apart from those it made afterwards. A grant is named by its authorization code. */
export class Grants {
  readonly #accounts = new Map<string, string>()
  /** Of which grant a token is. */
  readonly #tokens = new Map<string, string>()
  /** How often all grants of an account were ended. */
  readonly #ended = new Map<string, number>()
  /** The same count at the moment a grant was made. */
  readonly #made = new Map<string, number>()
  readonly #revoked = new Set<string>()

  /** A person of this account came back from the consent page with this code. */
  consented(code: string, email: string): void {
    this.#accounts.set(code, email)
  }

  /** Google gave tokens for a code, or for an earlier token. */
  gave(
    asked: { readonly code: string | null; readonly token: string | null },
    tokens: readonly string[],
  ): void {
    const code = asked.code ?? this.#tokens.get(asked.token ?? '')
    if (code === undefined) return
    for (const given of tokens) this.#tokens.set(given, code)
    if (asked.code !== null) this.#made.set(code, this.#endedOf(code))
  }

  /** Google ended the grant of a token. Gives its code. */
  revoked(token: string): string | undefined {
    const code = this.#tokens.get(token)
    if (code !== undefined) this.#revoked.add(code)
    return code
  }

  /** Google ended all grants of an account. */
  end(email: string): void {
    this.#ended.set(email, (this.#ended.get(email) ?? 0) + 1)
  }

  /** Whether the grant of a code still stands. */
  stands(code: string): boolean {
    return this.#made.get(code) === this.#endedOf(code) && !this.#revoked.has(code)
  }

  #endedOf(code: string): number {
    return this.#ended.get(this.#accounts.get(code) ?? '') ?? 0
  }
}
