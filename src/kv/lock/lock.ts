import { onAbort } from '../../base/async/on-abort.ts';
import { KvError, isKvError } from '../../errors/kv-error.ts';
import type { KeepAlive } from '../api/keep-alive.ts';
import type { KvCondition, KvHeldLock, KvLock, KvOperation, KvOptions, KvPair } from '../api/calls.ts';
import type { KvStore } from '../api/kv-store.ts';

export interface LockOptions {
  readonly value: Uint8Array | string;
  /** Milliseconds. */
  readonly ttl: number;
  /** True leaves the value at the key of the lock when the lock is given up. */
  readonly keepValue: boolean;
}

/** The place of a lock in the queue: a key below the lock's own that expires unless it is renewed. */
interface Ticket {
  readonly pair: KvPair;
  readonly kept: KeepAlive;
}

/**
 * A lock made of transactions, ttl and watches. Each `lock` writes a ticket below the key. The ticket with the smallest
 * `lastIndex` holds the lock; every other one watches the ticket before it, so that an unlock wakes one waiter.
 */
export class TicketLock implements KvLock {
  readonly #kv: KvStore;
  readonly #key: string;
  readonly #options: LockOptions;
  #ticket: Ticket | undefined;
  #isBusy = false;

  constructor(kv: KvStore, key: string, options: LockOptions) {
    this.#kv = kv;
    this.#key = key;
    this.#options = options;
  }

  async lock(options: KvOptions = {}): Promise<KvHeldLock> {
    if (this.#isBusy) throw this.#refused('is held or waited for by this object; make another with newLock');
    this.#isBusy = true;
    let ticket: Ticket | undefined;
    try {
      ticket = await this.#draw(options.signal);
      await this.#wait(ticket, options.signal);
      this.#ticket = ticket;
      const { key, lastIndex } = ticket.pair;
      return { lost: ticket.kept.lost, token: lastIndex, condition: { key, lastIndex } };
    } catch (error) {
      this.#isBusy = false;
      if (ticket !== undefined) this.#drop(ticket);
      throw error;
    }
  }

  async unlock(options: KvOptions = {}): Promise<void> {
    const ticket = this.#ticket;
    if (ticket === undefined) throw this.#refused('is not held by this object');
    this.#ticket = undefined;
    this.#isBusy = false;
    ticket.kept.stop();
    try {
      const { key, lastIndex } = ticket.pair;
      const { value, keepValue } = this.#options;
      const left: readonly KvOperation[] = keepValue ? [{ type: 'put', key: this.#key, value }] : [];
      const conditions: readonly KvCondition[] = [
        { key, exists: true },
        { key, lastIndex },
      ];
      await this.#kv.transaction(conditions, [{ type: 'delete', key }, ...left], options);
    } catch (cause) {
      if (!isKvError(cause, 'ERR_KV_KEY_NOT_FOUND') && !isKvError(cause, 'ERR_KV_KEY_MODIFIED')) throw cause;
      throw this.#refused('was lost before it was unlocked', cause);
    }
  }

  async #draw(signal: AbortSignal | undefined): Promise<Ticket> {
    const { value, ttl } = this.#options;
    const key = `${this.#key}/${randomName()}`;
    try {
      const pair = await this.#kv.put(key, value, { ttl, signal });
      return { pair, kept: this.#kv.keepAlive(pair, { ttl }) };
    } catch (error) {
      // The ticket may be there, or may still come. If it cannot be deleted it expires.
      if (!isKvError(error, 'ERR_KV_OUTCOME_UNKNOWN')) throw error;
      this.#kv.delete(key).catch(() => undefined);
      // A caller that gives up holds nothing, whatever becomes of the ticket.
      throw signal?.aborted === true ? signal.reason : error;
    }
  }

  /** Resolves when the ticket is the first one. */
  async #wait({ pair, kept }: Ticket, signal: AbortSignal | undefined): Promise<void> {
    const ended = AbortSignal.any(signal === undefined ? [kept.lost] : [kept.lost, signal]);
    for (;;) {
      const tickets = await this.#kv.list(this.#key, { keysOnly: true, signal });
      if (signal?.aborted === true) throw signal.reason;
      if (kept.lost.aborted || !tickets.some(({ lastIndex }) => lastIndex === pair.lastIndex))
        throw this.#refused('was lost while it was waited for', kept.lost.reason);
      const before = tickets
        .filter(({ lastIndex }) => lastIndex < pair.lastIndex)
        .sort(byIndex)
        .at(-1);
      if (before === undefined) return;
      await this.#untilGone(before.key, ended);
    }
  }

  /** Resolves when the key is not there, or the signal aborts. */
  async #untilGone(key: string, ended: AbortSignal): Promise<void> {
    const watcher = this.#kv.watch(key);
    const forget = onAbort(ended, () => watcher.close());
    try {
      // A watch tells nothing about a key that is gone already.
      if (ended.aborted || !(await this.#kv.exists(key))) return;
      for await (const { type } of watcher) if (type === 'delete') return;
    } finally {
      forget();
      watcher.close();
    }
  }

  /** Leaves the queue. A ticket that cannot be deleted expires. */
  #drop({ pair, kept }: Ticket): void {
    kept.stop();
    this.#kv.atomicDelete(pair.key, pair).catch(() => undefined);
  }

  #refused(why: string, cause?: unknown): KvError {
    return new KvError('ERR_KV_CANNOT_LOCK', `the lock ${this.#key} ${why}`, { key: this.#key }, { cause });
  }
}

function byIndex(a: KvPair, b: KvPair): number {
  return a.lastIndex < b.lastIndex ? -1 : 1;
}

function randomName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
