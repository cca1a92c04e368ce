import { KvError, isKvError } from '../../errors/kv-error.ts';
import { InvalidAnswer } from './connection/failure.ts';
import { storedPairs, readSelection } from './reading/selected.ts';
import { readNames, readTree } from './reading/snapshots.ts';
import { entryOf, isExpired, isThere, lastIndexOf, marksOf, pairOf } from './records/entry.ts';
import { Keyspace, pathOf } from './records/keyspace.ts';
import { KnownIndexes } from './records/known.ts';
import { changesOf } from './streams/changes.ts';
import { followConsul } from './streams/follow.ts';
import { ConsulPulse } from './streams/pulse.ts';
import { jsonOf, mostSteps } from './protocol/transactions.ts';
import { deleteSteps } from './writing/cover.ts';
import { ConsulSessions, endedTooEarly } from './writing/sessions.ts';
import { ConsulWriter } from './writing/writer.ts';
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
import type { ConsulConnection } from './connection/connection.ts';
import type { CheckedOptions } from './connection/options.ts';
import type { ConsulContext } from './protocol/context.ts';
import type { Entry } from './records/entry.ts';
import type { Session } from './writing/sessions.ts';

/** How long `close` waits for requests in the background, in milliseconds. */
const lastRequests = 500;

export class ConsulDriver implements KvDriver {
  readonly limits: KvLimits;
  readonly durability: KvDurability = 'replicated';
  readonly #context: ConsulContext;
  readonly #writer: ConsulWriter;
  readonly #sessions: ConsulSessions;
  readonly #pulse: ConsulPulse;

