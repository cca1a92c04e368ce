import { all, byName, byNodeId, MemoryStore } from 'swarmstate';
import type { Node, ReadTx, Task, Tx } from 'swarmstate';
import { readAll } from '../lib/reading.ts';
import type { Contender } from './contender.ts';
import type { Identified } from './shape.ts';

/** The callbacks that a user would write for a table. */
interface Callbacks<T> {
  readonly load: (store: MemoryStore, objects: readonly T[]) => Promise<void>;
  readonly get: (id: string) => (tx: ReadTx) => T | undefined;
  readonly find: (text: string) => (tx: ReadTx) => readonly T[];
  readonly findAll: (tx: ReadTx) => readonly T[];
  readonly iterate: (tx: ReadTx) => Iterator<T>;
  readonly create: (object: T) => (tx: Tx) => T;
  readonly update: (next: T) => (tx: Tx) => T;
  readonly remove: (id: string) => (tx: Tx) => void;
}

export const ofTasks: Callbacks<Task> = {
  load: (store, tasks) => store.restoreTable('task', tasks),
  get: (id) => (tx) => tx.tasks.get(id),
  find: (nodeId) => (tx) => tx.tasks.find(byNodeId(nodeId)),
  findAll: (tx) => tx.tasks.find(all),
  iterate: (tx) => tx.tasks.iterate(all)[Symbol.iterator](),
  create: (task) => (tx) => tx.tasks.create(task),
  update: (next) => (tx) => tx.tasks.update(next),
  remove: (id) => (tx) => tx.tasks.delete(id),
};

export const ofNodes: Callbacks<Node> = {
  load: (store, nodes) => store.restoreTable('node', nodes),
  get: (id) => (tx) => tx.nodes.get(id),
  find: (name) => (tx) => tx.nodes.find(byName(name)),
  findAll: (tx) => tx.nodes.find(all),
  iterate: (tx) => tx.nodes.iterate(all)[Symbol.iterator](),
  create: (node) => (tx) => tx.nodes.create(node),
  update: (next) => (tx) => tx.nodes.update(next),
  remove: (id) => (tx) => tx.nodes.delete(id),
};

/** Ours, through the public API, with a watcher that reads everything from when the store is full. */
export class Swarmstate<T extends Identified> implements Contender<T> {
  readonly #store: MemoryStore = new MemoryStore();
  readonly #callbacks: Callbacks<T>;

  constructor(callbacks: Callbacks<T>) {
    this.#callbacks = callbacks;
  }

  async load(objects: readonly T[]): Promise<void> {
    await this.#callbacks.load(this.#store, objects);
    void readAll(this.#store.watch());
  }

  /** The index of the ids in their order, which the first read of that order makes. */
  force(): void {
    this.#store.view((tx) => this.#callbacks.iterate(tx).next());
  }

  get(id: string): T | undefined {
    return this.#store.view(this.#callbacks.get(id));
  }

  find(text: string): readonly T[] {
    return this.#store.view(this.#callbacks.find(text));
  }

  findAll(): readonly T[] {
    return this.#store.view(this.#callbacks.findAll);
  }

  create(object: T): Promise<unknown> {
    return this.#store.update(this.#callbacks.create(object));
  }

  update(next: T): Promise<unknown> {
    return this.#store.update(this.#callbacks.update(next));
  }

  remove(id: string): Promise<unknown> {
    return this.#store.update(this.#callbacks.remove(id));
  }

  createMany(objects: readonly T[]): Promise<void> {
    return this.#each(objects.map(this.#callbacks.create));
  }

  updateMany(next: readonly T[]): Promise<void> {
    return this.#each(next.map(this.#callbacks.update));
  }

  removeMany(ids: readonly string[]): Promise<void> {
    return this.#each(ids.map(this.#callbacks.remove));
  }

  createTogether(objects: readonly T[]): Promise<void> {
    return this.#store.update((tx) => {
      for (const object of objects) this.#callbacks.create(object)(tx);
    });
  }

  updateTogether(next: readonly T[]): Promise<void> {
    return this.#store.update((tx) => {
      for (const object of next) this.#callbacks.update(object)(tx);
    });
  }

  #each(callbacks: readonly ((tx: Tx) => T | void)[]): Promise<void> {
    return this.#store.batch(async (batch) => {
      for (const callback of callbacks) await batch.update(callback);
    });
  }
}
