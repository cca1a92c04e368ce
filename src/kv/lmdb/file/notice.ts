import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';

/**
 * Calls `onNotice` soon after a process has written into a file, once in each turn of the event loop at most. Some
 * file systems tell nothing, and some machines have no watch left: whoever needs the news must also look from time to
 * time.
 */
export class FileNotice {
  readonly #onNotice: () => void;
  #watcher: FSWatcher | undefined;
  #next: NodeJS.Immediate | undefined;

  constructor(onNotice: () => void) {
    this.#onNotice = onNotice;
  }

  start(file: string): void {
    this.stop();
    try {
      const watcher = watch(file, { persistent: false }, () => this.#note());
      watcher.on('error', () => this.stop());
      this.#watcher = watcher;
    } catch {
      // Without notices the news come later.
    }
  }

  stop(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    if (this.#next !== undefined) clearImmediate(this.#next);
    this.#next = undefined;
  }

  #note(): void {
    this.#next ??= setImmediate(() => {
      this.#next = undefined;
      this.#onNotice();
    });
  }
}
