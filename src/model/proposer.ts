import type { Version, VersionInput } from '../wire/generated/common.ts';
import type { StoreAction, StoreActionInput } from '../wire/generated/raft.ts';
import type { StoreSnapshotInput } from '../wire/generated/snapshot.ts';

/** Options of a proposal. */
export interface ProposalOptions {
  /**
   * Aborts when no caller waits for the outcome any more. The proposer may then give up. The proposal has to settle all
   * the same: with an error if nothing was written, with `ERR_OUTCOME_UNKNOWN` if the entry may still land.
   */
  readonly signal?: AbortSignal | undefined;
}

/** One entry of a proposer's log. */
export interface Change {
  readonly version: Version;
  readonly storeActions: readonly StoreAction[];
}

/**
 * The hook that makes a store's changes durable or replicated. The store offers every transaction to its proposer, and
 * commits the transaction when the proposer calls `commit`.
 */
export interface Proposer {
  /**
   * Offers one transaction. The proposer calls `commit` when its entry is decided and before any other change reaches
   * the store, then resolves. `commit` without an argument takes the version from `getVersion()`.
   *
   * An error before `commit` means that the transaction does not happen. The code `ERR_PROPOSAL_CONFLICT` means that
   * the transaction lost a race, and that the store may build it again on the newer state.
   */
  proposeValue(
    actions: readonly StoreAction[],
    commit: (version?: VersionInput) => void,
    options: ProposalOptions,
  ): Promise<void>;
  /**
   * Offers several transactions together: all of them happen, in this order and with consecutive versions, or none.
   * Without this method, the store offers its transactions one at a time.
   */
  proposeGroup?(
    transactions: readonly (readonly StoreAction[])[],
    commit: (versions?: readonly VersionInput[]) => void,
    options: ProposalOptions,
  ): Promise<void>;
  /**
   * The version of the last transaction that was applied to this store, not the newest version of the log. Undefined
   * when there is no version now.
   */
  getVersion(): VersionInput | undefined;
  /**
   * The entries after `from`, up to and including `to`, in order. Throws `ERR_LOG_COMPACTED` when the log no longer has
   * all of them.
   */
  changesBetween(from: Version, to: Version): Iterable<Change> | AsyncIterable<Change>;
  /**
   * Called once, by the store that the proposer is given to. A proposer with this method keeps the store's contents in
   * step with those of other members. `signal` aborts with `ERR_STORE_CLOSED` when the store has closed: feeds, timers
   * and connections of this store end then.
   */
  attach?(replica: Replica, signal: AbortSignal): void;
  /** The largest transaction that the proposer takes, in bytes of the encoded `InternalRaftRequest`. */
  readonly maxTransactionBytes?: number | undefined;
  /** The most transactions in one call of `proposeGroup`; 500 where not given. Read for each group. */
  readonly maxGroup?: number | undefined;
  /**
   * How often a transaction that loses races is built, before its caller gets `ERR_PROPOSAL_CONFLICT`; 10 times where
   * not given.
   */
  readonly maxAttempts?: number | undefined;
}

/** Options of {@link Replica.restoreFrom}. */
export interface ReplicaRestoreOptions {
  /** Gives up: the call rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /** True, where not given: bytes without a matching seal are refused with `ERR_INCOMPLETE_SNAPSHOT`. */
  readonly sealed?: boolean | undefined;
  /** Called now and then, and at the end, with the objects and bytes that were read. */
  readonly onProgress?: ((progress: { readonly objects: number; readonly bytes: number }) => void) | undefined;
}

/**
 * The way in for changes of other members. The calls may be made at any time. They wait for the end of a transaction
 * that is open or being proposed, so they must not be awaited inside `propose…`. They run in their order, before any
 * writer in the write queue.
 */
export interface Replica {
  /**
   * Applies the entry of another member. Rejects when the entry cannot be applied: the store has then diverged, and
   * emits the event `diverged`.
   */
  apply(actions: readonly StoreActionInput[], version: VersionInput): Promise<void>;
  /** Replaces the contents by those of a snapshot, in one synchronous step; its commit carries `reset`. */
  restore(snapshot: StoreSnapshotInput, version: VersionInput): Promise<void>;
  /**
   * Replaces the contents by those of a stream of a snapshot's bytes. The work is done in slices of half a millisecond:
   * the event loop, readers and writers go on while the contents are read. Later calls wait for this one. A transaction
   * that loses a race meanwhile is built again on the new contents.
   *
   * Rejects with `ERR_INCOMPLETE_SNAPSHOT`, `ERR_DECODE`, `ERR_INVALID_OBJECT`, the error of the stream, the signal's
   * reason, and `ERR_STORE_CLOSED`; then the contents are as before.
   */
  restoreFrom(
    source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    version: VersionInput,
    options?: ReplicaRestoreOptions,
  ): Promise<void>;
  /** Says that the log cannot be reached, so the contents may be old. The store emits the event `stale`. */
  stale(reason?: unknown): void;
  /** Says that the log can be reached again. The store emits the event `live`. */
  live(): void;
  /** Says that the log no longer fits the contents. The store emits the event `diverged`. */
  diverged(error: unknown, version: VersionInput): void;
  /** Rejects the writers that wait in the write queue now. The holder of the write lock goes on. */
  refuseWaiting(reason: unknown): void;
}
