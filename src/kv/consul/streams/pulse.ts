import { pause } from '../../../base/async/pause.ts';
import { isKvError } from '../../../errors/kv-error.ts';
import { TargetMap } from '../../backend/target-map.ts';
import { failureOf } from '../connection/failure.ts';
import { readNames } from '../reading/snapshots.ts';
import { pathOf } from '../records/keyspace.ts';
import { isAborted } from './is-aborted.ts';
import { reap } from './reaper.ts';
import { readRecords } from './records.ts';
import type { DriverTarget } from '../../backend/driver.ts';
import type { ConsulContext } from '../protocol/context.ts';
import type { Sweep } from '../reading/selected.ts';

/** A stream that is told when there may be news, or why there will be none. */
export interface Listener {
  wake(): void;
  fail(problem: Error): void;
}

/** How long a server waits for a change before it answers, in milliseconds. */
const waitMs = 55_000;

/** Writes whose changed keys are looked up. After more of them everybody is woken. */
const mostWrites = 63;

/**
 * Tells the streams of a store that something has changed. One request waits for changes of all keys, whatever the
 * number of streams is. Streams of keys that the store's own writes did not touch sleep on. A change by another program
 * wakes all.
 */
export class ConsulPulse {
  readonly #context: ConsulContext;
  readonly #sweep: Sweep;
  readonly #targets = new TargetMap<Listener>();
  /** The end of the loop that runs; undefined while nobody listens. */
  #stop: AbortController | undefined;

  constructor(context: ConsulContext, sweep: Sweep) {
    this.#context = context;
    this.#sweep = sweep;
  }

  /** Calls the listener after each change, from now on. Returns the function that ends this. */
  listen(target: DriverTarget, listener: Listener): () => void {
    this.#targets.add(target, listener);
    if (this.#stop === undefined) {
      this.#stop = new AbortController();
      void this.#run(this.#stop.signal);
      if (!this.#context.isReadOnly) void reap(this.#context, this.#sweep, this.#stop.signal);
    }
    return () => {
      this.#targets.delete(target, listener);
      if (!this.#targets.isEmpty) return;
      this.#stop?.abort();
      this.#stop = undefined;
    };
  }

  close(): void {
    this.#stop?.abort();
  }

  async #run(signal: AbortSignal): Promise<void> {
    let index = 0;
    let number: number | undefined;
    let lostAt: number | undefined;
    while (!signal.aborted) {
      const attempt = performance.now();
      try {
        // The first answer comes at once: it may be about a change that came before the streams looked.
        const next = await this.#changed(index, signal);
        const { head } = await readNames(this.#context, [], { stale: false, signal });
        lostAt = undefined;
        // A server that has gone back to an older state counts from there.
        const isReset = index > 0 && next < index;
        const isForeign = next > head.modifyIndex || next === index || number === head.number;
        if (number === undefined || isReset || isForeign || head.number < number) this.#wakeAll();
        else await this.#wakeThose(number, head.number, signal);
        number = head.number;
        index = isReset ? 0 : Math.max(1, next);
      } catch (error) {
        if (isAborted(signal)) break;
        const problem = failureOf(error, 'read');
        lostAt ??= attempt;
        const isLong = performance.now() - lostAt >= this.#context.reconnectMs;
        if (!isKvError(problem, 'ERR_KV_NOT_REACHABLE') || isLong) this.#failAll(problem);
        number = undefined;
        await pause(50, signal);
      }
    }
  }

  /** Consul's number of the newest change of a key, when that is another one than `index`. */
  #changed(index: number, signal: AbortSignal): Promise<number> {
    const { connection, keyspace } = this.#context;
    // Only the first parts of the names come back.
    const query = `keys&separator=/&index=${index}&wait=${index === 0 ? 0 : waitMs}ms`;
    return connection.call({ method: 'GET', path: pathOf(keyspace.base, query) }, (answer) => answer.index, {
      kind: 'read',
      signal,
      waitMs: index === 0 ? 0 : (waitMs * 17) / 16,
    });
  }

  async #wakeThose(after: number, last: number, signal: AbortSignal): Promise<void> {
    const records = last - after > mostWrites ? undefined : await readRecords(this.#context, after, last, signal);
    if (records === undefined || records.length < last - after) {
      this.#wakeAll();
      return;
    }
    for (const { changes } of records) {
      if (changes === undefined) {
        this.#wakeAll();
        return;
      }
      for (const { key } of changes) this.#targets.forEachOf(key, (listener) => listener.wake());
    }
  }

  #wakeAll(): void {
    this.#targets.forEach((listener) => listener.wake());
  }

  #failAll(problem: Error): void {
    this.#targets.forEach((listener) => listener.fail(problem));
  }
}
