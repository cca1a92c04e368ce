import { isStoreError } from 'swarmstate';
import type { Commit, MemoryStore, SynchronousResult, Version, WatchOptions } from 'swarmstate';
import type { FollowSource, SourceState, SourceWatch, SourceWatcher } from 'swarmstate/cache';

/** Counts the interruptions that a follower met, by name. */
export class Tally {
  readonly #counts = new Map<string, number>();

  add(what: string): void {
    this.#counts.set(what, this.of(what) + 1);
  }

  of(what: string): number {
    return this.#counts.get(what) ?? 0;
  }
}

/** A store behind a connection that a test can cut. Counts how its watchers ended. */
export class UnreliableSource implements FollowSource {
  readonly #store: MemoryStore;
  readonly #tally: Tally;
  /** The number of coming attempts to connect that fail. */
  #refusals = 0;
  #cut: (error: Error) => void = () => undefined;
  #held: Promise<void> | undefined;
  #release: () => void = () => undefined;

  constructor(store: MemoryStore, tally: Tally) {
    this.#store = store;
    this.#tally = tally;
  }

  /** Breaks the connection of the present watcher. The next `refusals` attempts to connect fail as well. */
  cut(refusals: number): void {
    this.#refusals = refusals;
    this.#cut(new Error('the connection broke'));
  }

  /** Delays the follower's reads until {@link release}. */
  hold(): void {
    this.#held ??= new Promise((resolve) => (this.#release = resolve));
  }

  release(): void {
    this.#release();
    this.#held = undefined;
  }

  viewAndWatch<R extends SynchronousResult>(
    callback: (state: SourceState) => R,
    options: WatchOptions,
  ): SourceWatch<R> | Promise<SourceWatch<R>> {
    if (this.#refuses()) return Promise.reject(new Error('there is no connection'));
    const { value, watcher } = this.#store.viewAndWatch(callback, options);
    return { value, watcher: this.#wrap(watcher) };
  }

  async watchFrom(version: Version, options: WatchOptions): Promise<SourceWatcher> {
    if (this.#refuses()) throw new Error('there is no connection');
    try {
      const watcher = await this.#store.watchFrom(version, options);
      this.#tally.add('resumed');
      return this.#wrap(watcher);
    } catch (error) {
      this.#note(error);
      throw error;
    }
  }

  #refuses(): boolean {
    if (this.#refusals === 0) return false;
    this.#refusals -= 1;
    this.#tally.add('refused');
    return true;
  }

  #wrap(watcher: SourceWatcher): SourceWatcher {
    let commits: AsyncIterator<Commit, undefined> | undefined;
    const broken = new Promise<never>((_resolve, reject) => {
      this.#cut = (error) => {
        this.#tally.add('cut');
        reject(error);
      };
    });
    broken.catch(() => undefined);
    const next = async (): Promise<IteratorResult<Commit, undefined>> => {
      try {
        commits ??= watcher.commits();
        const result = await Promise.race([(this.#held ?? Promise.resolve()).then(() => commits?.next()), broken]);
        if (result === undefined) throw new Error('unreachable');
        if (result.value?.reset === true) this.#tally.add('reloaded');
        return result;
      } catch (error) {
        this.#note(error);
        throw error;
      }
    };
    return { commits: () => ({ next }), close: () => watcher.close() };
  }

  #note(error: unknown): void {
    if (isStoreError(error)) this.#tally.add(error.code);
  }
}
