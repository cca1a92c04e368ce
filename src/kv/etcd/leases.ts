import { onAbort } from '../../base/async/on-abort.ts';
import { KvError } from '../../errors/kv-error.ts';
import { pause } from '../../base/async/pause.ts';
import { isInRange } from '../backend/selection.ts';
import { unknownOutcome } from '../backend/unknown-outcome.ts';
import { grantAnswer, renewalAnswer } from './answers.ts';
import { failureOf, isStaleToken, isTakenLease, tooLate } from './connection/failure.ts';
import { LeaseService } from './generated/rpc.ts';
import type { DriverRange } from '../backend/driver.ts';
import type { EtcdConnection } from './connection/connection.ts';

/** A lease for one key. */
export interface Lease {
  readonly id: bigint;
  /** The milliseconds that the key is to live. */
  readonly ttl: number;
  /** The milliseconds that the server keeps the lease. */
  readonly lasts: number;
  /** When the lease was asked for, by `performance.now()`: the server counts from then, or a little later. */
  readonly since: number;
}

/** The lease of the last write of a key by this store. */
interface Held {
  readonly id: bigint;
  readonly lastIndex: bigint;
  readonly lasts: number;
  /** When the lease has ended unless it was renewed. */
  until: number;
}

/** How much longer than its time a lease is remembered, in milliseconds. */
const grace = 5000;
/** A lease is long enough for a write when it lasts so many times as long as the server took to grant it. */
const stepsOfWrite = 4;
const mostGrants = 3;

/**
 * The leases of a store's keys. Each write with a ttl has a lease of its own, with one key. A lease is revoked as soon
 * as its key is known to be written again or deleted, or not written at all. Only leases that this store was granted
 * are revoked: a lease of another program may hold other keys.
 */
export class EtcdLeases {
  readonly #connection: EtcdConnection;
  readonly #timeoutMs: number;
  readonly #held = new Map<string, Held>();
  readonly #revoking = new Set<Promise<void>>();
  #sweepAt = 64;

  constructor(connection: EtcdConnection, timeoutMs: number) {
    this.#connection = connection;
    this.#timeoutMs = timeoutMs;
  }

