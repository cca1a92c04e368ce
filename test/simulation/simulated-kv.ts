import { KvError } from '../../src/errors/kv-error.ts';
import { unknownOutcome } from '../../src/kv/backend/unknown-outcome.ts';
import type { KvChanges, KvChangesOptions } from '../../src/kv/api/changes.ts';
import type {
  KvCondition,
  KvDeleteRangeOptions,
  KvDurability,
  KvLimits,
  KvListOptions,
  KvLock,
  KvOperation,
  KvOptions,
  KvPrevious,
  KvRead,
  KvReadOptions,
  KvStoredPair,
  KvWriteOptions,
} from '../../src/kv/api/calls.ts';
import type { KvStore } from '../../src/kv/api/kv-store.ts';
import type { CallFaults } from './fault-plan.ts';
import type { Scheduler } from './scheduler.ts';
import { SimulatedChanges } from './simulated-changes.ts';

/** The connection of one life of a member to the store that all members share. */
export interface Link {
  /** The member was killed: nothing arrives any more, and nothing is sent. */
  isDead(): boolean;
  /** The member does not reach the store. */
  isCut(): boolean;
  /** Runs the function as soon as the member is not paused. */
  deliver(label: string, run: () => void): void;
}

export interface SimulatedKvParts {
  readonly server: KvStore;
  readonly scheduler: Scheduler;
  readonly link: Link;
  readonly faults: () => CallFaults;
  readonly latency: number;
  readonly streamFaults: () => number;
  readonly newToken: () => bigint;
  /** Called with each fault that had an effect on a call. */
  readonly onFault: (fault: string) => void;
}

/**
 * The shared store as one member sees it. The effect of a call and its answer are two events, so that everything can
 * happen in between. A call that was aborted may have been sent.
 */
export class SimulatedKv implements KvStore {
  readonly backend = 'simulated';
  readonly limits: KvLimits;
  readonly durability: KvDurability = 'none';
  readonly readOnly = false;
  readonly #parts: SimulatedKvParts;

  constructor(parts: SimulatedKvParts, limits: KvLimits) {
    this.#parts = parts;
    this.limits = limits;
  }

  get maxValueBytes(): number {
    return this.limits.valueBytes;
  }

  get(key: string, { signal }: KvReadOptions = {}): Promise<KvStoredPair> {
    return this.#call('get', false, signal, (kv) => kv.get(key));
  }

  getOrUndefined(key: string, { signal }: KvReadOptions = {}): Promise<KvStoredPair | undefined> {
    return this.#call('getOrUndefined', false, signal, (kv) => kv.getOrUndefined(key));
  }

  exists(key: string, { signal }: KvReadOptions = {}): Promise<boolean> {
    return this.#call('exists', false, signal, (kv) => kv.exists(key));
  }

  list(prefix: string, { signal, ...options }: KvListOptions = {}): Promise<readonly KvStoredPair[]> {
    return this.#call('list', false, signal, (kv) => kv.list(prefix, options));
  }

  read(keys: readonly string[], { signal, ...options }: KvReadOptions = {}): Promise<KvRead> {
    return this.#call('read', false, signal, (kv) => kv.read(keys, options));
  }

  put(key: string, value: Uint8Array | string, { signal, ...options }: KvWriteOptions = {}): Promise<KvStoredPair> {
    return this.#call('put', true, signal, (kv) => kv.put(key, value, options));
  }

  delete(key: string, { signal }: KvOptions = {}): Promise<void> {
    return this.#call('delete', true, signal, (kv) => kv.delete(key));
  }

  deleteTree(prefix: string, { signal }: KvOptions = {}): Promise<void> {
    return this.#call('deleteTree', true, signal, (kv) => kv.deleteTree(prefix));
  }

  deleteRange(prefix: string, { signal, ...options }: KvDeleteRangeOptions = {}): Promise<number> {
    return this.#call('deleteRange', true, signal, (kv) => kv.deleteRange(prefix, options));
  }

  atomicPut(
    key: string,
    value: Uint8Array | string,
    previous: KvPrevious | undefined,
    { signal, ...options }: KvWriteOptions = {},
  ): Promise<KvStoredPair> {
    return this.#call('atomicPut', true, signal, (kv) => kv.atomicPut(key, value, previous, options));
  }

  atomicDelete(key: string, previous: KvPrevious, { signal }: KvOptions = {}): Promise<void> {
    return this.#call('atomicDelete', true, signal, (kv) => kv.atomicDelete(key, previous));
  }

  transaction(
    conditions: readonly KvCondition[],
    operations: readonly KvOperation[],
    { signal }: KvOptions = {},
  ): Promise<readonly KvStoredPair[]> {
    return this.#call('transaction', true, signal, (kv) => kv.transaction(conditions, operations));
  }

