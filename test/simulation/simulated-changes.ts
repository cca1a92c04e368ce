import { KvError } from '../../src/errors/kv-error.ts';
import type { KvChange, KvChanges } from '../../src/kv/api/changes.ts';
import type { Scheduler } from './scheduler.ts';
import type { Link } from './simulated-kv.ts';

export interface SimulatedChangesParts {
  readonly scheduler: Scheduler;
  readonly link: Link;
  readonly latency: number;
  /** The stream ends with an error after so many changes; undefined: never. */
  readonly cutAfter: number | undefined;
  /** The stream tells of its changes much later. */
  readonly stalls: boolean;
}

type Delivery = { readonly change: KvChange } | { readonly error: Error } | { readonly ended: true };

/** A stream of changes as one member sees it: in order, late, and cut now and then. */
export class SimulatedChanges implements KvChanges {
  readonly started: Promise<bigint>;
  readonly #server: KvChanges;
  readonly #arrived: Delivery[] = [];
  #waiting: ((result: Promise<IteratorResult<KvChange, undefined>>) => void) | undefined;
  #seen: bigint | undefined;
  #closed = false;

  constructor(server: KvChanges, parts: SimulatedChangesParts) {
    this.#server = server;
    this.started = server.started;
    void this.#read(parts);
  }

  get seen(): bigint | undefined {
    return this.#seen;
  }

  next(): Promise<IteratorResult<KvChange, undefined>> {
    const delivery = this.#arrived.shift();
    if (delivery !== undefined) return this.#result(delivery);
    if (this.#closed) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  return(): Promise<IteratorResult<KvChange, undefined>> {
    this.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  close(): void {
    this.#closed = true;
    this.#server.close();
    this.#waiting?.(Promise.resolve({ done: true, value: undefined }));
    this.#waiting = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #read({ scheduler, link, latency, cutAfter, stalls }: SimulatedChangesParts): Promise<void> {
    let count = 0;
    let free = 0;
    const deliver = (delivery: Delivery): void => {
      const delay = stalls ? 3000 + scheduler.latency(3000) : scheduler.latency(latency);
      // The stream keeps the order: a change does not arrive before an earlier one.
      free = Math.max(free, scheduler.now + delay);
      scheduler.after(free - scheduler.now, 'change sent', () => {
        link.deliver('change delivered', () => {
          this.#deliver(delivery);
        });
      });
    };
    for (;;) {
      const result = await this.#server.next().catch((error: unknown) => error as Error);
      if (result instanceof Error) {
        deliver({ error: result });
        return;
      }
      if (result.done === true) {
        deliver({ ended: true });
        return;
      }
      count += 1;
      if (cutAfter !== undefined && count > cutAfter) {
        this.#server.close();
        deliver({
          error: new KvError('ERR_KV_NOT_REACHABLE', 'the simulated stream was cut', { backend: 'simulated' }),
        });
        return;
      }
      deliver({ change: result.value });
    }
  }

  #deliver(delivery: Delivery): void {
    if (this.#closed) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) this.#arrived.push(delivery);
    else waiting(this.#result(delivery));
  }

  #result(delivery: Delivery): Promise<IteratorResult<KvChange, undefined>> {
    if ('change' in delivery) {
      this.#seen = delivery.change.revision;
      return Promise.resolve({ done: false, value: delivery.change });
    }
    this.#closed = true;
    if ('error' in delivery) return Promise.reject(delivery.error);
    return Promise.resolve({ done: true, value: undefined });
  }
}
