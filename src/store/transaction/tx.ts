import type { SynchronousResult } from '../../base/synchronous.ts';
import type { By } from '../../model/find/finder.ts';
import type { tableNames } from '../../model/schema/kinds.ts';
import type { Version } from '../../wire/generated/common.ts';
import type { Kind, KindDrafts, KindInputs, Kinds } from '../../wire/generated/kinds.ts';

/** Options of an `iterate` that gives others a turn. */
export interface IterateOptions {
  /** For how many milliseconds at most the walk goes on before the event loop gets a turn: 5 is a good start. */
  readonly yieldAfterMs: number;
  /** Ends the walk: it rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A table, as a reader sees it. Everything it gives is deeply frozen and shared with the store: keep it, never change
 * it.
 */
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
   * What `find` gives, one object after the other; a whole table or a prefix is walked without building an array.
   * Inside a `Tx` it is the state at the call. Throws `ERR_INVALID_FIND_BY` at once, and `ERR_TX_CLOSED` when it is
   * used after the end of its transaction.
   */
  iterate(by: By<K>): IterableIterator<Kinds[K], undefined>;
  /**
   * The same walk for long work in an asynchronous view or a snapshot: it gives the event loop a turn whenever it has
   * gone on for a while. Not for write transactions, which are synchronous: there it throws `ERR_ASYNC_CALLBACK`.
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
 * A state that its holder keeps for as long as they like, exact however many writers commit meanwhile. It costs nothing
 * by itself, but as long as it is open, one old version of each object that changes stays in memory: close it, or
 * declare it with `using`. One that is forgotten is closed when the garbage collector finds it.
 */
export type ReadSnapshot = ReadTx & {
  /** Ends the snapshot; later reads throw `ERR_TX_CLOSED`. Closing it again does nothing. */
  close(): void;
  [Symbol.dispose](): void;
};

/** A table, as a write transaction sees it: its reads see the transaction's own changes. */
export interface WriteTable<K extends Kind> extends ReadTable<K> {
  /**
   * Stores a new object and returns it as it is stored. The input is validated and copied, never changed; objects that
   * the store gave out are shared. Throws `ERR_INVALID_OBJECT`, `ERR_NO_KIND`, `ERR_NAME_CONFLICT`, `ERR_EXIST`,
   * checked in this order, and last of all `ERR_INVALID_OBJECT` for a volume without a driver. O(size of the input).
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
   * writes and publishes nothing. What the recipe assigns is read back as it was given, and completed and copied in the
   * end: change it before it is assigned, `{ ...service.spec.task, … }`, because the store's own objects are frozen.
   * Throws `ERR_NOT_EXIST`, `ERR_INVALID_OBJECT`, `ERR_ASYNC_CALLBACK`, the errors of `update`, and what the recipe
   * throws.
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
  modify(id: string, recipe: (draft: KindDrafts[K]) => SynchronousResult): Kinds[K];
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
