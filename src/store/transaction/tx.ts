import type { By } from '../../model/find/finder.ts';
import type { tableNames } from '../../model/schema/kinds.ts';
import type { Version } from '../../wire/generated/common.ts';
import type { Kind, KindDrafts, KindInputs, Kinds } from '../../wire/generated/kinds.ts';

/** Options of an `iterate` that pauses for the event loop. */
export interface IterateOptions {
  /** The longest time without a pause, in milliseconds: 5 is a good start. */
  readonly yieldAfterMs: number;
  /** Ends the walk: it rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

/** A table for reading. Its objects are deeply frozen and shared with the store: they may be kept and never change. */
export interface ReadTable<K extends Kind> {
  /** The object with that id, or undefined. O(1). */
  get(id: string): Kinds[K] | undefined;
  /**
   * The objects that `by` finds, in the order of the finder's keys, then of ids, both as UTF-8 bytes. A frozen array,
   * possibly the same as before. O(result), for prefixes O(log n + result). Throws `ERR_INVALID_FIND_BY`.
   */
  find(by: By<K>): readonly Kinds[K][];
  /**
   * How many objects `by` finds, without building the array. O(1) for `all`, ids and exact keys. Throws
   * `ERR_INVALID_FIND_BY`.
   */
  count(by: By<K>): number;
  /**
   * The result of `find`, one object after the other. A whole table or a prefix is walked without building an array.
   * Inside a `Tx` the walk sees the state at the call. Throws `ERR_INVALID_FIND_BY` at once, and `ERR_TX_CLOSED` when
   * the iterator is used after the end of its transaction.
   */
  iterate(by: By<K>): IterableIterator<Kinds[K], undefined>;
  /**
   * The same walk for long work in an asynchronous view or a snapshot, with pauses for the event loop. In a write
   * transaction, which is synchronous, it throws `ERR_ASYNC_CALLBACK`.
   *
   * @example
   * ```ts
   * import { MemoryStore, all } from 'swarmstate';
   *
   * const store = new MemoryStore();
   * await store.view(async (tx) => {
   *   for await (const task of tx.tasks.iterate(all, { yieldAfterMs: 5 })) console.log(task.id);
   * });
   * ```
   */
  iterate(by: By<K>, options: IterateOptions): AsyncIterableIterator<Kinds[K], undefined>;
}

/** A consistent state of the ten tables, for reading. Used after its end, it throws `ERR_TX_CLOSED`. */
export type ReadTx = { readonly [K in Kind as (typeof tableNames)[K]]: ReadTable<K> } & {
  /** The version of the state, where transactions are numbered. */
  readonly version: Version | undefined;
  /** A table by its kind, for generic code. */
  table<K extends Kind>(kind: K): ReadTable<K>;
};

/**
 * A state that stays readable, and exact, until it is closed, however many writers commit meanwhile. While it is open,
 * one old version of each changed object stays in memory: close it, or declare it with `using`. A forgotten snapshot is
 * closed when the garbage collector finds it.
 */
export type ReadSnapshot = ReadTx & {
  /** Ends the snapshot; later reads throw `ERR_TX_CLOSED`. Closing it again does nothing. */
  close(): void;
  [Symbol.dispose](): void;
};

/** A table for reading and writing. Reads see the transaction's own changes. */
export interface WriteTable<K extends Kind> extends ReadTable<K> {
  /**
   * Stores a new object and returns it as it is stored. The input is validated and copied, never changed; objects of
   * the store's own are shared. Throws `ERR_INVALID_OBJECT`, `ERR_NO_KIND`, `ERR_NAME_CONFLICT`, `ERR_EXIST`, checked
   * in this order, and last of all `ERR_INVALID_OBJECT` for a volume without a driver. O(size of the input).
   */
  create(input: KindInputs[K]): Kinds[K];
  /**
   * Replaces an object as a whole and returns it as it is stored. Throws `ERR_INVALID_OBJECT`,
   * `ERR_EXTENSION_IMMUTABLE`, `ERR_NO_KIND`, `ERR_NAME_CONFLICT`, `ERR_NOT_EXIST`; with a proposer
   * `ERR_SEQUENCE_CONFLICT` when the given version is not the stored one. O(size of what differs from the stored
   * object).
   */
  update(input: KindInputs[K]): Kinds[K];
  /**
   * Edits the stored object with a recipe and returns it as it is stored. A recipe that changes nothing, by value,
   * writes and publishes nothing. Values that the recipe assigns are completed and copied when the recipe has ended.
   * Objects of the store are frozen: assign a changed copy, `{ ...service.spec.task, … }`.
   *
   * A recipe may return a new object instead: `(draft) => ({ ...draft, slot: 2 })`. It is checked as an update, and
   * keeps the stored `meta`.
   *
   * Throws `ERR_NOT_EXIST`, `ERR_INVALID_OBJECT`, `ERR_ASYNC_CALLBACK`, the errors of `update`, what the recipe throws,
   * and `ERR_NESTED_UPDATE` in a recipe that writes its own object through the transaction.
   *
   * @example
   * ```ts
   * import { MemoryStore, TaskState, newId } from 'swarmstate';
   *
   * const store = new MemoryStore();
   * const task = await store.update((tx) => tx.tasks.create({ id: newId() }));
   * await store.update((tx) =>
   *   tx.tasks.modify(task.id, (draft) => {
   *     draft.desiredState = TaskState.SHUTDOWN;
   *   }),
   * );
   * ```
   */
  modify(id: string, recipe: (draft: KindDrafts[K]) => KindInputs[K] | KindDrafts[K] | void): Kinds[K];
  /** Deletes an object. Throws `ERR_NOT_EXIST`, `ERR_EXTENSION_IN_USE`. */
  delete(id: string): void;
}

/** The ten tables of a write transaction. Used after its end, it throws `ERR_TX_CLOSED`. */
export type Tx = { readonly [K in Kind as (typeof tableNames)[K]]: WriteTable<K> } & {
  /** The version of the state that the transaction started from, where transactions are numbered. */
  readonly version: Version | undefined;
  /** A table by its kind, for generic code. */
  table<K extends Kind>(kind: K): WriteTable<K>;
};
