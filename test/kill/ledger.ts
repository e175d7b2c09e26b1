import type { Owner } from 'appointment-sync'
import type { HostEdit } from './worker-messages.ts'

/** What both sides are to say of a booking: when it begins, in epoch milliseconds, or that it is off. */
export type Standing = number | 'off'

/** Something a person did to an event in Google's own page. */
export interface PersonEdit {
  readonly atMs: number
  readonly standing: Standing
}

/** A new title that a person gave an event. */
export interface PersonTitle {
  readonly atMs: number
  readonly title: string
}

/** What is known of one booking, from the outside. */
export interface Account {
  readonly bookingId: string
  readonly owner: Owner
  /** What the last check found: one standing, or two where the sides of an open conflict differ. */
  readonly before: readonly Standing[]
  /** Whether a conflict was open at the last check. */
  readonly openBefore: boolean
  /** Committed by the host since the last check, in this order. */
  readonly hostEdits: { readonly kind: HostEdit['kind']; readonly standing: Standing }[]
  /** Made by the person since the last check, in this order. */
  readonly personEdits: PersonEdit[]
  readonly titles: PersonTitle[]
  /** Whether a conflict was settled by a person since the last check. */
  resolved: boolean
}

/** The record that the test keeps by itself: what was acknowledged, and what a person did. */
export interface Ledger {
  readonly accounts: ReadonlyMap<string, Account>
  /** Ids of the edits whose commit was acknowledged, or read back after a death. */
  readonly committed: ReadonlySet<string>
  /** Edits of either side since the beginning, by kind. */
  readonly counts: ReadonlyMap<string, number>
  /** An edit of the host's is known to be committed. */
  hostCommitted(edit: HostEdit): void
  personEdited(bookingId: string, edit: PersonEdit): void
  personTitled(bookingId: string, title: PersonTitle): void
  /** Somebody settles conflicts of the tenant; which ones is not known beforehand. */
  conflictsResolved(tenantId: string): void
  /** A check went well: the next one starts from what it found. */
  closeEpoch(found: ReadonlyMap<string, { standings: readonly Standing[]; open: boolean }>): void
}

function standingAfter(edit: HostEdit): Standing {
  return edit.kind === 'cancel' ? 'off' : edit.startMs
}

function freshAccount(
  bookingId: string,
  owner: Owner,
  before: readonly Standing[],
  openBefore: boolean,
): Account {
  return { bookingId, owner, before, openBefore, hostEdits: [], personEdits: [], titles: [], resolved: false }
}

export function openLedger(): Ledger {
  const accounts = new Map<string, Account>()
  const committed = new Set<string>()
  const accountOf = (bookingId: string): Account => {
    const account = accounts.get(bookingId)
    if (account === undefined) throw new Error(`no booking ${bookingId} was ever acknowledged`)
    return account
  }
  const counts = new Map<string, number>()
  const count = (kind: string): void => void counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return {
    accounts,
    committed,
    counts,
    hostCommitted: (edit) => {
      committed.add(edit.editId)
      count(`${edit.kind} by the host`)
      if (edit.kind === 'book')
        accounts.set(edit.bookingId, freshAccount(edit.bookingId, edit.owner, [], false))
      accountOf(edit.bookingId).hostEdits.push({ kind: edit.kind, standing: standingAfter(edit) })
    },
    personEdited: (bookingId, edit) => {
      count(edit.standing === 'off' ? 'delete by a person' : 'move by a person')
      accountOf(bookingId).personEdits.push(edit)
    },
    personTitled: (bookingId, title) => {
      count('title by a person')
      accountOf(bookingId).titles.push(title)
    },
    conflictsResolved: (tenantId) => {
      for (const account of accounts.values())
        if (account.owner.tenantId === tenantId) account.resolved = true
    },
    closeEpoch: (found) => {
      for (const [bookingId, { owner }] of accounts) {
        const { standings, open } = found.get(bookingId) ?? { standings: [], open: false }
        accounts.set(bookingId, freshAccount(bookingId, owner, standings, open))
      }
    },
  }
}

/** What may stand: the last word of the only side that spoke, or any word of both as the policy decides. */
export function mayStand(account: Account): readonly Standing[] {
  const { before, openBefore, hostEdits, personEdits } = account
  const host = hostEdits.map(({ standing }) => standing)
  const person = personEdits.map(({ standing }) => standing)
  if (openBefore) return [...before, ...host, ...person]
  if (host.length > 0 && person.length > 0) return [...host, ...person]
  const last = [...host, ...person].at(-1)
  return last === undefined ? before : [last]
}