  /** Gets a lease for each ttl, all at once. When one cannot be had, none is kept. */
  async grant(ttls: ReadonlyMap<string, number>, signal: AbortSignal | undefined): Promise<ReadonlyMap<string, Lease>> {
    const granting = [...ttls].map(async ([key, ttl]) => [key, await this.#grant(ttl, signal)] as const);
    const granted = await Promise.allSettled(granting);
    const leases = new Map(granted.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])));
    const failed = granted.find((result) => result.status === 'rejected');
    if (failed === undefined) return leases;
    this.drop(leases);
    throw failed.reason;
  }

  /** Revokes leases whose keys were not written. */
  drop(leases: ReadonlyMap<string, Lease>): void {
    for (const { id } of leases.values()) this.#revoke(id);
  }

  /**
   * Renews the leases of keys that were just written where they end before the ttl is over, counted from now. A lease
   * is older than its write. Rejects with `ERR_KV_OUTCOME_UNKNOWN` when a key may expire too early.
   */
  async startAnew(leases: ReadonlyMap<string, Lease>, signal: AbortSignal | undefined): Promise<void> {
    const now = performance.now();
    const short = [...leases.values()].filter(({ ttl, lasts, since }) => now + ttl > since + lasts);
    await Promise.all(
      short.map(async ({ id }) => {
        let seconds: number;
        try {
          seconds = await this.#renew(id, signal);
        } catch (cause) {
          throw unknownOutcome('etcd', 'the key was written; it may expire before its ttl is over', cause);
        }
        if (seconds === 0) throw unknownOutcome('etcd', 'the key was written and has expired already', undefined);
      }),
    );
  }

  /** Notes that the write `lastIndex` put or deleted a key. The lease of the write before it is revoked. */
  written(key: string, lastIndex: bigint, lease: Lease | undefined): void {
    const held = this.#held.get(key);
    if (held !== undefined && held.lastIndex > lastIndex) {
      // The answers came in another order than the writes.
      if (lease !== undefined) this.#revoke(lease.id);
      return;
    }
    if (held !== undefined) this.#revoke(held.id);
    if (lease === undefined) {
      this.#held.delete(key);
      return;
    }
    if (this.#held.size >= this.#sweepAt) this.#sweep();
    const { id, lasts } = lease;
    this.#held.set(key, { id, lastIndex, lasts, until: performance.now() + lasts });
  }

  /** Notes that the write `lastIndex` deleted all keys of a range. */
  deleted(range: DriverRange, lastIndex: bigint): void {
    for (const [key, held] of this.#held) {
      if (!isInRange(range, key) || held.lastIndex > lastIndex) continue;
      this.#held.delete(key);
      this.#revoke(held.id);
    }
  }

  /** Notes that a key is no longer what the write `lastIndex` left; `lease` is the one that the key has now. */
  replaced(key: string, lastIndex: bigint, lease: bigint): void {
    const held = this.#held.get(key);
    if (held?.lastIndex !== lastIndex) return;
    this.#held.delete(key);
    if (held.id !== lease) this.#revoke(held.id);
  }

  /** Starts the time of a key's lease anew. Resolves to false for a lease that is no more. */
  async renew(key: string, id: bigint, signal: AbortSignal | undefined): Promise<boolean> {
    const isThere = (await this.#renew(id, signal)) > 0;
    const held = this.#held.get(key);
    if (held?.id === id) held.until = performance.now() + held.lasts;
    return isThere;
  }

  /** Waits for revocations that are under way, up to a limit in milliseconds. */
  async settled(withinMs: number): Promise<void> {
    const stop = new AbortController();
    const done = Promise.all(this.#revoking).then(() => stop.abort());
    await Promise.race([done, pause(withinMs, stop.signal)]);
  }

  async #grant(ttl: number, signal: AbortSignal | undefined): Promise<Lease> {
    let wanted = ttl;
    for (let grants = 1; ; grants++) {
      const id = newId();
      const since = performance.now();
      const lasts = (await this.#ask(id, wanted, signal)) * 1000;
      const took = performance.now() - since;
      if (lasts >= stepsOfWrite * took || grants === mostGrants) return { id, ttl, lasts, since };
      // The link is slow: the lease would end before the key is written and its lease renewed.
      this.#revoke(id);
      wanted = ttl + stepsOfWrite * took;
    }
  }

  /**
   * Gets the lease `id`, and gives its seconds. The number is ours, so that the request may be repeated like a read.
   */
  async #ask(id: bigint, ttl: number, signal: AbortSignal | undefined): Promise<number> {
    const seconds = BigInt(Math.ceil(ttl / 1000));
    const read = (answer: Buffer): number => grantAnswer(answer, id, seconds);
    try {
      return await this.#connection.call(LeaseService.leaseGrant, { ID: id, TTL: seconds }, read, {
        kind: 'read',
        signal,
      });
    } catch (error) {
      // The answer to an earlier attempt was lost.
      if (isTakenLease(error)) return this.#renew(id, signal);
      if (signal?.aborted === true) this.#revoke(id);
      throw error;
    }
  }

  /** The seconds that a lease has from now on; 0 for one that is no more. */
  async #renew(id: bigint, signal: AbortSignal | undefined): Promise<number> {
    const deadline = performance.now() + this.#timeoutMs;
    for (let renewed = false; ; renewed = true) {
      const stop = new AbortController();
      const abort = (): void => stop.abort(signal?.reason);
      const late = setTimeout(() => stop.abort(failureOf(tooLate(), 'read')), deadline - performance.now());
      if (signal?.aborted === true) abort();
      const forget = signal === undefined ? undefined : onAbort(signal, abort);
      try {
        return await this.#renewOnce(id, deadline, stop.signal);
      } catch (error) {
        if (error instanceof KvError || stop.signal.aborted) throw error;
        if (!isStaleToken(error) || renewed) throw failureOf(error, 'read');
      } finally {
        clearTimeout(late);
        forget?.();
      }
    }
  }

  async #renewOnce(id: bigint, deadline: number, signal: AbortSignal): Promise<number> {
    const { leaseKeepAlive } = LeaseService;
    const opened = await this.#connection.stream(leaseKeepAlive.path, deadline - performance.now(), signal);
    const { stream, token, failed } = opened;
    let abort = (): void => undefined;
    try {
      return await new Promise<number>((resolve, reject) => {
        abort = () => reject(signal.reason as Error);
        signal.addEventListener('abort', abort, { once: true });
        stream.on('data', (answer: Buffer) => {
          try {
            resolve(renewalAnswer(answer, id));
          } catch (error) {
            reject(error);
          }
        });
        stream.on('error', reject);
        stream.on('end', () => reject(new Error('the stream ended')));
        stream.write(leaseKeepAlive.requestSerialize({ ID: id }));
      });
    } catch (error) {
      if (!signal.aborted) failed();
      if (isStaleToken(error)) this.#connection.discardToken(token);
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
      stream.cancel();
    }
  }

  #revoke(id: bigint): void {
    // A lease that is not revoked ends by itself.
    const revoking = this.#connection
      .tidy(LeaseService.leaseRevoke, { ID: id })
      .finally(() => this.#revoking.delete(revoking));
    this.#revoking.add(revoking);
  }

  /** Forgets leases that have ended. Runs when the number of leases has doubled: O(1) for each write. */
  #sweep(): void {
    const now = performance.now();
    for (const [key, { until }] of this.#held) if (until + grace < now) this.#held.delete(key);
    this.#sweepAt = Math.max(64, 2 * this.#held.size);
  }
}

/** A random number from 1 to 2^63 - 1. */
function newId(): bigint {
  const [bits = 0n] = crypto.getRandomValues(new BigUint64Array(1));
  return (bits >> 1n) | 1n;
}
