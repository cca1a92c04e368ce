import { KvError } from './kv-error.ts';

/** A renewal that is going on. */
export interface KeepAlive {
  /** Aborts when the key is no longer as it was written, or could not be renewed within its ttl; the error is the reason. */
  readonly lost: AbortSignal;
  /** Renews no more; the key expires unless it is written again. */
  stop(): void;
}

/** Renews every third of the ttl, one renewal after the other. A renewal that fails is tried again for as long as the ttl may still run. */
export class Renewal implements KeepAlive {
  readonly #renew: (signal: AbortSignal) => Promise<boolean>;
  readonly #ttl: number;
  readonly #lost = new AbortController();
  readonly #stopped = new AbortController();
  readonly #onEnd: () => void;
  #timer: NodeJS.Timeout | undefined;
  #renewed = performance.now();

  constructor(ttl: number, renew: (signal: AbortSignal) => Promise<boolean>, onEnd: () => void) {
    this.#ttl = ttl;
    this.#renew = renew;
    this.#onEnd = onEnd;
    this.#arm();
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  stop(): void {
    if (this.#stopped.signal.aborted) return;
    clearTimeout(this.#timer);
    this.#stopped.abort();
    this.#onEnd();
  }

  #arm(): void {
    this.#timer = setTimeout(() => void this.#round(), this.#ttl / 3);
  }

  async #round(): Promise<void> {
    const began = performance.now();
    let problem: KvError;
    try {
      if (await this.#renew(this.#stopped.signal)) {
        this.#renewed = began;
        if (!this.#stopped.signal.aborted) this.#arm();
        return;
      }
      problem = new KvError(
        'ERR_KV_KEY_MODIFIED',
        'the key that was kept alive has expired, or somebody wrote it; write it again if it is yours',
      );
    } catch (error) {
      problem = new KvError('ERR_KV_NOT_REACHABLE', 'the key could not be renewed within its ttl; take it as expired', { cause: error });
      if (!this.#stopped.signal.aborted && performance.now() - this.#renewed < this.#ttl) {
        this.#arm();
        return;
      }
    }
    if (this.#stopped.signal.aborted) return;
    this.stop();
    this.#lost.abort(problem);
  }
}
