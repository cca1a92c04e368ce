import type { Commit, Selector, Task } from 'swarmstate';
import type { FollowSource, SourceState } from 'swarmstate/cache';
import { changeTasks, storeOf } from './workload.ts';

/** A source with recorded commits, so that the time of the store that made them does not count. */
export class RecordedSource implements FollowSource {
  readonly #rows: readonly Task[];
  readonly #commits: readonly Commit[];
  #selectors: readonly Selector[] = [];
  #delivered = 0;
  #available = 0;
  #wake: (() => void) | undefined;

  constructor(rows: readonly Task[], commits: readonly Commit[]) {
    this.#rows = rows;
    this.#commits = commits;
  }

  /** Records `commits` commits of `changesPerCommit` changes each, on a table of `rows` tasks. */
  static async record(rows: number, commits: number, changesPerCommit: number): Promise<RecordedSource> {
    const store = await storeOf(rows);
    const { tasks } = store.save();
    const watcher = store.watch({ limit: Infinity });
    for (let commit = 0; commit < commits; commit++) await changeTasks(store, rows, changesPerCommit, commit);
    await store.close();
    const recorded: Commit[] = [];
    for await (const commit of watcher.commits()) recorded.push(commit);
    return new RecordedSource(tasks, recorded);
  }

  /** Delivers one more commit, and calls the selectors' checks as a store does. */
  commit(): void {
    for (const { kind, object, oldObject } of this.#commits[this.#available]?.events ?? []) {
      if (kind !== 'task') continue;
      for (const selector of this.#selectors) if (selector.kind === 'task') selector.check?.(object, oldObject);
    }
    this.#available += 1;
    this.#wake?.();
  }

  viewAndWatch: FollowSource['viewAndWatch'] = (callback, { events = [] }) => {
    this.#selectors = events;
    const state = { version: undefined, table: () => ({ find: () => this.#rows }) } as unknown as SourceState;
    const next = async (): Promise<IteratorResult<Commit, undefined>> => {
      while (this.#delivered >= this.#available) await new Promise<void>((resolve) => (this.#wake = resolve));
      const value = this.#commits[this.#delivered++];
      return value === undefined ? { done: true, value } : { done: false, value };
    };
    return { value: callback(state), watcher: { commits: () => ({ next }), close: () => undefined } };
  };
}
