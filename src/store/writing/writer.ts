import type { Emitter } from '../../base/emitter.ts';
import type { Database } from '../../engine/database.ts';
import type { PreparedState } from '../../engine/prepared-state.ts';
import { StoreError } from '../../errors/store-error.ts';
import type { Version, VersionInput } from '../../wire/generated/common.ts';
import { ChangeList } from '../transaction/change-list.ts';
import type { Instant } from '../../base/clock.ts';
import { startTimer, stopTimer } from '../telling/diagnostics.ts';
import { commitOf } from '../../model/events.ts';
import type { Commit, ObjectEvent } from '../../model/events.ts';
import type { LifecycleEvents, WedgedEvent } from '../telling/lifecycle.ts';
import type { Proposer } from '../../model/proposer.ts';
import { ReplicaQueue } from './replica-queue.ts';
import { isThenable } from '../../base/synchronous.ts';
import type { StoreTables } from '../transaction/store-tables.ts';
import type { ChangeOrigin } from '../../model/schema/table-rules.ts';
import { WriteTurn } from './turn.ts';
import type { UpdateJob } from './update-group.ts';
import { shiftVersion } from '../../model/version.ts';
import type { VersionSource } from './version-source.ts';
import { WedgeWatch } from './wedge-watch.ts';
import { TxScope } from '../transaction/write-tx.ts';
import { WriteTransaction } from '../transaction/write-transaction.ts';
import type { Tx } from '../transaction/tx.ts';

/** What the writing half of a store is made of. */
export interface WriterParts {
  readonly database: Database;
  readonly tables: StoreTables;
  readonly versions: VersionSource;
  readonly proposer: Proposer | undefined;
  readonly lifecycle: Emitter<LifecycleEvents>;
  readonly now: () => Instant;
  readonly wedgeTimeoutMs: number;
  readonly maxWaiting: number;
  readonly debug: boolean;
  /** Called ahead of every change, so that readers of the head are pinned. */
  readonly pinReaders: () => void;
  /**
   * Called with the transactions that have become visible together, each with changes, before anybody else can write.
   */
  readonly publish: (commits: readonly Commit[]) => void;
  /** Called when no transaction is open any more. */
  readonly transactionEnded: () => void;
}

/**
 * The writing half of a store: the turn, callbacks, commit and publication. Whoever changes the store takes the turn
 * first and ends with {@link finish}.
 */
export class StoreWriter {
  readonly turn: WriteTurn<UpdateJob> = new WriteTurn();
  readonly replicas: ReplicaQueue = new ReplicaQueue(this.turn);
  readonly wedge: WedgeWatch;
  readonly parts: WriterParts;
  /** Proposals of more than one update, and the updates in them. */
  groups = 0;
  groupedUpdates = 0;
  #inCallback: string | undefined;
  #lockTimer = 0;

  constructor(parts: WriterParts) {
    this.parts = parts;
    this.wedge = new WedgeWatch(parts.wedgeTimeoutMs, (event: Omit<WedgedEvent, 'waiting'>) => {
      parts.lifecycle.emit('wedged', { ...event, waiting: this.turn.waiting });
    });
  }

