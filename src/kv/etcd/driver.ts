import { KvError } from '../../errors/kv-error.ts';
import { conditionHolds } from '../backend/condition.ts';
import { followEtcd } from './follow.ts';
import { positive } from './connection.ts';
import { decodeLeaseKeepAliveResponse, KVService, LeaseService } from './generated/rpc.ts';
import { keysOf, rangeRequest, storedPairs, transactionOutcome, transactionRequest } from './messages.ts';
import { selectPairs } from '../backend/selection.ts';
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
import type { EtcdConnection } from './connection.ts';
import type { EtcdOptions } from './options.ts';

export class EtcdDriver implements KvDriver {
  readonly limits: KvLimits;
  readonly durability: KvDurability = 'replicated';
  readonly #connection: EtcdConnection;
  readonly #reconnectMs: number;
  readonly #timeoutMs: number;

  constructor(connection: EtcdConnection, options: EtcdOptions) {
    this.#connection = connection;
    const valueBytes = positive('maxValueBytes', options.maxValueBytes ?? 1024 * 1024);
    this.limits = { valueBytes, transactionBytes: valueBytes, transactionOperations: 64 };
    this.#reconnectMs = positive('reconnectMs', options.reconnectMs ?? 30_000);
    this.#timeoutMs = options.timeoutMs ?? 5000;
  }

  async get(key: string, call: DriverReadCall): Promise<KvPair | undefined> {
    return (await this.#range({ key }, call))[0];
  }

  async list(selection: DriverSelection, call: DriverReadCall): Promise<DriverPage> {
    const pairs = await this.#range({ prefix: selection.prefix }, call);
    return { revision: 0n, pairs: selectPairs(pairs, selection) };
  }

  read(): Promise<DriverRead> {
    return Promise.reject(notYet('read'));
  }

  changes(): AsyncIterator<DriverChanges> {
    return { next: () => Promise.reject(notYet('changes')) };
  }

  pages(): AsyncIterator<DriverPage> {
    return { next: () => Promise.reject(notYet('pairs')) };
  }

  async commit(
    conditions: readonly KvCondition[],
    operations: readonly DriverOperation[],
    { signal }: DriverCall,
  ): Promise<CommitResult> {
    const leases = new Map<string, bigint>();
    for (const operation of operations) {
      if (operation.type === 'put' && operation.ttl !== undefined)
        leases.set(operation.key, await this.#grant(operation.ttl, signal));
    }
    const request = transactionRequest(conditions, operations, leases);
    const answer = await this.#connection.call(KVService.txn, request, { kind: 'write', signal });
    const { succeeded, revision, found } = transactionOutcome(answer);
    if (succeeded) return { lastIndex: revision };
    const failed = conditions.findIndex((condition, index) => !conditionHolds(condition, found[index]));
    if (failed === -1)
      throw new KvError('ERR_KV_REFUSED', 'etcd refused a transaction whose conditions hold; nothing was written', {
        backend: 'etcd',
      });
    return { failed };
  }

  async deleteRange({ prefix, after, before }: DriverRange, { signal }: DriverCall): Promise<number> {
    if (after !== undefined || before !== undefined) throw notYet('deleteRange');
    const request = keysOf({ prefix });
    return Number((await this.#connection.call(KVService.deleteRange, request, { kind: 'write', signal })).deleted);
  }

  follow(target: DriverTarget, signal: AbortSignal): AsyncGenerator<DriverStep, void> {
    return followEtcd(this.#connection, target, this.#reconnectMs, signal);
  }

  async renew(key: string, lastIndex: bigint, { signal }: DriverCall): Promise<boolean> {
    const read = await this.#connection.call(KVService.range, rangeRequest({ key }), { kind: 'read', signal });
    const stored = storedPairs(read).pairs[0];
    if (stored?.pair.lastIndex !== lastIndex) return false;
    if (stored.lease === 0n) return true;
    const stopping = AbortSignal.any([AbortSignal.timeout(this.#timeoutMs), ...(signal === undefined ? [] : [signal])]);
    const stream = await this.#connection.stream(LeaseService.leaseKeepAlive, this.#timeoutMs, stopping);
    try {
      stream.send({ ID: stored.lease });
      // A lease that is no more has no seconds left.
      for await (const message of stream.messages) return decodeLeaseKeepAliveResponse(message).TTL > 0n;
      throw new KvError('ERR_KV_NOT_REACHABLE', 'etcd ended a renewal without an answer', { backend: 'etcd', key });
    } catch (error) {
      stream.failed();
      throw error;
    } finally {
      stream.end();
    }
  }

  close(): Promise<void> {
    this.#connection.close();
    return Promise.resolve();
  }

  async #range(target: DriverTarget, { stale, signal }: DriverReadCall): Promise<readonly KvPair[]> {
    const kind = stale ? 'stale read' : 'read';
    const answer = await this.#connection.call(KVService.range, rangeRequest(target, { stale }), {
      kind,
      signal,
    });
    return storedPairs(answer).pairs.map(({ pair }) => pair);
  }

  /** Gets a lease. An unused lease expires by itself, so the request may be repeated like a read. */
  async #grant(ttl: number, signal: AbortSignal | undefined): Promise<bigint> {
    const request = { TTL: BigInt(Math.ceil(ttl / 1000)) };
    return (await this.#connection.call(LeaseService.leaseGrant, request, { kind: 'read', signal })).ID;
  }
}

function notYet(operation: string): KvError {
  return new KvError('ERR_KV_CALL_NOT_SUPPORTED', `etcd does not have ${operation} yet`, {
    backend: 'etcd',
    operation,
  });
}
