import { Leases } from './leases.ts';
import { readKeys, readSelection } from './reads/moment.ts';
import { readNode } from './reads/node.ts';
import { WriteLog } from './reads/write-log.ts';
import { changesOf } from './watches/changes.ts';
import { followZookeeper } from './watches/follow.ts';
import { HeadWatch } from './watches/head-watch.ts';
import { deleteRange } from './writes/range-deletion.ts';
import { Writer } from './writes/writer.ts';
import { Keyspace } from './layout/keyspace.ts';
import type {
  CommitResult,
  DriverCall,
  DriverChanges,
  DriverOperation,
  DriverPage,
  DriverRange,
  DriverRead,
  DriverReadCall,
  DriverSelection,
  DriverStep,
  DriverTarget,
  KvDriver,
} from '../backend/driver.ts';
import type { KvCondition, KvDurability, KvLimits, KvPair } from '../api/calls.ts';
import type { ZookeeperConnection } from './connection/connection.ts';
import type { CheckedOptions } from './connection/options.ts';
import type { Session } from './connection/session.ts';
import type { FollowContext } from './watches/follow.ts';

/** The most parts of a transaction: the longest keys of so many parts fit into half a packet. */
const mostParts = 64;

export class ZookeeperDriver implements KvDriver {
  readonly limits: KvLimits;
  readonly durability: KvDurability = 'replicated';
  readonly #connection: ZookeeperConnection;
  readonly #context: FollowContext;
  readonly #leases: Leases;
  readonly #writer: Writer;

  constructor(connection: ZookeeperConnection, options: CheckedOptions) {
    // The other half of a packet is for keys and the entry of the log.
    const bytes = Math.floor((options.maxPacketBytes + 1) / 2);
    this.limits = { valueBytes: bytes, transactionBytes: bytes, transactionOperations: mostParts };
    this.#connection = connection;
    const keyspace = new Keyspace(options.prefix);
    const context = { keyspace, log: new WriteLog(keyspace) };
    const watch = new HeadWatch(connection, keyspace.head);
    this.#context = { ...context, connection, watch, reconnectMs: options.reconnectMs };
    this.#leases = new Leases(connection, context);
    this.#writer = new Writer(connection, context, options, (lease) => this.#leases.written(lease));
  }

  /** Makes the nodes of the store, unless it is opened to read only. */
  static async open(
    connection: ZookeeperConnection,
    options: CheckedOptions,
    readOnly: boolean,
  ): Promise<ZookeeperDriver> {
    const driver = new ZookeeperDriver(connection, options);
    if (readOnly) return driver;
    try {
      await driver.#writer.makeStore();
      driver.#leases.start(driver.#writer);
      return driver;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  get(key: string, call: DriverReadCall): Promise<KvPair | undefined> {
    const path = this.#context.keyspace.pathOf(key);
    return this.#read(call, async (session) => (await readNode(session, key, path))?.pair);
  }

  async read(keys: readonly string[], call: DriverReadCall): Promise<DriverRead> {
    const { head, found } = await this.#read(call, (session) => readKeys(this.#context, session, keys));
    return { revision: head.revision, pairs: found };
  }

  async list(selection: DriverSelection, call: DriverReadCall): Promise<DriverPage> {
    const { head, found } = await this.#read(call, (session) => readSelection(this.#context, session, selection));
    return { revision: head.revision, pairs: found };
  }

  commit(
    conditions: readonly KvCondition[],
    operations: readonly DriverOperation[],
    call: DriverCall,
  ): Promise<CommitResult> {
    return this.#writer.commit(conditions, operations, call);
  }

  deleteRange(range: DriverRange, call: DriverCall): Promise<number> {
    return deleteRange(this.#connection, this.#context, this.#writer, range, call);
  }

  follow(target: DriverTarget, signal: AbortSignal): AsyncGenerator<DriverStep, void> {
    return followZookeeper(this.#context, target, signal);
  }

  changes(prefix: string, from: bigint | undefined, signal: AbortSignal): AsyncGenerator<DriverChanges, void> {
    return changesOf(this.#context, prefix, from, signal);
  }

  async renew(key: string, lastIndex: bigint, call: DriverCall): Promise<boolean> {
    const path = this.#context.keyspace.pathOf(key);
    const node = await this.#read({ ...call, stale: false }, (session) => readNode(session, key, path));
    if (node?.pair?.lastIndex !== lastIndex) return false;
    return node.lease === undefined || this.#leases.renew(node.lease, key, call);
  }

  close(): Promise<void> {
    this.#connection.close();
    return Promise.resolve();
  }

  #read<T>({ stale, signal }: DriverReadCall, work: (session: Session) => Promise<T>): Promise<T> {
    return this.#connection.read((session) => {
      if (!stale) session.barrier();
      return work(session);
    }, signal);
  }
}
