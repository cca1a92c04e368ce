import { KvError } from '../../errors/kv-error.ts';
import type { KeepAlive } from '../api/keep-alive.ts';

/** The write that a {@link Renewal} keeps. */
interface Renewed {
  readonly backend: string;
  readonly key: string;
  /** Milliseconds. */
  readonly ttl: number;
}

/**
 * Calls `renew` every third of the ttl, one call after the other. A call that fails is repeated while the ttl may still
 * run. When the ttl is over the key counts as lost, even if a call still waits for its answer.
 */
export class Renewal implements KeepAlive {
  readonly #kept: Renewed;
  readonly #renew: (signal: AbortSignal) => Promise<boolean>;
  readonly #lost = new AbortController();
  readonly #stopped = new AbortController();
  readonly #onEnd: () => void;
  #next: NodeJS.Timeout | undefined;
  #end: NodeJS.Timeout | undefined;
  #problem: unknown;

  constructor(kept: Renewed, renew: (signal: AbortSignal) => Promise<boolean>, onEnd: () => void) {
    this.#kept = kept;
    this.#renew = renew;
    this.#onEnd = onEnd;
    this.#renewed(performance.now());
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  stop(): void {
    if (this.#stopped.signal.aborted) return;
    clearTimeout(this.#next);
    clearTimeout(this.#end);
    this.#stopped.abort();
    this.#onEnd();
  }

  /** Waits for the next renewal. The ttl runs since `began` or later: `began` is when the last renewal was sent. */
  #renewed(began: number): void {
    clearTimeout(this.#end);
    const { backend, key, ttl } = this.#kept;
    const message = `${key} could not be renewed within its ttl; take it as expired`;
    this.#end = setTimeout(
      () => this.#lose(new KvError('ERR_KV_NOT_REACHABLE', message, { backend, key }, { cause: this.#problem })),
      began + ttl - performance.now(),
    );
    this.#arm();
  }

  #arm(): void {
    this.#next = setTimeout(() => void this.#round(), this.#kept.ttl / 3);
  }

  async #round(): Promise<void> {
    const began = performance.now();
    try {
      const isThere = await this.#renew(this.#stopped.signal);
      if (this.#stopped.signal.aborted) return;
      if (isThere) this.#renewed(began);
      else {
        const { key } = this.#kept;
        const message = `${key} was kept alive and has expired, or somebody else wrote it`;
        this.#lose(new KvError('ERR_KV_KEY_MODIFIED', message, { key }));
      }
    } catch (error) {
      if (this.#stopped.signal.aborted) return;
      this.#problem = error;
      this.#arm();
    }
  }

  #lose(problem: KvError): void {
    this.stop();
    this.#lost.abort(problem);
  }
}
