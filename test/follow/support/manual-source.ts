import type { Commit, SynchronousResult, Version } from 'swarmstate';
import type { FollowSource, SourceState, SourceWatch, SourceWatcher } from 'swarmstate/cache';

type Result = IteratorResult<Commit, undefined>;

/** A watcher that delivers the commits that a test gives it. */
class ManualWatcher implements SourceWatcher {
  closed = false;
  #settle: { readonly resolve: (result: Result) => void; readonly reject: (error: unknown) => void } | undefined;

  commits(): AsyncIterator<Commit, undefined, undefined> {
    return { next: () => new Promise((resolve, reject) => (this.#settle = { resolve, reject })) };
  }

  deliver(commit: Commit): void {
    this.#settle?.resolve({ done: false, value: commit });
  }

  fail(error: unknown): void {
    this.#settle?.reject(error);
  }

  close(): void {
    this.closed = true;
  }
}

/** An empty remote source: a test gives each of its answers. */
export class ManualSource implements FollowSource {
  readonly watchers: ManualWatcher[] = [];
  version: Version | undefined;
  /** How often its rows were read. */
  looks = 0;
  #answer: { readonly resolve: () => void; readonly reject: (error: unknown) => void } | undefined;
  readonly #handlers = new Map<string, (payload: { readonly reason: unknown } | undefined) => void>();

  viewAndWatch<R extends SynchronousResult>(callback: (state: SourceState) => R): Promise<SourceWatch<R>> {
    this.looks += 1;
    return new Promise((resolve, reject) => {
      const answer = (): void => {
        const watcher = new ManualWatcher();
        this.watchers.push(watcher);
        resolve({ value: callback({ version: this.version, table: () => ({ find: () => [] }) }), watcher });
      };
      this.#answer = { resolve: answer, reject };
    });
  }

  on(event: 'stale' | 'live', handler: (payload: { readonly reason: unknown } | undefined) => void): () => void {
    this.#handlers.set(event, handler);
    return () => this.#handlers.delete(event);
  }

  /** Answers the last read. */
  answer(): void {
    this.#answer?.resolve();
  }

  refuse(error: unknown): void {
    this.#answer?.reject(error);
  }

  say(event: 'stale' | 'live', reason?: unknown): void {
    this.#handlers.get(event)?.({ reason });
  }

  get listeners(): number {
    return this.#handlers.size;
  }
}