  constructor(connection: ConsulConnection, options: CheckedOptions, isReadOnly: boolean) {
    const { prefix, maxValueBytes, history, reconnectMs } = options;
    this.limits = { valueBytes: maxValueBytes, transactionBytes: maxValueBytes, transactionOperations: mostSteps };
    this.#context = {
      connection,
      keyspace: new Keyspace(prefix),
      known: new KnownIndexes(),
      isReadOnly,
      requestBytes: 2 * maxValueBytes,
      history,
      reconnectMs,
    };
    this.#writer = new ConsulWriter(this.#context);
    this.#sessions = new ConsulSessions(this.#context);
    this.#pulse = new ConsulPulse(this.#context, (names) => this.#writer.sweep(names, undefined));
  }

  async get(key: string, call: DriverReadCall): Promise<KvPair | undefined> {
    const entry = await this.#entry(key, call);
    if (entry === undefined) return undefined;
    if (!isExpired(entry)) {
      this.#context.known.learn(key, entry);
      return pairOf(key, entry);
    }
    if (!call.stale) await this.#sweep([entry.name], call.signal);
    return undefined;
  }

  async read(keys: readonly string[], call: DriverReadCall): Promise<DriverRead> {
    const { keyspace } = this.#context;
    const names = [...new Set(keys.map((key) => keyspace.nameOf(key)))];
    for (;;) {
      const { head, entries } = await readNames(this.#context, names, call);
      const expired = names.filter((name) => isExpired(entries.get(name) ?? nothing));
      if (expired.length === 0 || call.stale || this.#context.isReadOnly) {
        return {
          revision: BigInt(head.number),
          pairs: keys.map((key) => {
            const entry = entries.get(keyspace.nameOf(key));
            if (!isThere(entry) || isExpired(entry)) return undefined;
            this.#context.known.learn(key, entry);
            return pairOf(key, entry);
          }),
        };
      }
      await this.#sweep(expired, call.signal);
    }
  }

  list(selection: DriverSelection, call: DriverReadCall): Promise<DriverPage> {
    return readSelection(this.#context, selection, call, (names) => this.#sweep(names, call.signal));
  }

  async commit(
    conditions: readonly KvCondition[],
    operations: readonly DriverOperation[],
    { signal }: DriverCall,
  ): Promise<CommitResult> {
    const ttls = new Map<string, number>();
    for (const operation of operations) {
      if (operation.type === 'put' && operation.ttl !== undefined) ttls.set(operation.key, operation.ttl);
    }
    // A key takes up to three steps with its mark, and one that has its mark already up to two.
    const isFull = 2 + conditions.length + operations.length + 2 * ttls.size > mostSteps;
    const sessions = ttls.size === 0 ? noSessions : await this.#sessions.open(ttls, isFull, signal);
    let result: CommitResult;
    try {
      result = await this.#writer.commit({ conditions, operations, sessions }, signal);
    } catch (error) {
      // A write that may have happened keeps its sessions: without them its keys would expire.
      if (!isKvError(error, 'ERR_KV_OUTCOME_UNKNOWN')) this.#sessions.drop(sessions);
      throw error;
    }
    if (result.failed !== undefined) {
      this.#sessions.drop(sessions);
      return result;
    }
    for (const { key } of operations) this.#sessions.written(key, sessions.get(key));
    await Promise.all([...sessions].map(([key, session]) => this.#startAnew(key, session, signal)));
    return result;
  }

  async deleteRange(range: DriverRange, { signal }: DriverCall): Promise<number> {
    const { keyspace } = this.#context;
    const within = keyspace.nameOf(range.prefix);
    const keys = await this.#writer.writeRead(async () => {
      const snapshot = await readTree(this.#context, within, { stale: false, signal });
      const { pairs, expired } = storedPairs(this.#context, range, snapshot);
      const deleted = pairs.map(({ key }) => key);
      if (deleted.length === 0) return { snapshot, draft: undefined, result: deleted };
      const names = new Set([...deleted.map((key) => keyspace.nameOf(key)), ...expired]);
      const others = [...snapshot.entries.keys()].filter((name) => name.startsWith(within) && !names.has(name));
      const steps = deleteSteps(within, names, others);
      const changes = [...names].map((name) => ({ key: keyspace.keyOf(name) ?? '' }));
      return { snapshot, draft: { key: range.prefix, changes, steps: () => steps }, result: deleted };
    }, signal);
    for (const key of keys) this.#sessions.written(key);
    return keys.length;
  }

  follow(target: DriverTarget, signal: AbortSignal): AsyncGenerator<DriverStep, void> {
    return followConsul(this.#context, this.#pulse, (names) => this.#sweep(names, signal), target, signal);
  }

  changes(prefix: string, from: bigint | undefined, signal: AbortSignal): AsyncGenerator<DriverChanges, void> {
    return changesOf(this.#context, this.#pulse, prefix, from, signal);
  }

  async renew(key: string, lastIndex: bigint, { signal }: DriverCall): Promise<boolean> {
    const entry = await this.#entry(key, { stale: false, signal });
    if (entry === undefined || lastIndexOf(entry) !== lastIndex) return false;
    if (marksOf(entry)?.hasTtl !== true) return true;
    return entry.session !== undefined && this.#sessions.renew(key, entry.session, signal);
  }

  async close(): Promise<void> {
    const reason = new KvError('ERR_KV_CLOSED', 'the store was closed while the call waited', { backend: 'consul' });
    this.#pulse.close();
    this.#context.connection.stop(reason);
    await this.#sessions.settled(lastRequests);
    await this.#context.connection.close();
  }

  /** Reads one key; undefined for one that is not there. */
  async #entry(key: string, { stale, signal }: DriverReadCall): Promise<Entry | undefined> {
    const { connection, keyspace } = this.#context;
    const path = pathOf(keyspace.nameOf(key), stale ? 'stale' : 'consistent');
    const entry = await connection.call(
      { method: 'GET', path },
      ({ status, body }) => {
        if (status === 404) return undefined;
        const given = jsonOf(body);
        if (!Array.isArray(given) || given.length !== 1) throw new InvalidAnswer('another number of keys');
        return entryOf(given[0]);
      },
      { kind: stale ? 'stale read' : 'read', signal },
    );
    return isThere(entry) ? entry : undefined;
  }

  async #sweep(names: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    if (!this.#context.isReadOnly) await this.#writer.sweep(names, signal);
  }

  /** Lets the ttl begin with the write, where that took long. */
  async #startAnew(key: string, { id, lasts, since }: Session, signal: AbortSignal | undefined): Promise<void> {
    if (performance.now() - since < lasts / 2) return;
    if (!(await this.#sessions.renew(key, id, signal).catch(() => false))) throw endedTooEarly(key);
  }
}

const noSessions: ReadonlyMap<string, Session> = new Map();
const nothing: Entry = { name: '', value: Buffer.alloc(0), flags: 0, session: undefined, modifyIndex: 0 };
