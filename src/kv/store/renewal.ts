import { KvError } from '../../errors/kv-error.ts';
import type { KeepAlive } from '../api/keep-alive.ts';

/**
 * Renews every third of the ttl, one renewal after the other. One that fails is tried again for as long as the ttl may
 * still run; then the key is lost, also while a renewal waits for its answer.
 */
export class Renewal implements KeepAlive {
  readonly #renew: (signal: AbortSignal) => Promise<boolean>;
  readonly #ttl: number;
  readonly #lost = new AbortController();
  readonly #stopped = new AbortController();
  readonly #onEnd: () => void;
  #next: NodeJS.Timeout | undefined;
  #end: NodeJS.Timeout | undefined;
  #problem: unknown;

  constructor(ttl: number, renew: (signal: AbortSignal) => Promise<boolean>, onEnd: () => void) {
    this.#ttl = ttl;
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

  /** The ttl runs at least since `began`, when the renewal was sent. */
  #renewed(began: number): void {
    clearTimeout(this.#end);
    const message = 'the key could not be renewed within its ttl; take it as expired';
    this.#end = setTimeout(
      () => this.#lose(new KvError('ERR_KV_NOT_REACHABLE', message, { cause: this.#problem })),
      began + this.#ttl - performance.now(),
    );
    this.#arm();
  }

  #arm(): void {
    this.#next = setTimeout(() => void this.#round(), this.#ttl / 3);
  }

  async #round(): Promise<void> {
    const began = performance.now();
    try {
      const isThere = await this.#renew(this.#stopped.signal);
      if (this.#stopped.signal.aborted) return;
      if (isThere) this.#renewed(began);
      else
        this.#lose(new KvError('ERR_KV_KEY_MODIFIED', 'the key that was kept alive has expired, or somebody wrote it'));
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
