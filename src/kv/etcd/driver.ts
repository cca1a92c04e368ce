import { KvError } from '../../errors/kv-error.ts';
import { conditionHolds } from '../backend/condition.ts';
import { followEtcd } from './follow.ts';
import { positive } from './connection.ts';
import {
  deleteRequest,
  deletedCount,
  leaseId,
  leaseRequest,
  leaseSeconds,
  rangeRequest,
  rangeResponse,
  readMessage,
  transactionRequest,
  transactionResponse,
} from './messages.ts';
import type {
  CommitResult,
  DriverCall,
  DriverOperation,
  DriverStep,
  DriverTarget,
  KvDriver,
} from '../backend/driver.ts';
import type { KvCondition, KvDurability, KvPair } from '../api/calls.ts';
import type { EtcdConnection } from './connection.ts';
import type { EtcdOptions } from './options.ts';

export class EtcdDriver implements KvDriver {
  readonly maxValueBytes: number;
  readonly durability: KvDurability = 'replicated';
  readonly #connection: EtcdConnection;
  readonly #reconnectMs: number;
  readonly #timeoutMs: number;

  constructor(connection: EtcdConnection, options: EtcdOptions) {
    this.#connection = connection;
    this.maxValueBytes = positive('maxValueBytes', options.maxValueBytes ?? 1024 * 1024);
    this.#reconnectMs = positive('reconnectMs', options.reconnectMs ?? 30_000);
    this.#timeoutMs = options.timeoutMs ?? 5000;
  }

  async get(key: string, call: DriverCall & { readonly stale: boolean }): Promise<KvPair | undefined> {
    return (await this.#range({ key }, call))[0];
  }

  list(prefix: string, call: DriverCall & { readonly stale: boolean }): Promise<readonly KvPair[]> {
    return this.#range({ prefix }, call);
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
    const answer = await this.#connection.call('/etcdserverpb.KV/Txn', request, { kind: 'write', signal });
    const { succeeded, revision, found } = transactionResponse(answer);
    if (succeeded) return { lastIndex: revision };
    const failed = conditions.findIndex((condition, index) => !conditionHolds(condition, found[index]));
    if (failed === -1)
      throw new KvError('ERR_KV_REFUSED', 'etcd refused a transaction whose conditions hold; nothing was written', {
        backend: 'etcd',
      });
    return { failed };
  }

  async deletePrefix(prefix: string, { signal }: DriverCall): Promise<number> {
    return deletedCount(
      await this.#connection.call('/etcdserverpb.KV/DeleteRange', deleteRequest({ prefix }), { kind: 'write', signal }),
    );
  }

  follow(target: DriverTarget, signal: AbortSignal): AsyncGenerator<DriverStep, void> {
    return followEtcd(this.#connection, target, this.#reconnectMs, signal);
  }

  async renew(key: string, lastIndex: bigint, { signal }: DriverCall): Promise<boolean> {
    const read = await this.#connection.call('/etcdserverpb.KV/Range', rangeRequest({ key }), { kind: 'read', signal });
    const stored = rangeResponse(read).pairs[0];
    if (stored?.pair.lastIndex !== lastIndex) return false;
    if (stored.lease === 0n) return true;
    const stopping = AbortSignal.any([AbortSignal.timeout(this.#timeoutMs), ...(signal === undefined ? [] : [signal])]);
    const stream = await this.#connection.stream('/etcdserverpb.Lease/LeaseKeepAlive', this.#timeoutMs, stopping);
    try {
      stream.send(leaseRequest(stored.lease));
      for await (const message of stream.messages) return leaseSeconds(readMessage(message)) > 0n;
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

  async #range(
    target: DriverTarget,
    { stale, signal }: DriverCall & { readonly stale: boolean },
  ): Promise<readonly KvPair[]> {
    const kind = stale ? 'stale read' : 'read';
    const answer = await this.#connection.call('/etcdserverpb.KV/Range', rangeRequest(target, { stale }), {
      kind,
      signal,
    });
    return rangeResponse(answer).pairs.map(({ pair }) => pair);
  }

  /** Gets a lease. An unused lease expires by itself, so the request may be repeated like a read. */
  async #grant(ttl: number, signal: AbortSignal | undefined): Promise<bigint> {
    const request = leaseRequest(BigInt(Math.ceil(ttl / 1000)));
    return leaseId(await this.#connection.call('/etcdserverpb.Lease/LeaseGrant', request, { kind: 'read', signal }));
  }
}