  /**
   * Runs `work`, which makes a whole transaction without a proposer, with the turn held: at once when the turn is free.
   * Rejects with `ERR_NESTED_UPDATE`, `ERR_STORE_CLOSED`, `ERR_UNAVAILABLE`, `signal.reason`, and what `work` throws.
   */
  exclusively<R>(work: () => R, signal?: AbortSignal): Promise<R> {
    try {
      this.assertNotNested();
      signal?.throwIfAborted();
      if (this.turn.tryTake()) return Promise.resolve(this.#runAndFinish(work));
      this.assertQueueOpen();
    } catch (error) {
      // The error is the caller's own, whatever it is: it goes on unchanged.
      return Promise.reject(error);
    }
    return this.turn.waitAlone(signal).then(() =>
      this.#runAndFinish(() => {
        // It may have been aborted after the turn was granted and before this ran.
        signal?.throwIfAborted();
        return work();
      }),
    );
  }

  /**
   * Runs `work` with the turn held across its awaits, when it is free; it leaves no transaction open. Rejects with
   * `ERR_NESTED_UPDATE`, `ERR_STORE_CLOSED`, `ERR_UNAVAILABLE`, `signal.reason`, and what `work` rejects with.
   */
  async holding<R>(holder: WedgedEvent['holder'], work: () => Promise<R>, signal?: AbortSignal): Promise<R> {
    this.assertNotNested();
    signal?.throwIfAborted();
    if (!this.turn.tryTake()) {
      this.assertQueueOpen();
      await this.turn.waitAlone(signal);
    }
    this.wedge.start(holder, undefined);
    try {
      this.replicas.run();
      signal?.throwIfAborted();
      return await work();
    } finally {
      this.finish();
    }
  }

  /** One whole transaction without a proposer; the turn is held. */
  transact<R>(
    origin: ChangeOrigin,
    given: VersionInput | undefined,
    work: (changes: ChangeList, transaction: WriteTransaction) => R,
    reset?: true,
  ): R {
    this.parts.versions.check(given);
    const transaction = this.begin();
    const changes = this.changeList(origin);
    let result: R;
    try {
      result = work(changes, transaction);
    } catch (error) {
      this.rollback(transaction);
      throw error;
    }
    this.commit(transaction, [changes.events], given === undefined ? undefined : [given], reset);
    return result;
  }

  /**
   * One transaction that puts a prepared state in the place of all contents; the turn is held. O(tables), and what it
   * takes to publish the events.
   */
  replaceAll(prepared: PreparedState, events: readonly ObjectEvent[]): void {
    const transaction = this.begin();
    transaction.replaceBy(prepared);
    this.commit(transaction, [events], undefined);
  }

  begin(): WriteTransaction {
    this.#lockTimer = startTimer('lock');
    return new WriteTransaction(this.parts.database, this.parts.pinReaders);
  }

  /**
   * An empty list of changes. Those of users' writes are stamped with the version before their transaction, which is
   * `ahead` after the current.
   */
  changeList(origin: ChangeOrigin, ahead = 0): ChangeList {
    const { tables, versions, now } = this.parts;
    const current = origin === 'write' ? versions.base() : undefined;
    const base = current === undefined || ahead === 0 ? current : shiftVersion(current, ahead);
    return new ChangeList({ tables, origin, base, now });
  }

  /**
   * Runs a callback in an open transaction. Throws what it throws, and `ERR_ASYNC_CALLBACK`; what to do with its
   * changes is the caller's.
   */
  runCallback<R>(transaction: WriteTransaction, changes: ChangeList, callback: (tx: Tx) => R, callSite?: string): R {
    const scope = new TxScope(transaction, changes, changes.base ?? this.parts.versions.current);
    this.#inCallback = callSite ?? '';
    try {
      const result = callback(scope.tx);
      if (isThenable(result)) {
        // It failed already; that its promise may fail too, once its Tx is closed, is no news.
        Promise.resolve(result).catch(() => undefined);
        throw new StoreError(
          'ERR_ASYNC_CALLBACK',
          'a write callback returned a promise; it has to be synchronous, nothing was written. Await before the transaction, or use batch',
          {},
        );
      }
      return result;
    } finally {
      this.#inCallback = undefined;
      scope.close();
    }
  }

  /** Makes the changes of one or several transactions visible and publishes them, in one synchronous step. */
  commit(
    transaction: WriteTransaction,
    lists: readonly (readonly ObjectEvent[])[],
    given: readonly VersionInput[] | undefined,
    reset?: true,
  ): void {
    const commits: Commit[] = [];
    let position = 0;
    for (const events of lists) {
      const own = given?.[position++];
      if (events.length > 0 || reset !== undefined) commits.push(commitOf(events, this.#numbered(own), reset));
      // An entry without changes moves the version on, without a commit.
      else if (own !== undefined) this.#numbered(own);
    }
    transaction.commit();
    this.#transactionEnded();
    if (commits.length > 0) this.parts.publish(commits);
  }

  /** The version of a transaction that is decided: it happens, also where its proposer fails to say its number. */
  #numbered(given: VersionInput | undefined): Version | undefined {
    try {
      return this.parts.versions.committed(given);
    } catch (error) {
      this.lateError(error);
      return undefined;
    }
  }

  rollback(transaction: WriteTransaction): void {
    transaction.rollback();
    this.#transactionEnded();
  }

  /**
   * What came from elsewhere meanwhile runs first; then the turn goes to the next who waits. No transaction is open.
   */
  finish(): void {
    this.wedge.stop();
    this.replicas.run();
    this.turn.release();
  }

  /** Reports something that a proposer did and that changes no outcome any more. */
  lateError(error: unknown): void {
    this.parts.lifecycle.emit('late-error', { error });
  }

  assertNotNested(): void {
    if (this.#inCallback === undefined) return;
    const where = this.#inCallback === '' ? '' : `. The callback was started ${this.#inCallback}`;
    throw new StoreError(
      'ERR_NESTED_UPDATE',
      `a write was started inside a write callback and would wait for itself for ever; use the Tx of the callback, or write after it${where}`,
      {},
    );
  }

  /** Throws `ERR_UNAVAILABLE` when as many writers wait as may. */
  assertQueueOpen(): void {
    if (this.turn.waiting < this.parts.maxWaiting) return;
    throw new StoreError(
      'ERR_UNAVAILABLE',
      `${this.turn.waiting} writers wait already, which is the limit (maxWaiting); try again later`,
      {},
    );
  }

  #runAndFinish<R>(work: () => R): R {
    try {
      this.replicas.run();
      return work();
    } finally {
      this.finish();
    }
  }

  #transactionEnded(): void {
    stopTimer('lock', this.#lockTimer);
    this.parts.transactionEnded();
  }
}
