import { KvError, isKvError } from '../../errors/kv-error.ts';
import { conditionHolds } from '../backend/condition.ts';
import { deleteAnswer, readsAnswer, transactionAnswer } from './answers.ts';
import { changesOf } from './changes.ts';
import { InvalidAnswer } from './connection/failure.ts';
import { followEtcd } from './follow.ts';
import { KVService } from './generated/rpc.ts';
import { Keyspace, rangesWithout } from './keyspace.ts';
import { EtcdLeases } from './leases.ts';
import { transactionRequest } from './messages.ts';
import { readPages } from './pages.ts';
import { ownPair, readSelection, selectionPages } from './selections.ts';
import { EtcdWatches } from './watches.ts';
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
import type { CheckedOptions } from './connection/options.ts';
import type { EtcdConnection } from './connection/connection.ts';
import type { FollowContext } from './follow.ts';
import type { KeyValue } from './generated/rpc.ts';
import type { KeyRange } from './keyspace.ts';
import type { TransactionAnswer } from './answers.ts';
import type { Lease } from './leases.ts';

/** The most parts of a transaction of etcd: the default of `--max-txn-ops`. */
const mostParts = 128;
/** How long `close` waits for the leases of refused writes to be revoked, in milliseconds. */
const lastRevocations = 500;

export class EtcdDriver implements KvDriver {
  readonly limits: KvLimits;
  readonly durability: KvDurability = 'replicated';
  readonly #connection: EtcdConnection;
  readonly #keyspace: Keyspace;
  readonly #watches: EtcdWatches;
  readonly #leases: EtcdLeases;
  readonly #context: FollowContext;

  constructor(connection: EtcdConnection, { prefix, maxValueBytes, reconnectMs, timeoutMs }: CheckedOptions) {
    this.limits = { valueBytes: maxValueBytes, transactionBytes: maxValueBytes, transactionOperations: mostParts };
    this.#connection = connection;
    this.#keyspace = new Keyspace(prefix);
    this.#watches = new EtcdWatches(connection, timeoutMs);
    this.#leases = new EtcdLeases(connection, timeoutMs);
    this.#context = { connection, watches: this.#watches, keyspace: this.#keyspace, reconnectMs };
  }

  async get(key: string, call: DriverReadCall): Promise<KvPair | undefined> {
    return (await this.read([key], call)).pairs[0];
  }