  changes(prefix: string, options: KvChangesOptions = {}): KvChanges {
    const { server, scheduler, link, latency, streamFaults } = this.#parts;
    return new SimulatedChanges(server.changes(prefix, options), {
      scheduler,
      link,
      latency,
      // A stream that is cut ends after some changes; one that stalls tells of them much later.
      cutAfter: scheduler.chance(streamFaults()) ? scheduler.random.below(20) : undefined,
      stalls: scheduler.chance(streamFaults()),
    });
  }

  watch(): never {
    throw notSimulated('watch');
  }

  watchTree(): never {
    throw notSimulated('watchTree');
  }

  pairs(): never {
    throw notSimulated('pairs');
  }

  /**
   * The worst lock: everybody who asks holds it, and nobody is told of the others. Only the tokens are right, and an
   * answer may come behind those to later ones.
   */
  newLock(key: string): Promise<KvLock> {
    return Promise.resolve({
      lock: async ({ signal } = {}) => {
        const token = this.#parts.newToken();
        await this.#call('lock', false, signal, () => Promise.resolve());
        return { token, lost: new AbortController().signal, condition: { key, exists: true } };
      },
      unlock: () => Promise.resolve(),
    });
  }

  keepAlive(): never {
    throw notSimulated('keepAlive');
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #call<T>(
    name: string,
    isWrite: boolean,
    signal: AbortSignal | undefined,
    run: (kv: KvStore) => Promise<T>,
  ): Promise<T> {
    const { server, scheduler, link, latency, onFault } = this.#parts;
    return new Promise<T>((resolve, reject) => {
      if (link.isDead()) return;
      if (signal?.aborted === true) {
        reject(signal.reason as Error);
        return;
      }
      const fault = link.isCut() ? 'refused' : this.#fault(isWrite);
      if (fault !== 'none') onFault(fault);
      let sent = false;
      const answer = (after: number, settle: () => void): void => {
        scheduler.after(after, `${name} answered (${fault})`, () => {
          link.deliver(`${name} delivered`, () => {
            signal?.removeEventListener('abort', aborted);
            settle();
          });
        });
      };
      const aborted = (): void => {
        const reason: unknown = signal?.reason;
        // A read has no effect, and a write that waits to be sent is taken back.
        if (!isWrite || !sent) reject(reason);
        else reject(unknown(name, reason));
        takenBack = !sent;
      };
      let takenBack = false;
      signal?.addEventListener('abort', aborted, { once: true });
      const travel = scheduler.latency(latency);
      scheduler.after(scheduler.latency(latency / 4), `${name} sent`, () => {
        if (takenBack || link.isDead()) return;
        sent = true;
        const lost = (): void => {
          reject(isWrite ? unknown(name, undefined) : unreachable(name));
        };
        if (fault === 'refused') {
          answer(travel, () => {
            reject(unreachable(name));
          });
          return;
        }
        if (fault === 'late') answer(travel, lost);
        scheduler.after(
          fault === 'late' ? travel + 50 + scheduler.latency(5000) : travel,
          `${name} takes effect`,
          () => {
            const first = run(server);
            const effect = fault === 'repeated' ? first.then(again, again) : first;
            function again(): Promise<T> {
              return run(server);
            }
            effect.then(
              (value) => {
                scheduler.note(`${name} succeeded`);
                if (fault === 'lost') answer(travel, lost);
                else if (fault !== 'late') {
                  answer(fault === 'delayed' ? 2000 + scheduler.latency(5000) : travel, () => {
                    resolve(value);
                  });
                }
              },
              (error: unknown) => {
                scheduler.note(`${name} failed: ${String((error as { code?: unknown }).code)}`);
                if (fault === 'lost') answer(travel, lost);
                else if (fault !== 'late') {
                  answer(travel, () => {
                    reject(error);
                  });
                }
              },
            );
          },
        );
      });
    });
  }

  #fault(isWrite: boolean): keyof CallFaults | 'none' {
    const { scheduler, faults } = this.#parts;
    const rates = faults();
    let drawn = scheduler.random.next();
    for (const fault of ['refused', 'late', 'lost', 'delayed', 'repeated'] as const) {
      drawn -= rates[fault];
      if (drawn < 0) return fault === 'repeated' && !isWrite ? 'none' : fault;
    }
    return 'none';
  }
}

function unreachable(call: string): KvError {
  return new KvError('ERR_KV_NOT_REACHABLE', `the simulated store refused ${call}`, { backend: 'simulated' });
}

function unknown(call: string, cause: unknown): KvError {
  return unknownOutcome('simulated', `the answer of ${call} was lost`, cause);
}

function notSimulated(call: string): Error {
  return new Error(`the simulated store has no ${call}`);
}
