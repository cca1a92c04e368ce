import { MemoryStore, TaskState } from 'swarmstate';
import type { Commit, Task } from 'swarmstate';
import type { FollowSource, SourceState } from 'swarmstate/cache';

const states = [TaskState.PENDING, TaskState.ASSIGNED, TaskState.STARTING, TaskState.RUNNING, TaskState.FAILED];

/** A source whose commits were made beforehand, so that the time of the store that made them does not count. */
export class RecordedSource implements FollowSource {
  readonly #rows: readonly Task[];
  readonly #commits: readonly Commit[];
  #delivered = 0;
  #wake: (() => void) | undefined;
  #available = 0;

  constructor(rows: readonly Task[], commits: readonly Commit[]) {
    this.#rows = rows;
    this.#commits = commits;
  }

  /** Records so many commits of so many updates each, on a table of so many tasks. */
  static async record(rows: number, commits: number, changesPerCommit: number): Promise<RecordedSource> {
    const store = new MemoryStore({ history: 0 });
    await store.update((tx) => {
      for (let n = 0; n < rows; n++) {
        const container = { image: `registry.example/app:${n % 20}`, env: ['A=1', 'B=2'] };
        tx.tasks.create({ id: `task-${n}`, slot: n, serviceId: `service-${n % 100}`, nodeId: `node-${n % 50}`, spec: { container } });
      }
    });
    const { tasks } = store.save();
    const watcher = store.watch({ limit: Infinity });
    for (let commit = 0; commit < commits; commit++) {
      await store.update((tx) => {
        for (let n = 0; n < changesPerCommit; n++) {
          tx.tasks.modify(`task-${(commit * changesPerCommit + n * 7) % rows}`, (draft) => {
            draft.status.state = states[(commit + n) % states.length] ?? TaskState.PENDING;
            draft.nodeId = `node-${(commit + n) % 50}`;
            draft.status.message = `commit ${commit}`;
          });
        }
      });
    }
    await store.close();
    const recorded: Commit[] = [];
    for await (const commit of watcher.commits()) recorded.push(commit);
    return new RecordedSource(tasks, recorded);
  }

  get length(): number {
    return this.#commits.length;
  }

  /** Lets one more commit through. */
  commit(): void {
    this.#available += 1;
    this.#wake?.();
  }

  viewAndWatch: FollowSource['viewAndWatch'] = (callback) => {
    const state = { version: undefined, table: () => ({ find: () => this.#rows }) } as unknown as SourceState;
    const next = async (): Promise<IteratorResult<Commit, undefined>> => {
      while (this.#delivered >= this.#available) await new Promise<void>((resolve) => (this.#wake = resolve));
      const value = this.#commits[this.#delivered++];
      return value === undefined ? { done: true, value } : { done: false, value };
    };
    return { value: callback(state), watcher: { commits: () => ({ next }), close: () => undefined } };
  };
}
