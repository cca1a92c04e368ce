import { all, byNodeId, MemoryStore } from 'swarmstate';
import type { Task, TaskInput, Watcher } from 'swarmstate';
import type { TaskContender } from './contender.ts';

/** Ours, through the public API, with a watcher that reads everything while the work goes on. */
export class Swarmstate implements TaskContender {
  readonly store: MemoryStore = new MemoryStore();
  #watcher: Watcher | undefined;

  async load(tasks: readonly Task[]): Promise<void> {
    await this.store.restoreTable('task', tasks);
    const watcher = this.store.watch();
    this.#watcher = watcher;
    void (async () => {
      for await (const commit of watcher.commits()) read(commit);
    })();
  }

  get(id: string): Task | undefined {
    return this.store.view((tx) => tx.tasks.get(id));
  }

  findByNode(nodeId: string): readonly Task[] {
    return this.store.view((tx) => tx.tasks.find(byNodeId(nodeId)));
  }

  findAll(): readonly Task[] {
    return this.store.view((tx) => tx.tasks.find(all));
  }

  create(task: Task): Promise<unknown> {
    return this.store.update((tx) => tx.tasks.create(task));
  }

  update(next: TaskInput): Promise<unknown> {
    return this.store.update((tx) => tx.tasks.update(next));
  }

  remove(id: string): Promise<unknown> {
    return this.store.update((tx) => tx.tasks.delete(id));
  }

  createMany(tasks: readonly Task[]): Promise<void> {
    return this.store.batch(async (batch) => {
      for (const task of tasks) await batch.update((tx) => tx.tasks.create(task));
    });
  }

  updateMany(next: readonly TaskInput[]): Promise<void> {
    return this.store.batch(async (batch) => {
      for (const task of next) await batch.update((tx) => tx.tasks.update(task));
    });
  }

  removeMany(ids: readonly string[]): Promise<void> {
    return this.store.batch(async (batch) => {
      for (const id of ids) await batch.update((tx) => tx.tasks.delete(id));
    });
  }

  close(): void {
    this.#watcher?.close();
  }
}

/** Uses what was read: nothing else is done with it. */
function read(_read: object): void {
  return;
}
