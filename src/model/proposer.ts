import type { Version, VersionInput } from '../wire/generated/common.ts';
import type { StoreAction, StoreActionInput } from '../wire/generated/raft.ts';
import type { StoreSnapshotInput } from '../wire/generated/snapshot.ts';

/** What a proposer may be told while it works. */
export interface ProposalOptions {
  /**
   * Aborts when nobody waits for the outcome any more. The proposer may then give up, but it has to settle: by
   * `commit`, by an error that says that nothing was written, or by `ERR_OUTCOME_UNKNOWN` when the entry may still
   * land.
   */
  readonly signal?: AbortSignal | undefined;
}

/** One entry of a proposer's history. */
export interface Change {
  readonly version: Version;
  readonly storeActions: readonly StoreAction[];
}

/**
 * The hook between a store and whatever makes its changes durable or replicated: every transaction is offered to it
 * before it happens, and happens when it says so.
 */
export interface Proposer {
  /**
   * Offers one transaction. Calls `commit` once its entry is decided, and before anything else touches the store, then
   * resolves. An error before `commit` means that the transaction does not happen; one with the code
   * `ERR_PROPOSAL_CONFLICT`, that it lost a race and may be built anew on newer state. Without an argument, the version
   * is what `getVersion()` says inside `commit`.
   */
  proposeValue(
    actions: readonly StoreAction[],
    commit: (version?: VersionInput) => void,
    options: ProposalOptions,
  ): Promise<void>;
  /**
   * Offers several transactions together: all of them happen, in this order and under consecutive versions, or none.
   * Where it is missing, transactions are offered one at a time.
   */
  proposeGroup?(
    transactions: readonly (readonly StoreAction[])[],
    commit: (versions?: readonly VersionInput[]) => void,
    options: ProposalOptions,
  ): Promise<void>;
  /**
   * The version of the last transaction that was applied to this store, never the engine's newest. Undefined: no
   * versions now.
   */
  getVersion(): VersionInput | undefined;
  /**
   * The entries after `from`, up to and with `to`, in order. Throws `ERR_LOG_COMPACTED` when they are not kept any
   * more.
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
 * The way in for changes of other members. The calls may be made at any time and should not be awaited inside
 * `propose…`: while a transaction is open or being proposed they wait for its end. They run in their order, before any
 * writer in the write queue.
 */
export interface Replica {
  /**
   * Applies the entry of another member. Rejects when it cannot be applied: the store has diverged, and says so by
   * `diverged`.
   */
  apply(actions: readonly StoreActionInput[], version: VersionInput): Promise<void>;
  /** Replaces the contents by those of a snapshot, in one synchronous step; its commit carries `reset`. */
  restore(snapshot: StoreSnapshotInput, version: VersionInput): Promise<void>;
  /**
   * The same from a stream of a snapshot's bytes, in slices of half a millisecond: the event loop, readers and writers go
   * on while the contents are read. Changes that are given later wait for it, and a transaction that loses a race
   * meanwhile is built anew on the new contents. Rejects with `ERR_INCOMPLETE_SNAPSHOT`, `ERR_DECODE`, `ERR_INVALID_OBJECT`, the error of the
   * stream, the signal's reason, and `ERR_STORE_CLOSED`; then the contents are as before.
   */
  restoreFrom(
    source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    version: VersionInput,
    options?: ReplicaRestoreOptions,
  ): Promise<void>;
  /** Says that the engine cannot be reached: the contents may be old. The store tells it by the event `stale`. */
  stale(reason?: unknown): void;
  /** Says that the engine can be reached again. The store tells it by the event `live`. */
  live(): void;
}
