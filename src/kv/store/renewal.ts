import { KvError } from '../../errors/kv-error.ts';
import type { KeepAlive } from '../api/keep-alive.ts';

/** The write that a {@link Renewal} keeps. */
interface Renewed {
  readonly backend: string;
  readonly key: string;
  /** Milliseconds. */
  readonly ttl: number;
  /** When the write was sent, by `performance.now()`; now where that is not known. */
  readonly since?: number | undefined;
}

/**
 * Calls `renew` at once and then every third of the ttl, one call after the other. A call that fails is repeated while
 * the ttl may still run. The ttl counts from the moment when the write or the last renewal was sent: the store may have
 * started it as early as that. When the ttl is over the key counts as lost, even if a call still waits for its answer.
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
    const now = performance.now();
    this.#expect(kept.since ?? now);
    // How much of the ttl is left is not known for a pair that was read or written earlier.
    this.#arm(now);
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

  /** Lets the key count as lost when no renewal succeeds within the ttl that began at `began`. */
  #expect(began: number): void {
    clearTimeout(this.#end);
    const { backend, key, ttl } = this.#kept;
    const message = `${key} could not be renewed within its ttl; take it as expired`;
    this.#end = setTimeout(
      () => this.#lose(new KvError('ERR_KV_NOT_REACHABLE', message, { backend, key }, { cause: this.#problem })),
      began + ttl - performance.now(),
    );
  }

  #arm(at: number): void {
    this.#next = setTimeout(() => void this.#round(), at - performance.now());
  }

  async #round(): Promise<void> {
    const began = performance.now();
    try {
      const isThere = await this.#renew(this.#stopped.signal);
      if (this.#stopped.signal.aborted) return;
      if (!isThere) {
        const { key } = this.#kept;
        const message = `${key} was kept alive and has expired, or somebody else wrote it`;
        this.#lose(new KvError('ERR_KV_KEY_MODIFIED', message, { key }));
        return;
      }
      this.#expect(began);
      this.#arm(began + this.#kept.ttl / 3);
    } catch (error) {
      if (this.#stopped.signal.aborted) return;
      this.#problem = error;
      this.#arm(performance.now() + this.#kept.ttl / 3);
    }
  }

  #lose(problem: KvError): void {
    this.stop();
    this.#lost.abort(problem);
  }
}
