import { Emitter } from '../base/emitter.ts';
import { Database } from '../engine/database.ts';
import { StoreError } from '../errors/store-error.ts';
import type { Proposer } from '../model/proposer.ts';
import { WatchHub } from '../watch/watch-hub.ts';
import { Replayer } from './contents/replayer.ts';
import { makeReplica } from './contents/replica.ts';
import type { CheckedOptions } from './options.ts';
import { ProposedDecider } from './proposing/proposed-decider.ts';
import { StoreReader } from './reading/reader.ts';
import type { LifecycleEvents } from './telling/lifecycle.ts';
import { addTables } from './transaction/store-tables.ts';
import type { StoreTables } from './transaction/store-tables.ts';
import type { Decider } from './writing/decider.ts';
import { LocalDecider } from './writing/local-decider.ts';
import { TransactionRunner } from './writing/transaction-runner.ts';
import { versionSource } from './writing/version-source.ts';
import type { VersionSource } from './writing/version-source.ts';
import { StoreWriter } from './writing/writer.ts';

/** The parts of a store, put together. Nothing else asks whether there is a proposer, but for `watchFrom`. */
export class StoreParts {
  readonly database: Database = new Database();
  readonly tables: StoreTables = addTables(this.database);
  readonly lifecycle: Emitter<LifecycleEvents> = new Emitter<LifecycleEvents>();
  readonly proposer: Proposer | undefined;
  readonly versions: VersionSource;
  readonly hub: WatchHub;
  readonly reader: StoreReader;
  readonly writer: StoreWriter;
  /** Says which transactions happen. Without a proposer, all of them do, at once. */
  readonly decider: Decider;
  readonly replayer: Replayer;
  readonly debug: boolean;
  /** Aborts when the store begins to close. */
  readonly #closingSignal = new AbortController();
  /** Aborts when the store has closed. */
  readonly #closedSignal = new AbortController();
  #closing: Promise<void> | undefined;

  constructor({ proposer, history, firstVersion, wedgeTimeoutMs, maxWaiting, now, debug }: CheckedOptions) {
    const { database, tables, lifecycle } = this;
    const versions = versionSource(proposer, history, firstVersion);
    const closing = this.#closingSignal.signal;
    this.debug = debug;
    this.proposer = proposer;
    this.versions = versions;
    this.hub = new WatchHub(history, versions.current);
    this.reader = new StoreReader(database, tables, () => versions.current);
    const { hub, reader } = this;
    const runner = new TransactionRunner({ database, tables, versions, reader, hub, lifecycle, now });
    this.writer = new StoreWriter(runner, lifecycle, { wedgeTimeoutMs, maxWaiting });
    this.decider =
      proposer === undefined ? new LocalDecider(this.writer) : new ProposedDecider(this.writer, proposer, closing);
    this.replayer = new Replayer(this.writer, this.decider);
    proposer?.attach?.(makeReplica(this.writer, lifecycle, closing), this.#closedSignal.signal);
  }

  /** See `MemoryStore.close`. */
  close(): Promise<void> {
    if (this.#closing === undefined) {
      const closed = this.writer.lock.close();
      this.#closingSignal.abort(new StoreError('ERR_STORE_CLOSED', 'the store is being closed', {}));
      this.#closing = closed.then(() => {
        this.hub.close();
        this.#closedSignal.abort(new StoreError('ERR_STORE_CLOSED', 'the store was closed', {}));
        this.lifecycle.emit('closed', undefined);
      });
    }
    return this.#closing;
  }
}