  async read(keys: readonly string[], { stale, signal }: DriverReadCall): Promise<DriverRead> {
    const call = { kind: stale ? 'stale read' : 'read', signal } as const;
    // The answer to a read of any key has the revision.
    const ranges = (keys.length === 0 ? ['revision'] : keys).map((key) => this.#keyspace.rangeOf({ key }));
    const [first, ...others] = ranges as [KeyRange, ...KeyRange[]];
    if (others.length === 0) {
      const { revision, pairs } = await readPages(this.#connection, first, call);
      return { revision, pairs: keys.length === 0 ? [] : [this.#own(pairs[0])] };
    }
    const request = { success: ranges.map(({ key }) => ({ requestRange: { key, serializable: stale } })) };
    const read = (answer: Buffer): ReturnType<typeof readsAnswer> => readsAnswer(answer, ranges);
    const { revision, pairs } = await this.#connection.call(KVService.txn, request, read, call);
    return { revision, pairs: pairs.map((pair) => this.#own(pair)) };
  }

  list(selection: DriverSelection, call: DriverReadCall): Promise<DriverPage> {
    return readSelection(this.#connection, this.#keyspace, selection, call);
  }

  pages(selection: DriverSelection, call: DriverReadCall): AsyncGenerator<DriverPage, void> {
    return selectionPages(this.#connection, this.#keyspace, selection, call);
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
    const leases = ttls.size === 0 ? noLeases : await this.#leases.grant(ttls, signal);
    const result = await this.#write(conditions, operations, leases, signal);
    if (result.failed !== undefined) {
      this.#leases.drop(leases);
      return result;
    }
    for (const { key } of operations) this.#leases.written(key, result.lastIndex, leases.get(key));
    if (leases.size > 0) await this.#leases.startAnew(leases, signal);
    return result;
  }

  async #write(
    conditions: readonly KvCondition[],
    operations: readonly DriverOperation[],
    leases: ReadonlyMap<string, Lease>,
    signal: AbortSignal | undefined,
  ): Promise<CommitResult> {
    const ids = new Map([...leases].map(([key, { id }]) => [key, id]));
    const request = transactionRequest(this.#keyspace, conditions, operations, ids);
    const ranges = conditions.map(({ key }) => this.#keyspace.rangeOf({ key }));
    try {
      return await this.#connection.call(
        KVService.txn,
        request,
        (answer) => resultOf(this.#keyspace, conditions, transactionAnswer(answer, ranges, operations.length)),
        { kind: 'write', signal },
      );
    } catch (error) {
      // A write that may have happened keeps its leases: without them its keys would be deleted.
      if (!isKvError(error, 'ERR_KV_OUTCOME_UNKNOWN')) this.#leases.drop(leases);
      throw error;
    }
  }

  async deleteRange(selected: DriverRange, { signal }: DriverCall): Promise<number> {
    const { prefix } = selected;
    const range = this.#keyspace.between(selected);
    const foreign = this.#keyspace.isShared ? await this.#foreignKeys(range, signal) : [];
    const call = { kind: 'write', signal } as const;
    const ranges = rangesWithout(foreign, range);
    if (ranges.length > mostParts) throw tooManyKeys(prefix, foreign.length);
    const { revision, deleted } =
      foreign.length === 0
        ? await this.#connection.call(KVService.deleteRange, range, deleteAnswer, call)
        : await this.#connection.call(
            KVService.txn,
            { success: ranges.map((part) => ({ requestDeleteRange: part })) },
            (answer) => transactionAnswer(answer, [], ranges.length),
            call,
          );
    this.#leases.deleted(selected, revision);
    return deleted;
  }

  follow(target: DriverTarget, signal: AbortSignal): AsyncGenerator<DriverStep, void> {
    return followEtcd(this.#context, target, signal);
  }

  changes(prefix: string, from: bigint | undefined, signal: AbortSignal): AsyncGenerator<DriverChanges, void> {
    return changesOf(this.#context, prefix, from, signal);
  }

  async renew(key: string, lastIndex: bigint, { signal }: DriverCall): Promise<boolean> {
    const call = { kind: 'read', signal, keysOnly: true } as const;
    const [stored] = (await readPages(this.#connection, this.#keyspace.rangeOf({ key }), call)).pairs;
    if (stored?.modRevision !== lastIndex) {
      this.#leases.replaced(key, lastIndex, stored?.lease ?? 0n);
      return false;
    }
    return stored.lease === 0n || this.#leases.renew(key, stored.lease, signal);
  }

  async close(): Promise<void> {
    const reason = new KvError('ERR_KV_CLOSED', 'the store was closed while the call waited', { backend: 'etcd' });
    this.#watches.close(reason);
    this.#connection.stop(reason);
    await this.#leases.settled(lastRevocations);
    this.#connection.close();
  }

  #own(pair: KeyValue | undefined): KvPair | undefined {
    return pair === undefined ? undefined : ownPair(this.#keyspace, pair);
  }

  /** The keys of other programs in a range, in their order: keys that no store writes. */
  async #foreignKeys(range: KeyRange, signal: AbortSignal | undefined): Promise<readonly Uint8Array[]> {
    const { pairs } = await readPages(this.#connection, range, { kind: 'read', signal, keysOnly: true });
    return pairs.flatMap(({ key }) => (this.#keyspace.keyOf(key) === undefined ? [key] : []));
  }
}

const noLeases: ReadonlyMap<string, Lease> = new Map();

/** Throws for a refusal whose conditions hold: the answer cannot be believed, and the write may have happened. */
function resultOf(keyspace: Keyspace, conditions: readonly KvCondition[], answer: TransactionAnswer): CommitResult {
  if (answer.succeeded) return { lastIndex: answer.revision };
  const failed = conditions.findIndex(
    (condition, index) => !conditionHolds(condition, answer.found[index]?.modRevision),
  );
  if (failed === -1) throw new InvalidAnswer('a refusal of a transaction whose conditions hold');
  const found = answer.found[failed];
  return { failed, pair: found === undefined ? undefined : ownPair(keyspace, found) };
}

function tooManyKeys(prefix: string, count: number): KvError {
  return new KvError(
    'ERR_KV_REFUSED',
    `other programs keep ${count} keys among those below "${prefix}"; ` +
      'delete single keys, or open the store with a prefix',
    { backend: 'etcd', key: prefix },
  );
}
