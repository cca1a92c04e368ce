import { onAbort } from '../base/async/on-abort.ts';
import { StoreError } from '../errors/store-error.ts';
import { isAfter } from '../model/version.ts';
import type { Version } from '../wire/generated/common.ts';

interface Wait {
  readonly version: Version;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** The pending waits for versions. */
export class VersionWaits {
  readonly #waits = new Set<Wait>();

  /** Resolves once `version` or a later one is reached; `current` is the version that is already reached. */
  async until(
    version: Version,
    current: Version | undefined,
    closed: boolean,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if (current !== undefined && !isAfter(version, current)) return;
    if (closed)
      throw new StoreError('ERR_STORE_CLOSED', 'the follower is closed and will not reach that version any more', {});
    let stop = (): void => undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        const wait: Wait = { version, resolve, reject };
        this.#waits.add(wait);
        const forget =
          signal &&
          onAbort(signal, () => {
            reject(signal.reason as Error);
          });
        stop = () => {
          this.#waits.delete(wait);
          forget?.();
        };
      });
    } finally {
      stop();
    }
  }

  /** The number of waits. */
  get size(): number {
    return this.#waits.size;
  }

  reached(version: Version | undefined): void {
    if (version === undefined) return;
    for (const wait of this.#waits) if (!isAfter(wait.version, version)) wait.resolve();
  }

  close(error: unknown): void {
    for (const wait of this.#waits) wait.reject(error as Error);
  }
}
