import { isRevoked } from '../base/host/is-revoked.ts';
import type { ByteSink } from './contents/byte-sink.ts';
import { isThenable } from '../base/synchronous.ts';
import type { SynchronousResult } from '../base/synchronous.ts';
import { StoreError } from '../errors/store-error.ts';
import type { StoreEvent } from '../model/events.ts';
import type { WatchOptions } from '../watch/selector.ts';
import { watchFrom } from '../watch/watch-from.ts';
import type { Watcher } from '../watch/watcher.ts';
import type { Version, VersionInput } from '../wire/generated/common.ts';
import type { StoreActionInput } from '../wire/generated/raft.ts';
import type { StoreSnapshot, StoreSnapshotInput } from '../wire/generated/snapshot.ts';
import type { Kind, KindInputs } from '../wire/generated/kinds.ts';
import { saveState } from './contents/save.ts';
import type { SnapshotSource } from './contents/snapshot-intake.ts';
import { checkSaveOptions } from './contents/stream-options.ts';
import type { ReplayOptions, RestoreOptions, SaveOptions } from './contents/stream-options.ts';
import { streamState } from './contents/snapshot-stream.ts';
import { checkOptions, checkWriteOptions, noWriteOptions } from './options.ts';
import type { StoreOptions, WriteOptions } from './options.ts';
import { StoreParts } from './parts.ts';
import type { StoreReader } from './reading/reader.ts';
import { collectStats } from './stats.ts';
import type { StoreStats } from './stats.ts';
import { callSite } from './telling/call-site.ts';
import type { LifecycleEvents } from './telling/lifecycle.ts';
import type { ReadSnapshot, ReadTx, Tx } from './transaction/tx.ts';
import { BatchRun } from './writing/batch.ts';
import type { Batch } from './writing/batch.ts';
import type { Decider } from './writing/decider.ts';

/**
 * The cluster-state store: ten indexed tables, transactions, snapshots, and a stream of everything that changes.
 *
 * Reads are synchronous and never wait. Writes run one after the other, first come first served. The new state and its
 * events become visible in one step. All objects of the store are deeply frozen and shared.
 *
 * @example
 * ```ts
 * import { MemoryStore, all, newId } from 'swarmstate';
 *
 * const store = new MemoryStore();
 * const node = await store.update((tx) => tx.nodes.create({ id: newId(), description: { hostname: 'host-1' } }));
 * console.log(node.id, store.view((tx) => tx.nodes.count(all)));
 * ```
 */
export class MemoryStore {
  readonly #parts: StoreParts;
  readonly #decider: Decider;
  readonly #reader: StoreReader;

  constructor(options: StoreOptions = {}) {
    this.#parts = new StoreParts(checkOptions(options));
    this.#decider = this.#parts.decider;
    this.#reader = this.#parts.reader;
  }

  /**
   * The version of the last transaction that was committed here. Undefined in a store with neither a proposer nor a
   * history. After `await update(…)` the version is at least that of the update.
   */
  get version(): Version | undefined {
    return this.#parts.versions.current;
  }

  /** True when the write lock has been held for longer than `wedgeTimeoutMs`. */
  get wedged(): boolean {
    return this.#parts.writer.wedge.wedged;
  }

  /**
   * Runs `callback` on the last committed state and returns its value, synchronously. Where the callback is
   * asynchronous, its state stays the same until its promise settles, while writers commit. O(1).
   */
  view<R>(callback: (tx: ReadTx) => R): R {
    return this.#reader.view(callback);
  }

  /** The last committed state, kept until it is closed. O(1). See {@link ReadSnapshot}. */
  snapshot(): ReadSnapshot {
    return this.#reader.snapshot();
  }

  /**
   * One read/write transaction: all of it happens, or nothing. The callback is synchronous. It may run again on newer
   * state, so side effects do not belong into it. Resolves to the callback's value once the transaction is committed;
   * where the write lock is free and there is no proposer, that has happened when `update` returns.
   *
   * Rejects with what the callback throws, `ERR_ASYNC_CALLBACK`, `ERR_NESTED_UPDATE`, `ERR_STORE_CLOSED`,
   * `ERR_UNAVAILABLE` when too many wait, or the reason of the signal; with a proposer also with its error,
   * `ERR_TRANSACTION_TOO_LARGE`, `ERR_PROPOSER_BROKEN`, and `ERR_OUTCOME_UNKNOWN` when the change may still happen.
   *
   * @example
   * ```ts
   * import { MemoryStore, byServiceId } from 'swarmstate';
   *
   * const store = new MemoryStore();
   * const removed = await store.update((tx) => {
   *   const tasks = tx.tasks.find(byServiceId('web'));
   *   for (const task of tasks) tx.tasks.delete(task.id);
   *   return tasks.length;
   * });
   * console.log(removed);
   * ```
   */
  update<R extends SynchronousResult>(callback: (tx: Tx) => R, options: WriteOptions = noWriteOptions): Promise<R> {
    if (options !== noWriteOptions) {
      try {
        checkWriteOptions(options);
      } catch (error) {
        return Promise.reject(error);
      }
    }
    return this.#decider.update(callback, options.signal, callSite(this.#parts.debug));
  }

