/** An append of a value to the list `key`, or a read of the whole list, own appends of the transaction included. */
export type HistoryOperation =
  | { readonly type: 'append'; readonly key: string; readonly value: number }
  | { readonly type: 'read'; readonly key: string; readonly values: readonly number[] };

/** `ok`: it has committed. `failed`: it certainly has not. `unknown`: nobody knows, or it never ended. */
export type HistoryOutcome = 'ok' | 'failed' | 'unknown';

/** A transaction over lists, as its client saw it. */
export interface HistoryTransaction {
  /** The client. A client runs its transactions one after the other; after an unknown outcome it is a new client. */
  readonly process: string;
  /** The place of the call among all calls and returns of the history, from one counter. */
  readonly invoked: number;
  /** The place of the return. Only the return of a transaction that is `ok` counts. */
  readonly returned: number;
  readonly outcome: HistoryOutcome;
  /** In the order in which the transaction ran them. Reads of a transaction that is not `ok` do not count. */
  readonly operations: readonly HistoryOperation[];
  /**
   * False for a plain read, which may see an older state than the newest one. Such a transaction has to see what its
   * own process has seen before. Every other transaction has to see everything that returned before its call.
   */
  readonly fresh: boolean;
}

/** The lists of one member at the end, when nothing runs any more. A list that is missing is empty. */
export interface FinalLists {
  readonly member: string;
  readonly lists: ReadonlyMap<string, readonly number[]>;
}

/** A complete run: the transactions of all clients, and the lists of all members at the end. */
export interface History {
  readonly transactions: readonly HistoryTransaction[];
  readonly finals: readonly FinalLists[];
}

/**
 * The ways in which a history can be wrong.
 *
 * - `internal`: a transaction does not see its own appends, or two reads of it disagree.
 * - `duplicate`: an element is twice in a list. `garbage`: nobody appended it.
 * - `G1a`: a read of an append that failed. `G1b`: a read of an append that its transaction went on from.
 * - `future-read`: a transaction reads what it appends later.
 * - `dirty-update`: an append is behind an append that failed.
 * - `incompatible-order`: a list is no prefix of a longer one. `diverged`: two members differ at the end.
 * - `lost-append`: a committed append is missing at the end.
 * - `lost-update`: two transactions saw the same list and both appended to it.
 * - `G0`: transactions write in a circle. `G1c`: they write and see each other in a circle. `G-single`, `G2`: the
 *   circle has one, or several, transactions that did not see an append of the next one.
 * - `session`: a circle that needs the order of a process. `stale-read`: one that needs the order of real time.
 */
export type AnomalyName =
  | 'internal'
  | 'duplicate'
  | 'garbage'
  | 'G1a'
  | 'G1b'
  | 'future-read'
  | 'dirty-update'
  | 'incompatible-order'
  | 'diverged'
  | 'lost-append'
  | 'lost-update'
  | 'G0'
  | 'G1c'
  | 'G-single'
  | 'G2'
  | 'session'
  | 'stale-read';

/** Something that a correct store cannot have done. */
export interface Anomaly {
  readonly name: AnomalyName;
  /** The transactions and lists, with the reason of each step. */
  readonly message: string;
}
