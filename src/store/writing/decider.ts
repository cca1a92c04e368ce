import type { ChangeList } from '../transaction/change-list.ts';
import type { Tx } from '../transaction/tx.ts';
import type { WriteTransaction } from '../transaction/write-transaction.ts';

/** How often a transaction that lost a race is built, where the proposer does not say. */
export const MAX_ATTEMPTS = 10;

/**
 * The outcome of a transaction that was offered. A transaction that lost a race may win the next one on newer state.
 */
export type Outcome =
  { readonly committed: true } | { readonly committed: false; readonly error: unknown; readonly lostRace: boolean };

/**
 * Decides which transactions happen: at once in a store of its own, by the proposer in a store that has one. A store
 * has one decider for its whole life; nothing else asks whether there is a proposer.
 */
export interface Decider {
  /** True where the contents belong to the proposer's log, and no call of the user may replace them. */
  readonly ownsContents: boolean;
  /** The largest transaction, in bytes of the encoded request; undefined where there is no limit. */
  readonly maxTransactionBytes: number | undefined;
  /** How often a transaction that lost a race is built again, before its caller gets the error. */
  readonly maxAttempts: number;
  /** Proposals of more than one update, since the start, and the updates in them. */
  readonly groups: number;
  readonly groupedUpdates: number;
  /** Runs one update as a transaction, see `MemoryStore.update`. */
  update<R>(callback: (tx: Tx) => R, signal: AbortSignal | undefined, callSite: string | undefined): Promise<R>;
  /**
   * Decides an open transaction, with the write lock held: afterwards the transaction is committed and published, or
   * rolled back. Undefined: it is committed already.
   */
  decide(transaction: WriteTransaction, changes: ChangeList): Promise<Outcome> | undefined;
}