  /**
   * Divides much work into steps: `callback` is asynchronous and calls `await batch.update(step)` any number of times.
   * Each step is atomic. Steps are committed in transactions of about 200 changes, and earlier when another writer
   * waits. When the callback rejects, the open transaction is rolled back; earlier commits stay. Resolves to the
   * callback's value.
   */
  batch<R>(callback: (batch: Batch) => Promise<R>): Promise<R> {
    const { writer, decider, debug } = this.#parts;
    try {
      writer.runner.assertNotNested();
      writer.lock.assertOpen();
    } catch (error) {
      return Promise.reject(error);
    }
    return new BatchRun(writer, decider, callSite(debug)).run(callback);
  }

  /** A watcher of the events from here on, see {@link Watcher}. On a closed store the watcher has ended. */
  watch(options: WatchOptions = {}): Watcher {
    return this.#parts.hub.watch(options);
  }

  /**
   * A watcher of the commits after `version`, then of live commits: none is missing, and none comes twice. Without a
   * version it gives live events only. Until the watcher has caught up it reads the log at the speed of its reader and
   * buffers nothing.
   *
   * Rejects with `ERR_VERSIONING_UNSUPPORTED` in a store without a proposer and a history, `ERR_VERSION_OUT_OF_BOUNDS`
   * for a version that is not reached yet, `ERR_LOG_COMPACTED` for one that is not kept any more (also in mid-stream),
   * and with what the proposer throws.
   *
   * @example
   * ```ts
   * import { MemoryStore } from 'swarmstate';
   *
   * const store = new MemoryStore({ history: 1000 });
   * const seen = store.version;
   * await store.update((tx) => tx.nodes.create({ id: 'node-1' }));
   * const watcher = await store.watchFrom(seen);
   * for await (const { version, events } of watcher.commits()) {
   *   console.log(version?.index, events.length);
   *   break;
   * }
   * ```
   */
  watchFrom(version: VersionInput | undefined, options: WatchOptions = {}): Promise<Watcher> {
    return watchFrom(
      { hub: this.#parts.hub, proposer: this.#parts.proposer, current: () => this.version },
      version,
      options,
    );
  }

  /**
   * Runs `callback` on the last committed state and starts a watcher, in one step: the watcher gets every event after
   * that state, and no other. Never waits for a writer. Throws the callback's error; then there is no watcher.
   */
  viewAndWatch<R extends SynchronousResult>(
    callback: (tx: ReadTx) => R,
    options: WatchOptions = {},
  ): { readonly value: R; readonly watcher: Watcher } {
    // The watcher comes first, so that it also gets what the callback itself commits.
    const watcher = this.#parts.hub.watch(options);
    try {
      const value = this.view(callback);
      if (isThenable(value)) {
        throw new StoreError(
          'ERR_ASYNC_CALLBACK',
          'the callback of viewAndWatch returned a promise; it has to be synchronous',
          {},
        );
      }
      return { value, watcher };
    } catch (error) {
      watcher.close();
      throw error;
    }
  }

  /**
   * The contents in swarmkit's form: the store's own frozen objects, in id order. The state is that of the given
   * transaction, else the last committed one. `StoreSnapshot.encode` makes bytes of the result.
   */
  save(tx?: ReadTx): StoreSnapshot {
    return tx === undefined ? this.view((own) => saveState(own)) : saveState(tx);
  }

  /**
   * Replaces the contents, in one transaction. Objects that stay equal give no event. Only the form is checked, so that
   * every snapshot of swarmkit's is accepted. A copy with a history gives the version of the contents, and goes on from
   * it with {@link apply}. Rejects with `ERR_INVALID_OBJECT`, `ERR_NESTED_UPDATE`, `ERR_STORE_CLOSED`; then the
   * contents are as before.
   */
  restore(snapshot: StoreSnapshotInput, options: ReplayOptions = {}): Promise<void> {
    return this.#parts.replayer.restore(snapshot, options);
  }

  /**
   * Writes the contents to a `Writable` or a `WritableStream`, and ends it. The bytes are those of
   * `StoreSnapshot.encode(store.save())` for the state at the call, and a seal that tells a complete snapshot from one
   * that was cut; writers go on meanwhile. The work is done in slices of half a millisecond, and waits for a slow
   * stream. Rejects with the stream's error, the signal's reason, and what `onProgress` throws; then the stream is
   * destroyed.
   *
   * @example
   * ```ts
   * import { createReadStream, createWriteStream } from 'node:fs';
   * import { MemoryStore } from 'swarmstate';
   *
   * const store = new MemoryStore();
   * await store.saveTo(createWriteStream('state.bin'));
   * await store.restoreFrom(createReadStream('state.bin'), { onProgress: ({ objects }) => console.log(objects) });
   * ```
   */
  saveTo(sink: ByteSink, options: SaveOptions = {}): Promise<void> {
    try {
      checkSaveOptions(options);
    } catch (error) {
      return Promise.reject(error);
    }
    const state = this.#reader.states.pin();
    return streamState(this.#parts.tables, state.snapshot, sink, options).finally(state.close);
  }

  /**
   * {@link restore} from bytes that {@link saveTo} wrote: a `Readable`, a `ReadableStream`, anything that gives chunks.
   * Bytes without a matching seal are refused; `sealed: false` takes bytes that swarmkit wrote. The new contents are
   * put together beside the store, in slices of half a millisecond, while readers and writers go on. Writers wait while
   * both contents are compared, in slices too. The replacement is one transaction. O(rows of both), and memory for
   * both. Rejects also with `ERR_INCOMPLETE_SNAPSHOT`, `ERR_DECODE` (the offset counts from the start of the stream),
   * the stream's error, the signal's reason, and what `onProgress` throws.
   */
  restoreFrom(source: SnapshotSource, options: RestoreOptions = {}): Promise<void> {
    return this.#parts.replayer.restoreFrom(source, options);
  }

  /** As {@link restore}, for one table. Rejects with `ERR_UNKNOWN_ACTION` for a kind that there is not. */
  restoreTable<K extends Kind>(kind: K, objects: readonly KindInputs[K][]): Promise<void> {
    return this.#parts.replayer.restoreTable(kind, objects);
  }

  /**
   * Replays a log entry, all or nothing, as a follower of a swarmkit leader does. Rejects with `ERR_UNKNOWN_ACTION`,
   * `ERR_INVALID_OBJECT`, `ERR_EXIST`, `ERR_NOT_EXIST`, `ERR_NO_KIND`, `ERR_EXTENSION_IMMUTABLE`,
   * `ERR_EXTENSION_IN_USE`, `ERR_NESTED_UPDATE`, `ERR_STORE_CLOSED`.
   */
  applyStoreActions(actions: readonly StoreActionInput[], options: ReplayOptions = {}): Promise<void> {
    return this.#parts.replayer.applyStoreActions(actions, options);
  }

  /**
   * Replays one commit of another store, all or nothing. A follower that applies every commit has the same contents.
   * Rejects with `ERR_UNKNOWN_ACTION`, `ERR_INVALID_OBJECT`, `ERR_EXIST`, `ERR_NOT_EXIST`, `ERR_NESTED_UPDATE`,
   * `ERR_STORE_CLOSED`.
   *
   * @example
   * ```ts
   * import { MemoryStore } from 'swarmstate';
   *
   * const source = new MemoryStore();
   * const copy = new MemoryStore();
   * const { value, watcher } = source.viewAndWatch((tx) => source.save(tx));
   * await copy.restore(value);
   * void (async () => {
   *   for await (const commit of watcher.commits()) await copy.apply(commit);
   * })();
   * ```
   */
  apply(commit: {
    readonly version?: VersionInput | undefined;
    readonly events: readonly StoreEvent[];
  }): Promise<void> {
    // A value that is no commit is refused by a rejection, not by a throw.
    const given = isRevoked(commit) ? undefined : (commit as typeof commit | null | undefined);
    return this.#parts.replayer.apply(given?.events, given?.version);
  }

  /** Figures about size and load. O(tables + watchers). */
  stats(): StoreStats {
    return collectStats(this.#parts);
  }

  /**
   * Registers a handler of lifecycle events; returns the function that removes it. A handler that throws keeps no other
   * handler from being called.
   */
  on<E extends keyof LifecycleEvents>(event: E, handler: (payload: LifecycleEvents[E]) => void): () => void {
    return this.#parts.lifecycle.on(event, handler);
  }

  /**
   * Ends writing: the running writer finishes; waiting and later writers are rejected with `ERR_STORE_CLOSED`. Then
   * every watcher ends, after its unread events. Views go on working. A second call waits for the same end.
   */
  close(): Promise<void> {
    return this.#parts.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
