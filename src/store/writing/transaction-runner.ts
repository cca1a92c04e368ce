import type { Instant } from '../../base/clock.ts';
import type { Emitter } from '../../base/emitter.ts';
import { countChanges } from '../../base/scheduling/turns.ts';
import type { Database } from '../../engine/database.ts';
import type { PreparedState } from '../../engine/prepared-state.ts';
import { StoreError } from '../../errors/store-error.ts';
import { commitOf } from '../../model/events.ts';
import type { Commit, ObjectEvent } from '../../model/events.ts';
import type { ChangeOrigin } from '../../model/schema/table-rules.ts';
import { isAfter, shiftVersion, versionText } from '../../model/version.ts';
import type { WatchHub } from '../../watch/watch-hub.ts';
import type { Version, VersionInput } from '../../wire/generated/common.ts';
import type { StoreReader } from '../reading/reader.ts';
import { startTimer, stopTimer } from '../telling/diagnostics.ts';
import type { LifecycleEvents } from '../telling/lifecycle.ts';
import { isPromised } from '../transaction/callback-result.ts';
import { ChangeList } from '../transaction/change-list.ts';
import type { StoreTables } from '../transaction/store-tables.ts';
import type { Tx } from '../transaction/tx.ts';
import { WriteTransaction } from '../transaction/write-transaction.ts';
import { TxScope } from '../transaction/write-tx.ts';
import type { VersionSource } from './version-source.ts';

/** The parts of a store that a transaction works on. */
export interface RunnerParts {
  readonly database: Database;
  readonly tables: StoreTables;
  readonly versions: VersionSource;
  /** Keeps the state of the views that are running, ahead of every change. */
  readonly reader: StoreReader;
  /** Publishes commits. */
  readonly hub: WatchHub;
  readonly lifecycle: Emitter<LifecycleEvents>;
  readonly now: () => Instant;
}

/** Opens transactions, runs callbacks in them, commits and publishes them. The caller holds the write lock. */
export class TransactionRunner {
  readonly #parts: RunnerParts;
  /** The call site of the callback that is running, or an empty text where the call site is not known. */
  #runningCallback: string | undefined;
  #lockTimer = 0;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  get database(): Database {
    return this.#parts.database;
  }

  get tables(): StoreTables {
    return this.#parts.tables;
  }

  /** One whole transaction that is committed at once. Throws what `work` throws; then nothing is changed. */
  transact<R>(
    origin: ChangeOrigin,
    given: VersionInput | undefined,
    work: (changes: ChangeList, transaction: WriteTransaction) => R,
    reset?: true,
  ): R {
    this.#parts.versions.check(given);
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

  /** One transaction that puts a prepared state in the place of all contents. O(tables), plus publishing the events. */
  replaceAll(
    prepared: PreparedState,
    events: readonly ObjectEvent[],
    given: VersionInput | undefined,
    reset: true | undefined,
  ): void {
    this.#parts.versions.check(given);
    const transaction = this.begin();
    transaction.replaceBy(prepared);
    this.commit(transaction, [events], given === undefined ? undefined : [given], reset);
  }

  begin(): WriteTransaction {
    this.#lockTimer = startTimer('lock');
    return new WriteTransaction(this.#parts.database, this.#parts.reader);
  }

  /**
   * An empty list of changes. Objects of users' writes are stamped with the version before their transaction: `ahead`
   * transactions after the current version.
   */
  changeList(origin: ChangeOrigin, ahead = 0): ChangeList {
    const { tables, versions, now } = this.#parts;
    const current = origin === 'write' ? versions.base() : undefined;
    const base = current === undefined || ahead === 0 ? current : shiftVersion(current, ahead);
    return new ChangeList({ tables, origin, base, now });
  }

  /**
   * Runs a callback in an open transaction. Throws what it throws, and `ERR_ASYNC_CALLBACK`, and `ERR_INVALID_OBJECT`
   * for a revoked proxy.
   */
  runCallback<R>(
    transaction: WriteTransaction,
    changes: ChangeList,
    callback: (tx: Tx) => R,
    callSite: string | undefined,
  ): R {
    const scope = new TxScope(transaction, changes, changes.base ?? this.#parts.versions.current);
    this.#runningCallback = callSite ?? '';
    try {
      const result = callback(scope.tx);
      if (isPromised(result)) {
        // The update fails anyway: a later failure of the promise, whose Tx is closed then, is no news.
        Promise.resolve(result).catch(() => undefined);
        throw new StoreError(
          'ERR_ASYNC_CALLBACK',
          'a write callback returned a promise; it has to be synchronous, nothing was written. ' +
            'Await before the transaction, or use batch',
          {},
        );
      }
      return result;
    } finally {
      this.#runningCallback = undefined;
      scope.close();
    }
  }

  /**
   * Makes the changes of one or several transactions visible and publishes them, in one synchronous step. `given` has
   * the versions of the lists with changes, in their order.
   */
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
      countChanges(events.length);
      if (events.length > 0 || reset !== undefined) commits.push(commitOf(events, this.#numbered(own), reset));
      // A log entry without changes advances the version, without a commit.
      else if (own !== undefined) this.#numbered(own);
    }
    transaction.commit();
    this.#ended();
    if (commits.length > 0) this.#parts.hub.publish(commits);
  }

  rollback(transaction: WriteTransaction): void {
    transaction.rollback();
    this.#ended();
  }

  /** Reports an act of the proposer that changes no outcome any more. */
  lateError(error: unknown): void {
    this.#parts.lifecycle.emit('late-error', { error });
  }

  /** Throws `ERR_NESTED_UPDATE` inside a write callback: the write would wait for its own callback for ever. */
  assertNotNested(): void {
    if (this.#runningCallback === undefined) return;
    const where = this.#runningCallback === '' ? '' : `. The callback was started ${this.#runningCallback}`;
    throw new StoreError(
      'ERR_NESTED_UPDATE',
      'a write was started inside a write callback and would wait for itself for ever; ' +
        `use the Tx of the callback, or write after it${where}`,
      {},
    );
  }

  /**
   * The version of a decided transaction. Such a transaction happens, also where its proposer fails to say its version.
   */
  #numbered(given: VersionInput | undefined): Version | undefined {
    try {
      const before = this.#parts.versions.current;
      const version = this.#parts.versions.committed(given);
      if (version !== undefined && before !== undefined && isAfter(before, version))
        this.lateError(fellBack(before, version));
      return version;
    } catch (error) {
      this.lateError(error);
      return undefined;
    }
  }

  #ended(): void {
    stopTimer('lock', this.#lockTimer);
    this.#parts.reader.transactionEnded();
  }
}

function fellBack(before: Version, version: Version): StoreError<'ERR_PROPOSER_BROKEN'> {
  return new StoreError(
    'ERR_PROPOSER_BROKEN',
    `a commit got version ${versionText(version)} after version ${versionText(before)}; versions have to rise`,
    {},
  );
}
